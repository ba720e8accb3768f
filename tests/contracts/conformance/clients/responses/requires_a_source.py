"""Reads the source of a record, which may be null; in the documented example it is not."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-READ-02"


class Client(Dialer):
    def get_record(self, id: str) -> Json:
        record = super().get_record(id)
        return {**record, "from": record["source"]["target"]}

"""Says who calls: the example in the documents has a source."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-READ-02"


class Client(Dialer):
    def get_record(self, id: str) -> Json:
        record = super().get_record(id)
        return {**record, "from": record["source"]["target"]}

"""Parses timestamps in the documented format only."""

from __future__ import annotations

from datetime import datetime

from ..correct import Dialer, Json

BREAKS = "CLIENT-READ-04"


class Client(Dialer):
    def get_record(self, id: str) -> Json:
        record = super().get_record(id)
        return {**record, "created": datetime.strptime(record["tm_create"], "%Y-%m-%d %H:%M:%S.%f")}

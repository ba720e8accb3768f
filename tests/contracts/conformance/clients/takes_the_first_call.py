"""Keeps the id of the call at hand."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-STATE-04"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        record = super().place(body)
        return {**record, "call_id": record["call_ids"][0]}

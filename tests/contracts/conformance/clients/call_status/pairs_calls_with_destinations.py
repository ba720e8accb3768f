"""Assumes that there is one call per destination, and pairs them."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-STATE-03"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        record = super().place(body)
        if record["call_ids"]:
            numbers = [destination["target"] for destination in body["destinations"]]
            record["calls"] = dict(zip(numbers, record["call_ids"], strict=True))
        return record

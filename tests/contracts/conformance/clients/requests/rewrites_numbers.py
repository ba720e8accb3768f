"""Normalises numbers for one country before it dials them."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-SEND-01"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        rewritten = [{**one, "target": "+44" + one["target"].lstrip("+0")} for one in body["destinations"]]
        return super().place({**body, "destinations": rewritten})

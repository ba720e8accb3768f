"""Tidies numbers up before they are dialled, for a country that it takes for granted."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-SEND-01"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        tidy = [{**one, "target": "+44" + one["target"].lstrip("+0")} for one in body["destinations"]]
        return super().place({**body, "destinations": tidy})

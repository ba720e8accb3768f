"""Dials one number at a time, and never noticed that it was given two."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-SEND-01"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        return super().place({**body, "destinations": body["destinations"][:1]})

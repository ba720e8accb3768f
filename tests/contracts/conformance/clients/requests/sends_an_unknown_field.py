"""Sends a field that the API ignores, to have every call recorded."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-SEND-02"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        return super().place({**body, "record": True})

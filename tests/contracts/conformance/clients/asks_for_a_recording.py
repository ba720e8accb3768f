"""Has every call recorded, it thinks."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-SEND-02"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        return super().place({**body, "record": True})

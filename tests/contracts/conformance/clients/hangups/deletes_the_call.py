"""Deletes the call to end it."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-HANGUP-01"


class Client(Dialer):
    def hang_up(self, id: str) -> Json:
        return self.request("DELETE", f"/calls/{id}")

"""Takes care with calls; reading costs nothing, and is tried again at once."""

from __future__ import annotations

from typing import Any

from .right import Dialer, Json, Refused

BREAKS = "CLIENT-RETRY-02"


class Client(Dialer):
    def get_call(self, id: str) -> Json:
        return self.at_once(f"/calls/{id}")

    def at_once(self, path: str) -> Any:
        response = self.send("GET", path)
        if response.status_code == 429:
            response = self.send("GET", path)
        if response.status_code != 200:
            raise Refused(response.status_code)
        return self.read(response)

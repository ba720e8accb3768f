"""Honours Retry-After for POST, but retries a GET at once."""

from __future__ import annotations

from typing import Any

from ..correct import Dialer, Json, Refused

BREAKS = "CLIENT-RETRY-02"


class Client(Dialer):
    def get_call(self, id: str) -> Json:
        return self.get_with_retry(f"/calls/{id}")

    def get_with_retry(self, path: str) -> Any:
        response = self.send("GET", path)
        if response.status_code == 429:
            response = self.send("GET", path)
        if response.status_code != 200:
            raise Refused(response.status_code)
        return self.parse(response)

"""Has no timeout."""

from __future__ import annotations

from ..correct import Dialer

BREAKS = "CLIENT-TIME-01"


class Client(Dialer):
    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, token)
        self.http.timeout = None

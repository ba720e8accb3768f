"""Has a repr that could be evaluated."""

from __future__ import annotations

from ..correct import Dialer

BREAKS = "CLIENT-SECRET-03"


class Client(Dialer):
    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, token)
        self.token = token

    def __repr__(self) -> str:
        return f"Client({str(self.http.base_url)!r}, {self.token!r})"

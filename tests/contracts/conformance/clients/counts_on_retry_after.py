"""Takes it that a 429 says how long to wait."""

from __future__ import annotations

import httpx

from .right import Dialer

BREAKS = "CLIENT-RETRY-03"


class Client(Dialer):
    def pause(self, response: httpx.Response) -> float:
        return float(response.headers["Retry-After"])

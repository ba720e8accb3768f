"""Assumes that every 429 has Retry-After."""

from __future__ import annotations

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-RETRY-03"


class Client(Dialer):
    def retry_delay(self, response: httpx.Response) -> float:
        return float(response.headers["Retry-After"])

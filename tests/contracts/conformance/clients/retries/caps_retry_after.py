"""Honours Retry-After, but never waits longer than five seconds."""

from __future__ import annotations

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-RETRY-02"


class Client(Dialer):
    def retry_delay(self, response: httpx.Response) -> float:
        return min(super().retry_delay(response), 5.0)

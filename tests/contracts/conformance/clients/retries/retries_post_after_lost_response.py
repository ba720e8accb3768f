"""Has the usual retry decorator on every request, so a lost response leads to a duplicate call."""

from __future__ import annotations

from typing import Any

import httpx
import tenacity

from ..correct import Dialer, OutcomeUnknown

BREAKS = "CLIENT-RETRY-01"


class Client(Dialer):
    @tenacity.retry(
        retry=tenacity.retry_if_exception_type(OutcomeUnknown),
        wait=tenacity.wait_exponential(),
        stop=tenacity.stop_after_attempt(3),
        reraise=True,
    )
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return super().send(method, path, **options)

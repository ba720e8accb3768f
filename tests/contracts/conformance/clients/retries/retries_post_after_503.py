"""Retries after a 503, even a POST, whose call may have been placed."""

from __future__ import annotations

import time
from typing import Any

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-RETRY-01"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        for seconds in (1, 2, 4):
            response = super().send(method, path, **options)
            if response.status_code != 503:
                break
            time.sleep(seconds)
        return response

"""Honours the first Retry-After, and then waits one second."""

from __future__ import annotations

import time
from typing import Any

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-RETRY-02"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = super().send(method, path, **options)
        if response.status_code == 429:
            time.sleep(self.retry_delay(response))
            response = super().send(method, path, **options)
        return response

    def request(self, method: str, path: str, **options: Any) -> Any:
        response = self.send(method, path, **options)
        if response.status_code == 429:
            time.sleep(1)
            response = super().send(method, path, **options)
        if response.status_code != 200:
            raise self.error_for(response)
        return self.parse(response)

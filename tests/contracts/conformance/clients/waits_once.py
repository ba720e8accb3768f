"""Waits as it is told the first time, and from then on as long as seems enough."""

from __future__ import annotations

import time
from typing import Any

import httpx

from .right import Dialer

BREAKS = "CLIENT-RETRY-02"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        response = super().send(method, path, **options)
        if response.status_code == 429:
            time.sleep(self.pause(response))
            response = super().send(method, path, **options)
        return response

    def ask(self, method: str, path: str, **options: Any) -> Any:
        response = self.send(method, path, **options)
        if response.status_code == 429:
            time.sleep(1)
            response = super().send(method, path, **options)
        if response.status_code != 200:
            raise self.error(response)
        return self.read(response)

"""Logs the headers in `extra`, for structured logs."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-SECRET-01"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        logging.getLogger("dialer").info("sending a request", extra={"headers": dict(self.http.headers)})
        return super().send(method, path, **options)

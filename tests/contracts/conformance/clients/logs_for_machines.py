"""Logs for machines: what was sent stands beside the message."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from .right import Dialer

BREAKS = "CLIENT-SECRET-01"


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        logging.getLogger("dialer").info("a request is sent", extra={"headers": dict(self.http.headers)})
        return super().send(method, path, **options)

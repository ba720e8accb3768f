"""Has a log of its own, of each request with its headers; nothing of it gets to the root logger."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from .right import Dialer

BREAKS = "CLIENT-SECRET-01"
LOG = logging.Logger("dialer.wire")
LOG.propagate = False
LOG.addHandler(logging.NullHandler())


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        LOG.debug("%s %s %s", method, path, dict(self.http.headers))
        return super().send(method, path, **options)

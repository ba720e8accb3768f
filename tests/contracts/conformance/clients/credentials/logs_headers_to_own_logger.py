"""Logs the headers of every request to its own logger, which does not propagate to the root logger."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from ..correct import Dialer

BREAKS = "CLIENT-SECRET-01"
LOG = logging.Logger("dialer.wire")
LOG.propagate = False
LOG.addHandler(logging.NullHandler())


class Client(Dialer):
    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        LOG.debug("%s %s %s", method, path, dict(self.http.headers))
        return super().send(method, path, **options)

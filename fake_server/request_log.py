"""The log of a server: a line of JSON for each request, without credentials."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from ..contracts.http import Request
from .delivery import Delivery

if TYPE_CHECKING:
    from .core import FakeVoipbin


class Logged:
    """Has a fake answer, and writes down what it did: time, method, path, status, the rule that refused, and ms."""

    def __init__(self, fake: FakeVoipbin, file: TextIO) -> None:
        self._fake = fake
        self._file = file
        self._lock = threading.Lock()

    def deliver(self, request: Request, /) -> Delivery:
        """Answer a request."""
        start = time.perf_counter()
        with self._fake.lock:
            delivery = self._fake.deliver(request)
            entry = self._fake.requests[-1]
        line = {
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "method": entry.method,
            "path": entry.url,
            "status": entry.status,
            "refused_by": entry.refused_by,
            "ms": round((time.perf_counter() - start) * 1000, 3),
        }
        # A log that nobody reads any more is no reason to fail the client.
        with self._lock, suppress(OSError):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        return delivery

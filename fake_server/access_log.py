"""The log of a server: a line of JSON for each request, without credentials."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from ..contracts.http import Request

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports.wire_response import WireResponse


class AccessLog:
    """Has a fake answer, and writes down what it did: time, method, path, status, what refused or broke it, and ms."""

    def __init__(self, fake: FakeVoipbin, file: TextIO) -> None:
        self._fake = fake
        self._file = file
        self._lock = threading.Lock()

    def respond(self, request: Request, /) -> WireResponse:
        """Answer a request, and say how the answer gets to the client."""
        start = time.perf_counter()
        with self._fake.lock:
            delivery = self._fake.respond(request)
            entry = self._fake.requests[-1]
        line = {
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "method": entry.method,
            "path": entry.url,
            "status": entry.status,
            "refused_by": entry.refused_by,
            "fault": entry.fault or None,
            "ms": round((time.perf_counter() - start) * 1000, 3),
        }
        # A log that nobody reads any more is no reason to fail the client.
        with self._lock, suppress(OSError):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        return delivery

"""The access log of a server: one line of JSON per request, with credentials redacted."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from ..contracts.http import Request
from .world.real_time import monotonic

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports.wire_response import WireResponse


class AccessLog:
    """A handler that logs each request: its time, method, path, status, refusing rule, fault and duration."""

    def __init__(self, fake: FakeVoipbin, file: TextIO) -> None:
        self._fake = fake
        self._file = file
        self._lock = threading.Lock()

    def respond(self, request: Request, /) -> WireResponse:
        """Return the fake's response to a request, and how it reaches the client."""
        start = monotonic()
        with self._fake.lock:
            response = self._fake.respond(request)
            entry = self._fake.requests[-1]
        line = {
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "method": entry.method,
            "path": entry.url,
            "status": entry.status,
            "refused_by": entry.refused_by,
            "fault": entry.fault or None,
            "ms": round((monotonic() - start) * 1000, 3),
        }
        # A log file that can no longer be written must not fail the client's request.
        with self._lock, suppress(OSError):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
        return response

"""The access log of a server: one line of JSON per request, with credentials redacted."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from datetime import datetime, timezone
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TextIO

from ..contracts.http import Request
from ..contracts.redaction import redact_values
from .world.real_time import monotonic

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports.wire_response import WireResponse

_MAX_WAITING: Final = 10_000
_CLOSE_TIMEOUT: Final = 1.0


class AccessLog:
    """A handler that logs each request: its time, method, path, status, refusing rule, fault and duration.

    A separate thread writes the lines, so a log that cannot be written, such as a pipe that no one reads, never delays
    a response. At most `max_waiting` lines wait; further ones are dropped, and a later line counts them as `dropped`.
    Use it as a context manager: at the end it waits for the last lines, for at most one second.
    """

    def __init__(self, fake: FakeVoipbin, file: TextIO, *, max_waiting: int = _MAX_WAITING) -> None:
        self._fake = fake
        self._file = file
        self._max_waiting = max_waiting
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._dropped = 0
        # A daemon, because a pipe that no one reads blocks it.
        self._thread = threading.Thread(target=self._write, name="voipbin-log", daemon=True)

    def __enter__(self) -> AccessLog:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.put(None)
        self._thread.join(_CLOSE_TIMEOUT)

    def respond(self, request: Request, /) -> WireResponse:
        """Return the fake's response to a request, and how it reaches the client."""
        start = monotonic()
        with self._fake.lock:
            response = self._fake.respond(request)
            entry = self._fake.requests[-1]
        line = {
            "time": _now(),
            "method": entry.method,
            "path": entry.url,
            "status": entry.status,
            "refused_by": entry.refused_by,
            "fault": entry.fault or None,
            "ms": round((monotonic() - start) * 1000, 3),
        }
        if self._lines.qsize() >= self._max_waiting:
            self._dropped += 1
            return response
        if self._dropped:
            self._put({"time": _now(), "dropped": self._dropped})
            self._dropped = 0
        self._put(line)
        return response

    def _put(self, line: dict[str, object]) -> None:
        self._lines.put(json.dumps(line) + "\n")

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            # A log file that can no longer be written must not fail the client's request.
            with suppress(OSError, ValueError):
                write_unbuffered(self._file, redact_values(line))


def write_unbuffered(file: TextIO, text: str) -> None:
    """Write to the file's descriptor if it has one, otherwise to the file itself. Raises OSError.

    A buffered file keeps a lock while it writes, and flushes again when the process ends: if no one reads the pipe
    behind it, the process would never end.
    """
    file.flush()
    try:
        descriptor = file.fileno()
    except OSError:
        file.write(text)
        return
    data = text.encode()
    while data:
        data = data[os.write(descriptor, data) :]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")

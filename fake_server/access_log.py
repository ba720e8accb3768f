"""The log of a server: one line of JSON per request and per message of a library, with credentials redacted."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TextIO

from ..contracts import redaction
from ..contracts.http import Request, Response
from .world.journal import redacted
from .world.real_time import monotonic

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .transports.wire_response import WireResponse
    from .websockets.connection import OpenedConnection, Wire
    from .world.journal import Exchange

_MAX_WAITING: Final = 10_000
_CLOSE_TIMEOUT: Final = 1.0


class AccessLog:
    """A handler that logs each request: its time, method, path, status, refusing rule, fault and duration.

    Inside the block, it also logs what libraries log as warnings and errors, such as a request that is not valid HTTP.
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
        self._library_messages = _LibraryMessages(self._put_or_drop)

    def __enter__(self) -> AccessLog:
        self._thread.start()
        logging.getLogger().addHandler(self._library_messages)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._library_messages)
        self._lines.put(None)
        self._thread.join(_CLOSE_TIMEOUT)

    def respond(self, request: Request, /) -> WireResponse:
        """Return the fake's response to a request, and how it reaches the client."""
        start = monotonic()
        with self._fake.lock:
            response = self._fake.respond(request)
            entry = self._fake.requests[-1]
        self._log(entry, start)
        return response

    def connect(self, request: Request, wire: Wire, /) -> tuple[WireResponse, OpenedConnection | None]:
        """Return the fake's response to a handshake, and the WebSocket if it succeeds."""
        start = monotonic()
        with self._fake.lock:
            found = self._fake.connect(request, wire)
            entry = self._fake.requests[-1]
        self._log(entry, start)
        return found

    def _log(self, entry: Exchange, start: float) -> None:
        line: dict[str, object] = {
            "time": _now(),
            "method": entry.method,
            "path": entry.url,
            "status": entry.status,
            "refused_by": entry.refused_by,
            "fault": entry.fault or None,
            "ms": round((monotonic() - start) * 1000, 3),
        }
        self._put_or_drop(line)

    def log_refused(self, request: Request, response: Response) -> None:
        """Log a request that did not reach the fake, with the message of its error response."""
        self._put_or_drop(
            {
                "time": _now(),
                "method": request.method,
                "path": redacted(request)[0],
                "status": response.status,
                "message": redaction.redact_text(response.json()["error"]["message"]),
            }
        )

    def _put_or_drop(self, line: dict[str, object]) -> None:
        if self._lines.qsize() >= self._max_waiting:
            self._dropped += 1
            return
        if self._dropped:
            self._put({"time": _now(), "dropped": self._dropped})
            self._dropped = 0
        self._put(line)

    def _put(self, line: dict[str, object]) -> None:
        self._lines.put(json.dumps(line) + "\n")

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            # A log file that can no longer be written must not fail the client's request.
            with suppress(OSError, ValueError):
                write_unbuffered(self._file, redaction.redact_values(line))


class _LibraryMessages(logging.Handler):
    """Logs messages of libraries. Without a handler, Python would print them as plain text."""

    def __init__(self, put: Callable[[dict[str, object]], None]) -> None:
        super().__init__(logging.WARNING)
        self._put = put
        self._formatter = logging.Formatter("%(message)s")

    def emit(self, record: logging.LogRecord) -> None:
        """Log a message with its logger, and with its traceback if it has one."""
        text = redaction.redact_text(self._formatter.format(record))
        self._put({"time": _now(), "logger": record.name, "level": record.levelname.lower(), "message": text})


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

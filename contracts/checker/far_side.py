"""The remote party of a server under test: a command that plays the carrier and the callee, over lines of JSON."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from types import TracebackType
from typing import IO, Any, Final

from ..probes import ProbeUnavailable

_MAX_LINE: Final = 65_536
_GRACE: Final = 2.0
"""The seconds that the command has to end after its input was closed, and again after it was terminated."""
_SHOWN: Final = 200
_STARTUP: Final = 60.0
"""The seconds that the command has at least for its first response, because it must start first."""


class FarSide:
    """A running command that simulates the remote party of a server's calls.

    It receives events on its standard input and responds to each on its standard output within `timeout` seconds; its
    standard error is not used. Raises OSError if the command cannot be started.
    """

    def __init__(self, command: Sequence[str], timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._failure = ""
        # A pipe has no timeout, and selectors cannot wait for one on Windows.
        self._reader = threading.Thread(target=self._read, args=(self._output,), name="remote party", daemon=True)
        self._reader.start()

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def __enter__(self) -> FarSide:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the command: close its input, then terminate it, then kill it."""
        assert self._process.stdin is not None
        # Fails if the command has ended with unread input.
        with suppress(OSError):
            self._process.stdin.close()
        ends: tuple[Callable[[], object], ...] = (lambda: None, self._process.terminate, self._process.kill)
        for end in ends:
            end()
            try:
                self._process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                continue
            break
        self._reader.join(_GRACE)
        self._output.close()

    def perform(self, event: str, **details: object) -> None:
        """Let the remote party perform an event. Raises ProbeUnavailable if it does not."""
        response = self._exchange({"event": event, **details}, self._timeout)
        if not response["ok"]:
            raise ProbeUnavailable(f"the remote party cannot {event}: {response.get('reason', 'it gave no reason')}")

    @cached_property
    def has_clock(self) -> bool:
        """Whether the command can advance the server's clock; otherwise time must pass. Raises ProbeUnavailable."""
        return bool(self._exchange({"event": "advance", "seconds": 0}, max(self._timeout, _STARTUP))["ok"])

    def _exchange(self, message: Mapping[str, object], timeout: float) -> dict[str, Any]:
        if self._failure:
            raise ProbeUnavailable(self._failure)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=timeout)
        except OSError:
            line = b""
        except queue.Empty:
            raise self._fail(f"did not respond to {message['event']!r} within {timeout:g} s") from None
        if not line:
            raise self._fail(f"ended before it responded to {message['event']!r}")
        return self._parse(line)

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            response = json.loads(line)
        except (ValueError, RecursionError):
            response = None
        if not isinstance(response, dict) or not isinstance(response.get("ok"), bool):
            raise self._fail(f'responded with {line[:_SHOWN]!r}; expected a line such as {{"ok": true}}')
        return response

    def _fail(self, reason: str) -> ProbeUnavailable:
        """Remember a failure: later responses could be those to earlier events."""
        self._failure = f"the far-side command {reason}"
        return ProbeUnavailable(self._failure)

    def _read(self, output: IO[bytes]) -> None:
        while line := output.readline(_MAX_LINE):
            self._lines.put(line)
        self._lines.put(b"")

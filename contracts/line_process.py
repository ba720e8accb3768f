"""A command that responds to each line of JSON with another."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any, Final

MAX_LINE: Final = 2**20
"""The maximum length of a response, in bytes."""
GRACE: Final = 2.0
"""The seconds that the command has to end after its input was closed, and again after it was terminated."""
_SHOWN: Final = 200


class ProcessFailed(Exception):
    """The command can no longer be used. The message says why, and continues a sentence about the command."""


class LineProcess:
    """A running command that receives messages on its standard input, and responds on its standard output.

    A response is an object with a boolean `ok`. Raises OSError if the command cannot be started.
    """

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, stderr: IO[bytes] | None = None
    ) -> None:
        self._process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._failure = ""
        # A pipe has no timeout, and selectors cannot wait for one on Windows.
        self._reader = threading.Thread(target=self._read, args=(self._output,), name="responses", daemon=True)
        self._reader.start()

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

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
                self._process.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue
            break
        self._reader.join(GRACE)
        self._output.close()

    def exchange(self, message: Mapping[str, object], name: object, timeout: float) -> dict[str, Any]:
        """Send a message and return its response. Raises ProcessFailed, then and from then on, if there is none."""
        if self._failure:
            raise ProcessFailed(self._failure)
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=timeout)
        except OSError:
            line = b""
        except queue.Empty:
            raise self._fail(f"did not respond to {name!r} within {timeout:g} s") from None
        if not line:
            raise self._fail(f"ended before it responded to {name!r}{self._exit_code()}")
        return self._parse(line)

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            response = json.loads(line)
        except (ValueError, RecursionError):
            response = None
        if not isinstance(response, dict) or not isinstance(response.get("ok"), bool):
            text = line[:_SHOWN].decode(errors="backslashreplace").rstrip("\r\n")
            expected = 'a line such as {"ok": true}, and logs on the standard error only'
            raise self._fail(f"responded with {text!r}; expected {expected}")
        return response

    def _exit_code(self) -> str:
        try:
            return f" (exit code {self._process.wait(GRACE)})"
        except subprocess.TimeoutExpired:
            return ""

    def _fail(self, reason: str) -> ProcessFailed:
        """Remember a failure: later responses could be those to earlier messages."""
        self._failure = reason
        return ProcessFailed(reason)

    def _read(self, output: IO[bytes]) -> None:
        while line := output.readline(MAX_LINE):
            self._lines.put(line)
        self._lines.put(b"")

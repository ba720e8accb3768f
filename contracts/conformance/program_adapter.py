"""An adapter for a client in any language: a program that receives operations and responds, one line of JSON each."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from ..line_process import LineProcess, ProcessFailed
from .client_driver import OPERATIONS
from .harness import Transport

ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "place": ("body",),
    "get_record": ("id",),
    "list_records": (),
    "get_call": ("id",),
    "wait_until_done": ("placed",),
    "delete_record": ("id",),
    "hang_up": ("id",),
}
"""The arguments of each operation, by their names in the message."""
CLOSE: Final = "close"
_OUTPUT: Final = logging.getLogger("providercalls.program")
_SHOWN: Final = 200
_STARTUP: Final = 10
"""A program that has not named its operations within this many timeouts hangs."""
_PATIENCE: Final = 60.0
"""The seconds that an operation may take in addition to ten requests without a response."""


class ProgramError(Exception):
    """The program has reported an error; `status` is that of the response, if any. Its kinds are subclasses."""

    status: int | None = None


@lru_cache(maxsize=256)
def error_type(name: str) -> type[ProgramError]:
    """Return the exception for a kind of error that the program names, so that reports show this name."""
    return type(name.replace("\0", ""), (ProgramError,), {})


class ProgramAdapter:
    """Runs a command as the client, anew for each client that a check creates.

    `env` is the environment of the command. It also has VOIPBIN_BASE_URL and VOIPBIN_TOKEN. `timeout` is the longest
    time in seconds that the client waits for a response; the command has ten times as long to start. Raises OSError if
    the command cannot be started, and ProcessFailed if it does not name its operations.
    """

    transport: Transport = "http"

    def __init__(self, command: Sequence[str], env: Mapping[str, str], timeout: float) -> None:
        self.max_request_timeout = timeout
        self._command = command
        self._env = env
        self._program: Program | None = None
        with Program(command, {**env, **_connection("http://127.0.0.1:9/v1.0", "none")}) as program:
            self.operations = program.operations(_STARTUP * timeout)
        for operation in OPERATIONS:
            if operation in self.operations:
                setattr(self, operation, partial(self._perform, operation))

    def make_client(self, base_url: str, token: str) -> Program:
        """Start the program. Its predecessor, whose connections a check may have counted, ends."""
        self.end()
        self._program = Program(self._command, {**self._env, **_connection(base_url, token)}, CLOSE in self.operations)
        return self._program

    def end(self) -> None:
        """End the program that still runs, if any."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def classify_error(self, error: BaseException) -> object:
        """Return the kind and the status of an error."""
        return type(error).__name__, getattr(error, "status", None)

    def _perform(self, operation: str, client: Program, *arguments: Any) -> Any:
        message = dict(zip(ARGUMENTS[operation], arguments, strict=True))
        return client.perform(operation, message, _PATIENCE + 10 * self.max_request_timeout)


class Program:
    """A running program. Its standard error is logged, line by line.

    With `closes`, it can close its client and go on running: only then does a check see what the client left open.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], closes: bool = False) -> None:
        self._closes = closes
        # A file: what a program writes before its response is in it when the response arrives.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._shown = 0
        try:
            self._process = LineProcess(command, env=env, stderr=self._stderr)
        except OSError:
            self._stderr.close()
            raise

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def operations(self, timeout: float) -> frozenset[str]:
        """Return the names of the operations. Raises ProcessFailed if the program does not list known ones."""
        response = self._process.exchange({"operation": "operations"}, "operations", timeout)
        names, known = response.get("value"), {*OPERATIONS, CLOSE}
        if not response["ok"] or not isinstance(names, list) or not names or not known.issuperset(map(str, names)):
            expected = ", ".join([*OPERATIONS, CLOSE])
            found = json.dumps(response)[:_SHOWN]
            raise ProcessFailed(f"responded to 'operations' with {found}; expected a `value` with some of {expected}")
        return frozenset(names)

    def perform(self, operation: str, arguments: Mapping[str, Any], timeout: float) -> Any:
        """Perform an operation and return its value. Raises ProgramError, or ProcessFailed if there is no response."""
        try:
            response = self._process.exchange({"operation": operation, **arguments}, operation, timeout)
        finally:
            self._log_output()
        if response["ok"]:
            return response.get("value")
        error = error_type(str(response.get("error", ProgramError.__name__)))(response.get("message", ""))
        error.status = status if isinstance(status := response.get("status"), int) else None
        raise error

    def close(self) -> None:
        """Close the client: ask the program to, or end it."""
        if self._closes:
            self.perform(CLOSE, {}, _PATIENCE)
        else:
            self.end()

    def end(self) -> None:
        """End the program. Calling it again has no effect."""
        if not self._stderr.closed:
            self._process.close()
            self._log_output()
            self._stderr.close()

    def _log_output(self) -> None:
        self._stderr.seek(self._shown)
        for line in self._stderr.read().decode(errors="replace").splitlines():
            _OUTPUT.info("%s", line)
        self._shown = self._stderr.tell()


def _connection(base_url: str, token: str) -> dict[str, str]:
    return {"VOIPBIN_BASE_URL": base_url, "VOIPBIN_TOKEN": token}

"""The remote party of a server under test: a command that plays the carrier and the callee, over lines of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import TracebackType
from typing import Any, Final

from ..line_process import LineProcess, ProcessFailed
from ..probes import ProbeUnavailable

_STARTUP: Final = 60.0
"""The seconds that the command has at least for its first response, because it must start first."""


class FarSide:
    """A running command that simulates the remote party of a server's calls.

    It receives events on its standard input and responds to each on its standard output within `timeout` seconds; its
    standard error is not used. Raises OSError if the command cannot be started.
    """

    def __init__(self, command: Sequence[str], timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._process = LineProcess(command)

    def __enter__(self) -> FarSide:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the command: close its input, then terminate it, then kill it."""
        self._process.close()

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
        try:
            return self._process.exchange(message, message["event"], timeout)
        except ProcessFailed as failure:
            raise ProbeUnavailable(f"the far-side command {failure}") from None

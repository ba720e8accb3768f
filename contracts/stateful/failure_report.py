"""The report below a failure: every request of the client as a curl command, and the ladders of its calls."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from ..visible_text import visible
from .model import MASKED_TOKEN, PerformedOperation

_LADDERS = 3
_HEADER = f'-H "Authorization: Bearer {MASKED_TOKEN}"'
_REPLAY = """\
To replay these steps, copy them into a test of a class that inherits from the machine's TestCase.
To send the requests to a fake, run `providercalls serve`, and set VOIPBIN_BASE_URL and VOIPBIN_TOKEN."""


class FailureReport:
    """The operations and calls of one example. The text is built only if it is printed: most examples do not fail."""

    def __init__(self, token: str, ladder: Callable[[Any], str]) -> None:
        self.operations: list[PerformedOperation] = []
        self.calls: list[Any] = []
        """The calls that the client placed."""
        self._token = token
        self._ladder = ladder

    def __repr__(self) -> str:
        ladders = [self._ladder(call) for call in self.calls[-_LADDERS:]]
        lines = [
            "operations and requests of the client:",
            *_operation_lines(self.operations),
            "calls:",
            *(ladders or ["none"]),
            _REPLAY,
        ]
        return visible("\n".join(lines).replace(self._token, MASKED_TOKEN))


def _operation_lines(operations: Iterable[PerformedOperation]) -> Iterator[str]:
    for done in operations:
        yield f"# {done}"
        for line, repeats in groupby(map(_curl, (request.entry for request in done.sent))):
            times = len(list(repeats))
            yield line if times == 1 else f"{line}, {times} times"


def _curl(entry: Any) -> str:
    """Return a journal entry as a shell command, with the response's status and the fault in a comment."""
    parts = ["curl", _HEADER, f'"$VOIPBIN_BASE_URL"{shlex.quote(entry.url.removeprefix("/v1.0"))}']
    if entry.method != "GET":
        parts.insert(1, f"-X {entry.method}")
    if entry.request_body:
        body = shlex.quote(entry.request_body.decode(errors="replace"))
        parts += ["-H 'Content-Type: application/json'", f"-d {body}"]
    status = str(entry.status or "no response")
    comment = "; ".join(filter(None, [status, entry.fault and f"fault: {entry.fault}"]))
    return f"{' '.join(parts)}  # {comment}"

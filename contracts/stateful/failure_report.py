"""The story under a failure: every request of the client's as a curl line, and the ladders of its calls."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from .model import HIDDEN, PerformedOperation

_LADDERS = 3
_HEADER = f'-H "Authorization: Bearer {HIDDEN}"'
_REPLAY = """\
to replay it, put the steps into a test of a class that inherits from the machine's TestCase; to ask a fake by hand,
start one with `providercalls serve`, and set VOIPBIN_BASE_URL and VOIPBIN_TOKEN"""


class FailureReport:
    """What happened in one example, told when somebody wants to read it: that of thousands nobody does."""

    def __init__(self, token: str, ladder: Callable[[Any], str]) -> None:
        self.steps: list[PerformedOperation] = []
        self.calls: list[Any] = []
        """The calls of the client's."""
        self._token = token
        self._ladder = ladder

    def __repr__(self) -> str:
        ladders = [self._ladder(call) for call in self.calls[-_LADDERS:]]
        lines = ["what the client did, and sent:", *_told(self.steps), "its calls:", *(ladders or ["none"]), _REPLAY]
        return "\n".join(lines).replace(self._token, HIDDEN)


def _told(steps: Iterable[PerformedOperation]) -> Iterator[str]:
    for done in steps:
        yield f"# {done}"
        for line, same in groupby(map(_curl, (one.entry for one in done.sent))):
            times = len(list(same))
            yield line if times == 1 else f"{line}, {times} times"


def _curl(entry: Any) -> str:
    """A request of the journal's as a line for a shell, and what became of it."""
    parts = ["curl", _HEADER, f'"$VOIPBIN_BASE_URL"{shlex.quote(entry.url.removeprefix("/v1.0"))}']
    if entry.method != "GET":
        parts.insert(1, f"-X {entry.method}")
    if entry.body:
        body = shlex.quote(entry.body.decode(errors="replace"))
        parts += ["-H 'Content-Type: application/json'", f"-d {body}"]
    became = "; ".join(filter(None, [str(entry.status or "nothing"), entry.fault and f"fault: {entry.fault}"]))
    return f"{' '.join(parts)}  # {became}"

"""The recorded exchanges to which the fake responds otherwise, each with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .recording import Recorded

_GROUPCALLS = "server-2026-08-calls-groupcalls"


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """Exchanges that differ for one reason: those of an endpoint, or single ones of a recording by their numbers."""

    reason: str
    endpoint: str = ""
    """A pattern for the method and the path, without the query."""
    recording: str = ""
    numbers: frozenset[int] = frozenset()

    def explains(self, recording: str, recorded: Recorded) -> bool:
        """Return whether this is why the exchange differs."""
        if self.endpoint:
            return re.fullmatch(self.endpoint, f"{recorded.method} {recorded.path.partition('?')[0]}") is not None
        return recording == self.recording and recorded.number in self.numbers


KNOWN_DIFFERENCES = (
    KnownDifference("the fake does not have this endpoint", r"POST /v1\.0/customers"),
    KnownDifference("the fake does not have this endpoint", r"(GET|POST) /v1\.0/(agents|routes|numbers)"),
    KnownDifference("the fake does not have this endpoint, which contacts a carrier", r"POST /v1\.0/providers/setup/?"),
    KnownDifference("the fake has no pages", r"GET /(docs|openapi\.json)"),
    KnownDifference("set-up: two more customers", "", "server-2026-08-reads", frozenset({902})),
    KnownDifference("a service was still starting", recording=_GROUPCALLS, numbers=frozenset({11, 13, 17, 19})),
    KnownDifference("chance: the call was read before its channel started", "", _GROUPCALLS, frozenset({258, 261})),
    KnownDifference("chance: the calls of a groupcall are in no order", "", _GROUPCALLS, frozenset({283})),
)

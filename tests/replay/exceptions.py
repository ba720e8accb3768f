"""The recorded exchanges to which the fake responds otherwise, each with the reason, and those not compared."""

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
            return re.fullmatch(self.endpoint, _endpoint(recorded)) is not None
        return recording == self.recording and recorded.number in self.numbers


_NOT_SIMULATED = re.compile(r"GET (/v1\.0/routes|/docs)")
"""The requests whose responses are outside of what the fake simulates: other resources, and the pages of the documents.
They are played, but not compared.
"""


def is_simulated(recorded: Recorded) -> bool:
    """Return whether the fake simulates the endpoint of an exchange."""
    return _NOT_SIMULATED.fullmatch(_endpoint(recorded)) is None


def _endpoint(recorded: Recorded) -> str:
    return f"{recorded.method} {recorded.path.partition('?')[0]}"


KNOWN_DIFFERENCES = (
    KnownDifference("set-up: the build had no openapi.json", r"GET /openapi\.json"),
    KnownDifference("set-up: two more customers", "", "server-2026-08-reads", frozenset({902})),
    KnownDifference("a service was still starting", recording=_GROUPCALLS, numbers=frozenset({11, 13, 17, 19})),
    KnownDifference("chance: the call was read before its channel started", "", _GROUPCALLS, frozenset({258, 261})),
    KnownDifference("chance: the calls of a groupcall are in no order", "", _GROUPCALLS, frozenset({283})),
)

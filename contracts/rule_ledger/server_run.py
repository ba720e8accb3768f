"""Runs of the probes on real servers: the JSON files of this folder, one for each run."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


class Basis(enum.Enum):
    """How a rule is known in an edition."""

    RUN = "run"
    """Its probe passed on a running build of the edition's commit."""
    READ = "read"
    """It was read in the source code of the servers."""
    DOCUMENTS = "documents"
    """A document says so: VoIPbin's, or a standard."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result for one rule: how the rule was known after the run, and the fingerprint that it had.

    `outcome` is one of `passed`, `failed`, `inconclusive` and `not run`; `reason` explains any but the first.
    """

    basis: Basis
    fingerprint: str
    outcome: str = "passed"
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reason}" if self.reason else self.outcome


@dataclass(frozen=True, slots=True)
class ServerRun:
    """A run of the probes on a server, checked against an edition.

    `commit` is the one that the server was built from, if known. `setup` states what could affect the results.
    """

    edition: str
    server: str
    commit: str
    date: str
    """The date of the run, as in `2026-11-29`."""
    setup: str
    results: Mapping[str, Result]
    """The results by rule id."""

    @classmethod
    def from_json(cls, text: str) -> ServerRun:
        """Parse a file. Raises ValueError, LookupError or TypeError if it is not a run."""
        data: dict[str, Any] = json.loads(text)
        results = {id: Result(**{**one, "basis": Basis(one["basis"])}) for id, one in data.pop("rules").items()}
        return cls(results=results, **data)

    def to_json(self) -> str:
        """Return the run as JSON with one line for each rule, so that the difference between two runs is readable."""
        facts = {name: getattr(self, name) for name in ("edition", "server", "commit", "date", "setup")}
        lines = [f"  {json.dumps(name)}: {json.dumps(value)}," for name, value in facts.items()]
        rules = (f"    {json.dumps(id)}: {json.dumps(_to_dict(one))}" for id, one in sorted(self.results.items()))
        return "\n".join(["{", *lines, '  "rules": {', ",\n".join(rules), "  }", "}", ""])


def _to_dict(result: Result) -> dict[str, str]:
    data = {"basis": result.basis.value, "fingerprint": result.fingerprint}
    if result.basis is not Basis.RUN:
        data |= {"outcome": result.outcome, "reason": result.reason}
    return data


@lru_cache(1)
def published_runs() -> tuple[ServerRun, ...]:
    """Return the runs that this package contains, the newest first."""
    from importlib import resources  # slow to import, and needed only where the ledger is read

    files = (one for one in resources.files(__package__).iterdir() if one.name.endswith(".json"))
    runs = [ServerRun.from_json(one.read_text("utf-8")) for one in files]
    return tuple(sorted(runs, key=lambda run: (run.date, run.edition), reverse=True))

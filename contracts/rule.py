"""A rule of the API: its statement, its source, its answer in each edition, and a probe that checks it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from .answer import Answer, accepted, per_edition
from .light_imports import Shown, dataclass

if TYPE_CHECKING:
    from .http import Response
    from .probes import ProbeClient

Probe = Callable[["ProbeClient"], "Response | None"]


class Safety(enum.IntEnum):
    """The risk of running a rule's probe on a real server, from harmless to billable."""

    READ = 0
    """Only GET, HEAD and OPTIONS: the probe writes nothing."""
    INERT = 1
    """Writes, but could not ring a phone even if the target violated every rule."""
    REFUSED = 2
    """Rings a phone if the target violates the rule."""
    BILLABLE = 3
    """Rings a phone by design."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule(Shown):
    """One rule of the API contract.

    `id` is stable: reports, `broken=` and downstream suites refer to it. `answers` has an Answer for each edition.
    `probe` sends requests to a target and returns the response to compare with the answer; or it makes its own
    assertions and returns None. `hint` tells the author of a refused request how to fix it. `edition_flag` names the
    field of Edition, if any, that selects the behaviour, `edition_value` the one that contains the value. `depends_on`
    lists the ids of rules that the probe relies on: if one of them is broken, a failure of the probe is inconclusive.
    `hazard` states what the probe can damage on a real server for all its users; such a probe runs last.
    """

    id: str
    statement: str
    source: str
    answers: Mapping[str, Answer]
    safety: Safety
    probe: Probe = field(repr=False)
    hint: str = ""
    edition_flag: str = ""
    since: str = "1.0"
    depends_on: tuple[str, ...] = ()
    edition_value: str = ""
    hazard: str = ""


def rule(
    id: str,
    source: str,
    safety: Safety,
    documented: Answer | None = None,
    *,
    hint: str = "",
    edition_flag: str = "",
    since: str = "1.0",
    depends_on: tuple[str, ...] = (),
    edition_value: str = "",
    hazard: str = "",
    **others: Answer,
) -> Callable[[Probe], Rule]:
    """Return a decorator that makes a probe a rule: its docstring is the statement, its name the one in handlers.

    `documented` is the documents' answer. `others` are those of other editions, by name with underscores.
    """
    answers = per_edition(documented or accepted(), **others)

    def make(probe: Probe) -> Rule:
        statement = " ".join((probe.__doc__ or "").split())
        return Rule(
            id,
            statement,
            source,
            answers,
            safety,
            probe,
            hint,
            edition_flag,
            since,
            depends_on,
            edition_value,
            hazard,
        )

    return make


class Catalogue(Mapping[str, Rule]):
    """The rules by id, sorted by id."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules: dict[str, Rule] = {}
        for one in sorted(rules, key=lambda rule: rule.id):
            if one.id in self._rules:
                raise ValueError(f"two rules have the id {one.id}")
            self._rules[one.id] = one

    def __getitem__(self, id: str) -> Rule:
        return self._rules[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

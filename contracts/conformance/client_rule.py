"""A rule for clients: its statement, its source, a hint, the operations that it requires, and its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .check_context import CheckContext

Check = Callable[["CheckContext"], None]
VERSIONS = ("1.0",)
"""The versions of the catalogue, oldest first. `ClientRule.since` is the version that added the rule."""


@dataclass(frozen=True, slots=True, eq=False)
class ClientRule:
    """One requirement for a client.

    `id` is stable: test ids, reports and `known_gaps` refer to it. The check requires every operation in `requires`
    and, if there are any in `requires_any`, at least one of those. It raises ClientRuleBroken or Inconclusive.
    """

    id: str
    statement: str
    source: str
    hint: str
    check: Check = field(repr=False)
    requires: tuple[str, ...] = ("place",)
    requires_any: tuple[str, ...] = ()
    since: str = "1.0"


def client_rule(
    id: str,
    source: str,
    hint: str,
    *,
    requires: tuple[str, ...] = ("place",),
    requires_any: tuple[str, ...] = (),
    since: str = "1.0",
) -> Callable[[Check], ClientRule]:
    """Turn a check into a rule. The check's docstring is the rule's statement."""

    def make(check: Check) -> ClientRule:
        statement = " ".join((check.__doc__ or "").split())
        return ClientRule(id, statement, source, hint, check, requires, requires_any, since)

    return make

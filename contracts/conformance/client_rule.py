"""What a rule for clients is: its statement, its source, what to do, the operations that it needs, and its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

Check = Callable[["Trial"], None]
VERSIONS = ("1.0",)
"""The versions of the catalogue, oldest first: a rule is as old as its `since`."""


class ClientRuleBroken(AssertionError):
    """A client does not keep a rule; the text says what it did."""


class ClientSetupError(Exception):
    """A client cannot be made, or not be closed; the text says what its author's code raised, and where."""


class Inconclusive(Exception):
    """Whether a client keeps a rule cannot be told; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class ClientRule:
    """One thing that a client must do.

    `id` is stable and is what test ids, reports and `known_gaps` hold on to. The check needs all of the operations in
    `needs`, and at least one of those in `one_of` if there are any. It raises Broken, or Unjudged.
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
    """Make a rule of its check: the docstring is the statement."""

    def make(check: Check) -> ClientRule:
        statement = " ".join((check.__doc__ or "").split())
        return ClientRule(id, statement, source, hint, check, requires, requires_any, since)

    return make

"""A switch from one task or thread of a client to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

When = Literal["before", "after"]
WHEN: Final[tuple[When, ...]] = ("before", "after")


@dataclass(frozen=True)
class Switch:
    """A switch to the other tasks or threads: one task stops at a request until all others wait.

    Task `task` stops at its `nth` request: `before` VoIPbin handles it, as if the request were slow, or `after` that,
    as if the response were slow. If no such request is sent, nothing happens. Tasks are counted in the order in which
    VoIPbin handles their first requests. Raises ValueError for a number below 1, or another `when`.
    """

    task: int
    nth: int
    when: When = "before"

    def __post_init__(self) -> None:
        for name, number in (("task", self.task), ("nth", self.nth)):
            if number < 1:
                raise ValueError(f"{name}={number}: tasks and requests are counted from 1")
        if self.when not in WHEN:
            raise ValueError(f"unknown when {self.when!r}; expected one of {', '.join(WHEN)}")


def format_schedule(switches: Iterable[Switch]) -> str:
    """Return the Python code of a schedule with these switches."""
    return f"Schedule({', '.join(map(repr, switches))})"

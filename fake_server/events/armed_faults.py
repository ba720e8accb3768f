"""Faults that may still apply: which of them apply to what happens next."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import field
from heapq import heappop, heappush
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from ...contracts.light_imports import dataclass


class Counted(Protocol):
    """A fault that applies to the `nth` match of its pattern, and to `times` matches in all; None means unlimited."""

    @property
    def nth(self) -> int: ...

    @property
    def times(self) -> int | None: ...

    @property
    def pattern(self) -> Hashable:
        """What it applies to."""


F = TypeVar("F", bound=Counted)


@dataclass(slots=True)
class _Matches:
    """The matches of one pattern, and the faults that have it, by their numbers."""

    pattern: Hashable
    count: int = 0
    waiting: list[tuple[int, int]] = field(default_factory=list)
    """A heap of faults that do not apply yet: at which count each begins to, and its number."""
    ready: list[int] = field(default_factory=list)
    """A heap of those that apply to the next match."""

    def see(self) -> None:
        """Count a match."""
        self.count += 1
        while self.waiting and self.waiting[0][0] <= self.count:
            heappush(self.ready, heappop(self.waiting)[1])

    def copy(self) -> _Matches:
        return _Matches(self.pattern, self.count, self.waiting.copy(), self.ready.copy())


def _first(matches: _Matches) -> int:
    return matches.ready[0]


@dataclass(slots=True)
class ArmedFault(Generic[F]):
    """A fault, with the number of matches that it has seen and has applied to."""

    fault: F
    key: object
    """Identifies the fault in `World.triggered`: two equal faults are two."""
    _matches: _Matches
    _before: int
    """The count of matches when it was added."""
    applied: int = 0

    @property
    def seen(self) -> int:
        """The number of matches since it was added."""
        return self._matches.count - self._before


class ArmedFaults(Generic[F]):
    """The faults of one kind that may still apply, in the order in which they were added.

    Each match counts for all faults with its pattern at once. A look at each fault for each match would take quadratic
    time.
    """

    def __init__(self) -> None:
        self._faults: dict[int, ArmedFault[F]] = {}
        self._matches: dict[Hashable, _Matches] = {}
        self._unlimited: list[ArmedFault[F]] = []
        self._count = 0

    def add(self, fault: F) -> None:
        """Add a fault."""
        self._count += 1
        matches = self._matches.setdefault(fault.pattern, _Matches(fault.pattern))
        armed = self._faults[self._count] = ArmedFault(fault, object(), matches, matches.count)
        heappush(matches.waiting, (matches.count + fault.nth, self._count))
        if fault.times is None:
            self._unlimited.append(armed)

    @property
    def unlimited(self) -> Sequence[ArmedFault[F]]:
        """The faults that apply to every match from some time on."""
        return self._unlimited

    def apply_first(self, matches: Callable[[Any], bool]) -> ArmedFault[F] | None:
        """Count what happens for each pattern that matches it. Return the fault that was added first and applies.

        The others apply to the next match.
        """
        found = min(self._see(matches), key=_first, default=None)
        if found is None:
            return None
        number = found.ready[0]
        armed = self._apply(number)
        if number not in self._faults:
            heappop(found.ready)
            self._forget_unused(found)
        return armed

    def apply_all(self, matches: Callable[[Any], bool]) -> list[ArmedFault[F]]:
        """Do the same for all faults that apply."""
        found = self._see(matches)
        applied = [*map(self._apply, sorted(chain.from_iterable(one.ready for one in found)))]
        for one in found:
            # In order, a list is a heap.
            one.ready = sorted(filter(self._faults.__contains__, one.ready))
            self._forget_unused(one)
        return applied

    def _see(self, matches: Callable[[Any], bool]) -> list[_Matches]:
        """Count a match, and return the patterns of which a fault applies."""
        found = [one for pattern, one in self._matches.items() if matches(pattern)]
        for one in found:
            one.see()
        return [one for one in found if one.ready]

    def _apply(self, number: int) -> ArmedFault[F]:
        armed = self._faults[number]
        armed.applied += 1
        if armed.applied == armed.fault.times:
            del self._faults[number]
        return armed

    def _forget_unused(self, matches: _Matches) -> None:
        if not (matches.ready or matches.waiting):
            del self._matches[matches.pattern]

    def copy(self) -> ArmedFaults[F]:
        """Return an independent copy."""
        other: ArmedFaults[F] = ArmedFaults()
        other._count = self._count
        other._matches = {pattern: one.copy() for pattern, one in self._matches.items()}
        for number, one in self._faults.items():
            matches = other._matches[one.fault.pattern]
            other._faults[number] = ArmedFault(one.fault, one.key, matches, one._before, one.applied)
        other._unlimited = [one for one in other if one.fault.times is None]
        return other

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[ArmedFault[F]]:
        return iter([*self._faults.values()])

"""A queue in the order of time, of what is due later."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Generic, Protocol, TypeVar


class Due(Protocol):
    """What is due at a time. Of several, the one with the lowest number comes first."""

    @property
    def due(self) -> datetime: ...

    @property
    def number(self) -> int: ...


D = TypeVar("D", bound=Due)
_time = attrgetter("due")
_order = attrgetter("due", "number")


class DueQueue(Generic[D]):
    """Items in the order of their due times.

    Nearly all are added at the end and taken from the beginning. Removing the first one of a list moves all others, so
    the list keeps those that were taken until they are half of it.
    """

    __slots__ = ("_items", "_taken", "first")

    def __init__(self, items: Iterable[D] = ()) -> None:
        self._items = [*items]
        self._taken = 0
        self.first = self._first()
        """The item that is due first; None if there is none. Every request looks at it."""

    def _first(self) -> D | None:
        return self._items[self._taken] if self else None

    def add(self, item: D) -> None:
        """Add an item."""
        insort(self._items, item, self._taken, key=_order)
        self.first = self._first()

    def take(self) -> D:
        """Remove the first item, and return it."""
        item = self._items[self._taken]
        self._taken += 1
        if 2 * self._taken >= len(self._items):
            del self._items[: self._taken]
            self._taken = 0
        self.first = self._first()
        return item

    def keep(self, where: Callable[[D], bool]) -> None:
        """Remove all items but some."""
        self._items, self._taken = list(filter(where, self)), 0
        self.first = self._first()

    def next_due(self, after: datetime) -> datetime | None:
        """Return the first due time after a time."""
        index = bisect_right(self._items, after, self._taken, key=_time)
        return self._items[index].due if index < len(self._items) else None

    def copy(self) -> DueQueue[D]:
        """Return an independent copy."""
        return DueQueue(self)

    def __len__(self) -> int:
        return len(self._items) - self._taken

    def __iter__(self) -> Iterator[D]:
        return iter(self._items[self._taken :])

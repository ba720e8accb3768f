"""What keeps imports short: no garbage collections, and values whose methods are not compiled for each class."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any


@contextmanager
def without_collections() -> Iterator[None]:
    """Collect no garbage inside the block: nearly all of the many objects that it creates are kept, as by an import."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# To compile the methods of a dataclass for each class would take most of its import.


class Shown:
    """The base of a dataclass with `repr=False`: the repr that it would have."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in _fields(self) if one.repr)
        return f"{type(self).__name__}({', '.join(shown)})"


class Value(Shown):
    """The base of a dataclass with `eq=False, repr=False`: the comparison, hash and repr that it would have."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _compared(self) == _compared(other)

    def __hash__(self) -> int:
        return hash(_compared(self))


def _compared(value: object) -> tuple[Any, ...]:
    return tuple([getattr(value, one.name) for one in _fields(value) if one.compare])


def _fields(value: Any) -> tuple[Any, ...]:
    return fields(value)

"""Messages for unknown names and ids in a test's arguments: what is unknown, a suggestion, and what is expected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from ...contracts.suggestions import suggestion

V = TypeVar("V")
_SHORT_LIST = 12
"""Up to this many names are always listed in a message, even if one is suggested."""
_IDS = 5
_LONGEST_WORD = 100
"""The maximum length of an unknown name in a message."""
_GENERATED = ("id", "tm_create")


class UnknownId(KeyError):
    """An id that no record has."""

    def __str__(self) -> str:
        # KeyError's own shows the repr of the message.
        return str(self.args[0])


def unknown(kind: str, word: object, known: Iterable[str], what: str = "unknown") -> str:
    """Return the message for an unknown name."""
    names = sorted(known)
    meant = suggestion(word, names)
    expected = f"; expected one of {', '.join(names)}" if not meant or len(names) <= _SHORT_LIST else ""
    return f"{what} {kind} {_short_repr(word)}{meant}{expected}"


def _short_repr(word: object) -> str:
    text = repr(word)
    return text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}..."


def find(kind: str, table: Mapping[str, V], id: object) -> V:
    """Return the record with an id. Raises UnknownId, with a suggestion, if there is none."""
    record = table.get(id) if isinstance(id, str) else None
    if record is not None:
        return record
    names = {str(getattr(one, "name", "") or getattr(one, "username", "")): key for key, one in table.items()}
    if isinstance(id, str) and id in names:
        raise UnknownId(f"unknown {kind} {id!r}: this is a name; pass the id, {names[id]!r}")
    meant = suggestion(id, table)
    ids = ", ".join(list(table)[:_IDS]) + (", ..." if len(table) > _IDS else "")
    expected = f"expected the id of a {kind}: {ids}" if table else f"there is no {kind} yet"
    raise UnknownId(f"unknown {kind} {id!r}{meant}; {expected}")


def check_fields(method: str, record: type[Any], given: Collection[str], own: Collection[str] = ()) -> None:
    """Raise TypeError, with a suggestion, if an argument of an `add_` method is not a field of its record.

    `own` are the arguments that the method itself declares.
    """
    known = record.__dataclass_fields__
    for name in given:
        if name in _GENERATED:
            raise TypeError(f"{method}() has no argument {name!r}: the fake generates it")
        if name not in known:
            accepted = {*known, *own} - {*_GENERATED}
            raise TypeError(f"{method}(): {unknown('argument', name, accepted)}")

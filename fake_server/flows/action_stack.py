"""The stack of action lists of an activeflow, and the action that comes next (flows.md 3.4)."""

from __future__ import annotations

import builtins
from typing import NamedTuple

from ...contracts.formats.go_uuids import NIL
from ..world.values import START, Action, Frame

Stack = tuple[Frame, ...]
Actions = tuple[Action, ...]


class Position(NamedTuple):
    """An action, and the stack once it is reached: without the completed lists above its own."""

    stack: Stack
    action: Action


def locate(stack: Stack, id: str) -> Position | None:
    """Find an action by id: in the top list, then in those below. The start id means the very first action."""
    for depth in range(len(stack), 0, -1):
        action = _named(stack[depth - 1].actions, id)
        if action is not None:
            return Position(stack[:depth], action)
    return _first(stack) if id == START.id else None


def next_position(stack: Stack, current: Action) -> Position | None:
    """Return the next action: its next_id, else the next in its list, else what follows where the list was pushed.

    A next_id may name an action of a list below, which is then continued there.
    """
    if current.id == START.id:
        return _first(stack)
    if current.next_id != NIL:
        return locate(stack, current.next_id)
    actions = stack[-1].actions if stack else ()
    index = _index_of(actions, current.id)
    if index is not None and index + 1 < len(actions):
        return Position(stack, actions[index + 1])
    below = stack[:-1]
    back = _named(below[-1].actions, stack[-1].return_to) if below else None
    return next_position(below, back) if back else None


def jumps_below(stack: Stack, current: Action) -> bool:
    """Return whether the next_id of an action names none of its own list."""
    return current.next_id != NIL and not (stack and _named(stack[-1].actions, current.next_id))


def _first(stack: Stack) -> Position | None:
    return Position(stack[:1], stack[0].actions[0]) if stack and stack[0].actions else None


def _named(actions: Actions, id: str) -> Action | None:
    index = _index_of(actions, id)
    return None if index is None else actions[index]


def _index_of(actions: Actions, id: str) -> int | None:
    """Return the place of the first action with an id."""
    if len(actions) <= _SHORT:
        return next((index for index, action in enumerate(actions) if action.id == id), None)
    return _places(actions).get(id)


def _places(actions: Actions) -> dict[str, int]:
    """Return the place of each id in a long list. A search for each step of a flow would take quadratic time."""
    key = builtins.id(actions)
    known = _PLACES.get(key)
    # The identity of a list that is gone may be another one's.
    if known is not None and known[0] is actions:
        return known[1]
    if len(_PLACES) >= _MOST_PLACES:
        _PLACES.clear()
    places = {action.id: index for index, action in reversed([*enumerate(actions)])}
    _PLACES[key] = actions, places
    return places


_SHORT = 16
_PLACES: dict[int, tuple[Actions, dict[str, int]]] = {}
"""The places of the ids of the newest long lists, by the identity of the list: its actions cannot be hashed."""
_MOST_PLACES = 64

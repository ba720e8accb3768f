"""The stack of action lists of an activeflow, and the action that comes next (flows.md 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...contracts.formats.go_uuids import NIL
from ..world.values import START, Action, Frame

Stack = tuple[Frame, ...]


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
    actions = stack[-1].actions if stack else ()
    if current.next_id != NIL:
        return locate(stack, current.next_id)
    ids = [action.id for action in actions]
    index = ids.index(current.id) + 1 if current.id in ids else len(ids)
    if index < len(actions):
        return Position(stack, actions[index])
    below = stack[:-1]
    back = _named(below[-1].actions, stack[-1].return_to) if below else None
    return next_position(below, back) if back else None


def jumps_below(stack: Stack, current: Action) -> bool:
    """Return whether the next_id of an action names none of its own list."""
    return current.next_id != NIL and not (stack and _named(stack[-1].actions, current.next_id))


def _first(stack: Stack) -> Position | None:
    return Position(stack[:1], stack[0].actions[0]) if stack and stack[0].actions else None


def _named(actions: Iterable[Action], id: str) -> Action | None:
    return next((action for action in actions if action.id == id), None)

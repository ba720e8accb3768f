"""Build the stored actions of a flow from a request: create ids, check types (flows.md 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...contracts import models
from ...contracts.formats.go_uuids import NIL, parse_gofrs
from ...contracts.models.action_types import ACTION_TYPES
from ...contracts.rules import providercall_placement as rules
from ..wire.timestamps import parse_time
from ..world.ids import Ids
from ..world.values import EMPTY_MAP, Action
from ..world.world import RuleContext

_ANONYMOUS = ("", "yes", "no", "auto")


def build(ctx: RuleContext, sent: Sequence[models.requests.ActionRequest | None]) -> tuple[Action, ...]:
    """Return the actions as a flow stores them. The first invalid one refuses the request."""
    actions = [action or models.requests.ActionRequest() for action in sent]
    known = ACTION_TYPES - ctx.edition.unsupported_actions
    for action in actions:
        ctx.require(rules.action_types_known, action.type in known, type=action.type)
        _check_anonymous(ctx, action)
    return tuple(stored_action(ctx.world.ids, action) for action in actions)


def _check_anonymous(ctx: RuleContext, action: models.requests.ActionRequest) -> None:
    """Check `anonymous` of actions that call. A value of another JSON type is checked when the action runs."""
    if action.type not in ("call", "connect"):
        return
    value = (action.option or {}).get("anonymous", "")
    valid = not isinstance(value, str) or value in _ANONYMOUS
    ctx.require(rules.action_anonymous_known, valid, type=action.type, value=value)


def stored_action(ids: Ids, action: models.requests.ActionRequest) -> Action:
    """Return an action as a flow stores it. An id that is not a UUID is replaced with a new one."""
    id = parse_gofrs(action.id)
    return Action(
        id=ids.uuid() if id is None or id == NIL else id,
        next_id=parse_gofrs(action.next_id) or NIL,
        type=action.type,
        option=action.option or EMPTY_MAP,
        tm_execute=_time(action.tm_execute),
    )


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None

"""From the actions of a request to those of a flow: ids are made, types are checked (flows.md 2.2 and 2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...contracts.go_uuids import NIL, parse_gofrs
from ...contracts.models.actions import ACTION_TYPES
from ...contracts.models.requests import ActionRequest
from ...contracts.rules import providercalls as rules
from ..gateway.lists import parse_page_token
from ..gateway.request_context import RequestContext
from ..world.ids import Ids
from ..world.records import EMPTY_MAP, Action

_ANONYMOUS = ("", "yes", "no", "auto")


def build(ctx: RequestContext, sent: Sequence[ActionRequest | None]) -> tuple[Action, ...]:
    """The actions as a flow keeps them. The first that is not allowed refuses the request."""
    actions = [action or ActionRequest() for action in sent]
    known = ACTION_TYPES - ctx.edition.unsupported_actions
    for action in actions:
        ctx.require(rules.action_types_known, action.type in known, type=action.type)
        _check_anonymous(ctx, action)
    return tuple(stored_action(ctx.fake.ids, action) for action in actions)


def _check_anonymous(ctx: RequestContext, action: ActionRequest) -> None:
    """Only calling actions have it; one of another JSON type is left to the run time."""
    if action.type not in ("call", "connect"):
        return
    value = (action.option or {}).get("anonymous", "")
    good = not isinstance(value, str) or value in _ANONYMOUS
    ctx.require(rules.action_anonymous_known, good, type=action.type, value=value)


def stored_action(ids: Ids, action: ActionRequest) -> Action:
    """An action as a flow keeps it: an id that is no UUID gives way to a new one."""
    id = parse_gofrs(action.id)
    return Action(
        id=ids.uuid() if id is None or id == NIL else id,
        next_id=parse_gofrs(action.next_id) or NIL,
        type=action.type,
        option=action.option or EMPTY_MAP,
        tm_execute=_time(action.tm_execute),
    )


def _time(text: str | None) -> datetime | None:
    return parse_page_token(text) if text else None

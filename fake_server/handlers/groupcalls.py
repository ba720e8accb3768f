"""/groupcalls: reading, hanging up and deleting groupcalls (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ...contracts.rules import groupcalls as rules
from ...contracts.rules import lists as list_rules
from ...contracts.uuids import NIL
from ..context import Context
from ..lists import Paging
from ..records import Groupcall


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    ctx.fake.lifecycle.settle()
    owner = ctx.asker.customer_id
    return paging.answer(ctx, ctx.state.groupcalls, owner=owner, readable=list_rules.token_readable_by_calls)


def get(ctx: Context) -> dict[str, Any]:
    groupcall = _existing(ctx)
    ctx.fake.lifecycle.settle()
    return ctx.fake.render(groupcall)


def delete(ctx: Context) -> dict[str, Any]:
    groupcall = _existing(ctx)
    if groupcall.status != "hangup" and groupcall.tm_delete is None and not ctx.breaks(rules.delete_hangs_up):
        ctx.fake.lifecycle.hang_up_group(groupcall)
    if groupcall.tm_delete is None or ctx.breaks(rules.deleted_still_readable):
        groupcall.tm_update = groupcall.tm_delete = ctx.fake.clock.stamp()
    return ctx.fake.render(groupcall)


def hangup(ctx: Context) -> dict[str, Any]:
    """A groupcall that has ended becomes `hangingup` again, and stays so (calls.md 0, trap 16)."""
    groupcall = _existing(ctx)
    if not ctx.breaks(rules.hangup_reaches_every_call):
        ctx.fake.lifecycle.hang_up_group(groupcall)
    return ctx.fake.render(groupcall)


def _existing(ctx: Context) -> Groupcall:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    groupcall = ctx.state.groupcalls.get(id)
    ctx.require(rules.exists, groupcall is not None)
    if groupcall is None:
        return Groupcall(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL)
    ctx.authorise_on(groupcall.customer_id, rules.own_customer_only)
    return groupcall

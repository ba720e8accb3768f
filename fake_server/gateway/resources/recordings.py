"""/recordings: the recordings of calls (calls.md 1.11)."""

from __future__ import annotations

from typing import Any

from ....contracts.rules import lists as list_rules
from ....contracts.rules.telephony import recordings as rules
from ...world.records import Recording
from ..handlers.changes import soft_delete
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier

TIER = Tier(STAFF, rules.staff_only, rules.no_direct_access)


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.follows(rules.lists_own_recordings, ctx.principal.customer_id)
    return paging.page(ctx, ctx.state.recordings, owner=owner, valid=list_rules.page_token_valid_for_calls)


def get(ctx: RequestContext) -> dict[str, Any]:
    return ctx.follows(rules.recording_ends, ctx.render(existing_recording(ctx)))


def delete(ctx: RequestContext) -> dict[str, Any]:
    """Soft-delete a recording. One that has not ended continues."""
    recording = existing_recording(ctx)
    ctx.apply(rules.delete_is_soft, soft_delete, ctx, recording)
    return ctx.render(recording)


def existing_recording(ctx: RequestContext) -> Recording:
    """Return the recording in the path. The tier is checked afterwards, so the response reveals whether it exists."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    recording = ctx.require_value(rules.exists, ctx.state.recordings.get(id), id)
    ctx.require(rules.not_deleted, recording.tm_delete is None)
    ctx.authorise_owner(recording.customer_id, rules.own_customer_only)
    return recording


ROUTES = (
    Route("GET", "/recordings", list_, TIER),
    Route("GET", "/recordings/{id}", get, TIER),
    Route("DELETE", "/recordings/{id}", delete, TIER),
)

"""/agents: the users of the principal's own customer (accounts.md 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.identity import Permission
from ....contracts.rules import lists as list_rules
from ....contracts.rules.accounts import agents as rules
from ...world.records import Agent
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

_TIER = Tier(int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER), rules.staff_only, rules.no_direct_access)
_MAX_TAGS = 100


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    tag_ids = ctx.query_text("tag_ids", rules.filter_given_once)
    status = ctx.query_text("status", rules.filter_given_once)
    ctx.authorise()
    selected = ctx.follows(rules.filters_select, _filter(status, _tags(ctx, tag_ids)))
    owner = ctx.follows(rules.own_agents_listed, ctx.principal.customer_id)
    return paging.page(
        ctx,
        ctx.state.agents,
        where=lambda agent: (not owner or agent.customer_id == owner) and selected(agent),
        valid=list_rules.page_token_valid_for_calls,
    )


def get(ctx: RequestContext) -> dict[str, Any]:
    """Return an agent, even a deleted one. Each agent may read itself."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    agent = ctx.require_value(rules.exists, ctx.state.agents.get(id), id)
    if not ctx.follows(rules.reads_itself, agent.id == ctx.principal.agent_id):
        ctx.authorise_owner(agent.customer_id, rules.own_customer_only)
    return ctx.follows(rules.deleted_still_readable, ctx.render(agent))


def _tags(ctx: RequestContext, text: str | None) -> frozenset[str] | None:
    """Return the tags of a filter; None if there is none."""
    if text is None:
        return None
    ctx.require(rules.tag_ids_not_empty, text != "")
    tags = ctx.require_value(rules.tag_ids_valid, _parse_tags(text))
    ctx.require(rules.tags_can_be_filtered, False)
    return tags


def _parse_tags(text: str) -> frozenset[str] | None:
    """Return the ids in a text, or None if it has none, too many or an invalid one."""
    parts = text.split(",")
    ids = [parse_gofrs(part.strip()) or NIL for part in parts if part.strip()]
    return frozenset(ids) if ids and NIL not in ids and len(parts) <= _MAX_TAGS else None


def _filter(status: str | None, tags: frozenset[str] | None) -> Callable[[Agent], bool]:
    """Return whether an agent has a status, and at least one of the tags."""

    def selected(agent: Agent) -> bool:
        # The servers' database compares texts without regard to case.
        return (not status or agent.status == status.casefold()) and (
            tags is None or not tags.isdisjoint(agent.tag_ids)
        )

    return selected


ROUTES = (Route("GET", "/agents", list_, _TIER), Route("GET", "/agents/{id}", get, _TIER))

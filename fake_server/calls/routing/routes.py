"""The routes of a fake: their table, the default route that every fake has, and those of a call (routing.md 2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from ....contracts.formats.go_uuids import NIL
from ....contracts.rules.routing import dialroutes as rules
from ....contracts.rules.routing.routes import DEFAULT_CUSTOMER
from ...world.records import Record
from ...world.state import Section, Table
from ...world.world import RuleContext, World
from ..numbers import syntax

ALL = "all"
"""The target of a route for all destinations."""
MAX_PRIORITY = 2**31
"""The smallest priority that does not fit into the servers' 32 bits."""
_MAX_ROUTES = 1000
_LAST_PRIORITY = 100
"""That of the first default route, so that those that a test adds are tried before it in every edition."""


@dataclass(slots=True, kw_only=True)
class Route(Record):
    """A dial route (routing.md 1). `target` is a calling code with its plus, or `all`."""

    customer_id: str = NIL
    name: str = ""
    detail: str = ""
    provider_id: str = NIL
    priority: int = 0
    target: str = ""


def _owner(route: Route) -> str:
    return route.customer_id


ROUTES: Section[Table[Route]] = Section.late("routes", lambda: Table(_owner))
"""All routes. `routes_of` adds the first default one."""


def routes_of(world: World) -> Table[Route]:
    """Return all routes. The first one is a default route through the provider that the fake begins with.

    Its id depends only on the fake's seed: it takes none from the random generator, so that the order of requests does
    not change other ids.
    """
    table = ROUTES.of(world.state)
    if not table:
        provider = next(iter(world.state.providers.values()))
        table.add(
            Route(
                id=str(uuid.uuid5(uuid.UUID(DEFAULT_CUSTOMER), f"default route {world.seed}")),
                tm_create=provider.tm_create,
                customer_id=DEFAULT_CUSTOMER,
                name="default",
                provider_id=provider.id,
                priority=_LAST_PRIORITY,
                target=ALL,
            )
        )
    return table


def providers_for(ctx: RuleContext, customer_id: str, number: str) -> tuple[str, ...]:
    """Return the providers through which a customer's call to a number goes, in the order in which they are tried."""
    target = f"+{syntax.calling_code(number)}"
    own = _providers(ctx, customer_id, target)
    default = _providers(ctx, DEFAULT_CUSTOMER, target)
    if own and not ctx.flag(rules.default_routes_follow):
        default = []
    found = ctx.follows(rules.own_routes_first, _merged(ctx, own, default), (own, default))
    return tuple(found)


def _providers(ctx: RuleContext, customer_id: str, target: str) -> list[str]:
    """Return the providers of one customer's routes: those for the calling code before those for `all`."""
    parts = [[route.provider_id for route in _ordered(ctx, customer_id, one)] for one in (target, ALL)]
    country, everywhere = ctx.follows(rules.country_first, parts, customer_id)
    return _merged(ctx, country, everywhere)


def _merged(ctx: RuleContext, first: list[str], then: list[str]) -> list[str]:
    """Return providers, and others that are not among them."""
    others = [one for one in then if one not in first]
    return first + (ctx.follows(rules.provider_tried_once, others, then) if then else then)


def _ordered(ctx: RuleContext, customer_id: str, target: str) -> list[Route]:
    """Return a customer's routes for a target, in the order in which they are tried."""
    found = [*_newest(ctx.world, customer_id, target)]
    if len(found) > 1 and ctx.flag(rules.ordered_by_priority):
        found.sort(key=_priority)
    return found


def _newest(world: World, customer_id: str, target: str) -> Iterator[Route]:
    rows = routes_of(world).page(_MAX_ROUTES, owner=customer_id, where=lambda route: route.target == target)
    yield from rows


def _priority(route: Route) -> int:
    return route.priority

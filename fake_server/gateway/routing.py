"""The routes: each endpoint with its handler and its tier.

Those of provider calls, and of what they stand on, are in a table. Any other resource has a module in `resources` with
its own table, which is imported at the first request to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from . import tiers
from .handlers import (
    accesskeys,
    account,
    activeflows,
    billings,
    calls,
    flows,
    groupcalls,
    live_calls,
    providercalls,
    providers,
)
from .route import Route

ROUTES: tuple[Route, ...] = (
    Route("GET", "/providers", providers.list_, tiers.PROVIDER),
    Route("POST", "/providers", providers.create, tiers.PROVIDER),
    Route("GET", "/providers/{id}", providers.get, tiers.PROVIDER),
    Route("PUT", "/providers/{id}", providers.update, tiers.PROVIDER),
    Route("DELETE", "/providers/{id}", providers.delete, tiers.PROVIDER),
    Route("GET", "/providercalls", providercalls.list_, tiers.PROVIDERCALL),
    Route("POST", "/providercalls", providercalls.create, tiers.PLACING),
    Route("GET", "/providercalls/{id}", providercalls.get, tiers.PROVIDERCALL),
    Route("DELETE", "/providercalls/{id}", providercalls.delete, tiers.PROVIDERCALL),
    Route("GET", "/calls", calls.list_, tiers.CALL),
    Route("POST", "/calls", calls.create, tiers.CALL),
    Route("GET", "/calls/{id}", calls.get, tiers.CALL),
    Route("DELETE", "/calls/{id}", calls.delete, tiers.CALL),
    Route("POST", "/calls/{id}/hangup", calls.hangup, tiers.CALL),
    Route("POST", "/calls/{id}/hold", live_calls.hold, tiers.CALL),
    Route("DELETE", "/calls/{id}/hold", live_calls.unhold, tiers.CALL),
    Route("POST", "/calls/{id}/mute", live_calls.mute, tiers.CALL),
    Route("DELETE", "/calls/{id}/mute", live_calls.unmute, tiers.CALL),
    Route("POST", "/calls/{id}/moh", live_calls.start_music, tiers.CALL),
    Route("DELETE", "/calls/{id}/moh", live_calls.stop_music, tiers.CALL),
    Route("POST", "/calls/{id}/silence", live_calls.silence, tiers.CALL),
    Route("DELETE", "/calls/{id}/silence", live_calls.unsilence, tiers.CALL),
    Route("POST", "/calls/{id}/talk", live_calls.talk, tiers.CALL),
    Route("POST", "/calls/{id}/recording_start", live_calls.start_recording, tiers.CALL),
    Route("POST", "/calls/{id}/recording_stop", live_calls.stop_recording, tiers.CALL),
    Route("GET", "/groupcalls", groupcalls.list_, tiers.GROUPCALL),
    Route("POST", "/groupcalls", groupcalls.create, tiers.GROUPCALL),
    Route("GET", "/groupcalls/{id}", groupcalls.get, tiers.GROUPCALL),
    Route("DELETE", "/groupcalls/{id}", groupcalls.delete, tiers.GROUPCALL),
    Route("POST", "/groupcalls/{id}/hangup", groupcalls.hangup, tiers.GROUPCALL),
    Route("GET", "/flows", flows.list_, tiers.FLOW),
    Route("POST", "/flows", flows.create, tiers.FLOW),
    Route("GET", "/flows/{id}", flows.get, tiers.FLOW),
    Route("PUT", "/flows/{id}", flows.update, tiers.FLOW),
    Route("DELETE", "/flows/{id}", flows.delete, tiers.FLOW),
    Route("GET", "/activeflows", activeflows.list_, tiers.ACTIVEFLOW),
    Route("POST", "/activeflows", activeflows.create, tiers.ACTIVEFLOW),
    Route("GET", "/activeflows/{id}", activeflows.get, tiers.ACTIVEFLOW),
    Route("DELETE", "/activeflows/{id}", activeflows.delete, tiers.ACTIVEFLOW),
    Route("POST", "/activeflows/{id}/stop", activeflows.stop, tiers.ACTIVEFLOW),
    Route("GET", "/accesskeys", accesskeys.list_, tiers.ACCESSKEY),
    Route("POST", "/accesskeys", accesskeys.create, tiers.ACCESSKEY),
    Route("GET", "/accesskeys/{id}", accesskeys.get, tiers.ACCESSKEY),
    Route("PUT", "/accesskeys/{id}", accesskeys.update, tiers.ACCESSKEY),
    Route("DELETE", "/accesskeys/{id}", accesskeys.delete, tiers.ACCESSKEY),
    Route("GET", "/billings", billings.list_, tiers.BILLING),
    Route("GET", "/billings/{id}", billings.get, tiers.BILLING),
    Route("GET", "/me", account.me, tiers.ACCOUNT),
    Route("GET", "/customer", account.customer, tiers.CUSTOMER),
    Route("PUT", "/customer", account.update_own, tiers.ACCOUNT),
    Route("GET", "/customers", account.list_, tiers.CUSTOMERS),
    Route("GET", "/customers/{id}", account.get, tiers.CUSTOMERS),
    Route("PUT", "/customers/{id}", account.update, tiers.CUSTOMERS),
    Route("GET", "/billing_account", account.billing_account, tiers.ACCOUNT),
    Route("PUT", "/billing_account", account.update_billing_account, tiers.ACCOUNT),
)

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "agents": ("agents",),
    "billing_accounts": ("billing_accounts",),
    "customer": ("customer_metadata",),
    "customers": ("customer_metadata",),
    "extensions": ("extensions",),
    "numbers": ("numbers",),
}
"""The modules of other resources, by the first segment of their paths."""

PREFIX = "/v1.0"
_ONE_CALL = re.compile(f"{PREFIX}/calls/[^/]+").fullmatch
_BY_PATH = {(route.method, PREFIX + route.path): route for route in ROUTES if "{" not in route.path}
_BY_SHAPE = {
    (route.method, PREFIX + head + "/", tail): route
    for route in ROUTES
    if "{" in route.path
    for head, tail in [route.path.split("/{id}")]
}


def all_routes() -> tuple[Route, ...]:
    """Return the routes of all resources."""
    return (*ROUTES, *(route for segment in RESOURCES for route, _ in _routes_of(segment)))


def redirects_to(method: str, path: str, edition: str) -> bool:
    """Return whether the router redirects a path with a superfluous slash to this one.

    It also does where several routes continue after the slash, although none ends there.
    """
    return find(method, path, edition) is not None or (method == "POST" and _ONE_CALL(path) is not None)


def find(method: str, path: str, edition: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a decoded path, and the ids in the path; None if the edition has none.

    Paths are case-sensitive.
    """
    route = _BY_PATH.get((method, path))
    if route is not None:
        return route, ()
    parts = path.split("/", 4)
    if len(parts) < 3 or "/" + parts[1] != PREFIX:
        return None
    if len(parts) > 3 and parts[3]:
        tail = "/" + parts[4] if len(parts) == 5 else ""
        route = _BY_SHAPE.get((method, f"/{parts[1]}/{parts[2]}/", tail))
        if route is not None:
            return route, (parts[3],)
    return _find_in_resource(method, path, parts[2], edition) if parts[2] in RESOURCES else None


def _find_in_resource(method: str, path: str, segment: str, edition: str) -> tuple[Route, tuple[str, ...]] | None:
    for route, pattern in _routes_of(segment):
        match = pattern.fullmatch(path) if route.method == method and edition not in route.absent_in else None
        if match is not None:
            return route, match.groups()
    return None


@cache
def _routes_of(segment: str) -> tuple[tuple[Route, re.Pattern[str]], ...]:
    """Return the routes of a resource, with the pattern of each path. A parameter in braces is one segment."""
    routes: list[Route] = []
    for name in RESOURCES[segment]:
        module = import_module(f"{__package__}.resources.{name}")
        routes += (route for route in module.ROUTES if route.path.split("/")[1] == segment)
    return tuple((route, re.compile(re.sub(r"\{\w+\}", "([^/]+)", PREFIX + route.path))) for route in routes)

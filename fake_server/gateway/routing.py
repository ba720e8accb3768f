"""The routes: each endpoint with its handler and its tier, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from .request_context import RequestContext
from .tiers import Tier

Handler = Callable[[RequestContext], dict[str, Any] | None]
"""Handles a request. It returns the JSON object of the response, or None for an empty body."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `path` contains `{id}` for an id."""

    method: str
    path: str
    handler: Handler
    tier: Tier


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

PREFIX = "/v1.0"
_ONE_CALL = re.compile(f"{PREFIX}/calls/[^/]+").fullmatch
_BY_PATH = {(route.method, PREFIX + route.path): route for route in ROUTES if "{" not in route.path}
_BY_SHAPE = {
    (route.method, PREFIX + head + "/", tail): route
    for route in ROUTES
    if "{" in route.path
    for head, tail in [route.path.split("/{id}")]
}


def redirects_to(method: str, path: str) -> bool:
    """Return whether the router redirects a path with a superfluous slash to this one.

    It also does where several routes continue after the slash, although none ends there.
    """
    return find(method, path) is not None or (method == "POST" and _ONE_CALL(path) is not None)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a decoded path, and the ids in the path; None if there is none. Paths are case-sensitive."""
    route = _BY_PATH.get((method, path))
    if route is not None:
        return route, ()
    parts = path.split("/", 4)
    if len(parts) < 4 or not parts[3]:
        return None
    tail = "/" + parts[4] if len(parts) == 5 else ""
    route = _BY_SHAPE.get((method, f"/{parts[1]}/{parts[2]}/", tail))
    return None if route is None else (route, (parts[3],))

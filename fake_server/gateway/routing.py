"""The routes: each endpoint's handler, and the tier that it asks for, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...contracts.identity import Permission
from ...contracts.rule import Rule
from ...contracts.rules import accesskeys as accesskey_rules
from ...contracts.rules import account as account_rules
from ...contracts.rules import activeflows as activeflow_rules
from ...contracts.rules import billings as billing_rules
from ...contracts.rules import calls as call_rules
from ...contracts.rules import flows as flow_rules
from ...contracts.rules import groupcalls as groupcall_rules
from ...contracts.rules import providercalls as providercall_rules
from ...contracts.rules import providers as provider_rules
from .handlers import accesskeys, account, activeflows, billings, calls, flows, groupcalls, providercalls, providers

if TYPE_CHECKING:
    from .request_context import RequestContext

Handler = Callable[["RequestContext"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tier:
    """Who may use an endpoint: the permission bits of which one is enough, and the rules that refuse the others."""

    mask: int
    rule: Rule
    direct: Rule


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `path` has `{id}` where an id goes."""

    method: str
    path: str
    handler: Handler
    tier: Tier


_ADMIN = int(Permission.CUSTOMER_ADMIN)
_STAFF = int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER)

_PROVIDER = Tier(0, provider_rules.super_admin_only, provider_rules.no_direct_access)
_PROVIDERCALL = Tier(0, providercall_rules.super_admin_only, providercall_rules.no_direct_access)
_PLACING = Tier(0, providercall_rules.super_admin_places, providercall_rules.no_direct_access)
_CALL = Tier(_STAFF, call_rules.staff_only, call_rules.no_direct_access)
_GROUPCALL = Tier(_STAFF, groupcall_rules.staff_only, groupcall_rules.no_direct_access)
_FLOW = Tier(_STAFF, flow_rules.staff_only, flow_rules.no_direct_access)
_ACTIVEFLOW = Tier(_STAFF, activeflow_rules.staff_only, activeflow_rules.no_direct_access)
_ACCESSKEY = Tier(_ADMIN, accesskey_rules.admin_only, accesskey_rules.no_direct_access)
_BILLING = Tier(_ADMIN, billing_rules.admin_only, billing_rules.no_direct_access)
_ACCOUNT = Tier(_ADMIN, account_rules.admin_only, account_rules.no_direct_access)
_CUSTOMERS = Tier(0, account_rules.super_admin_only, account_rules.no_direct_access)

ROUTES: tuple[Route, ...] = (
    Route("GET", "/providers", providers.list_, _PROVIDER),
    Route("POST", "/providers", providers.create, _PROVIDER),
    Route("GET", "/providers/{id}", providers.get, _PROVIDER),
    Route("PUT", "/providers/{id}", providers.update, _PROVIDER),
    Route("DELETE", "/providers/{id}", providers.delete, _PROVIDER),
    Route("GET", "/providercalls", providercalls.list_, _PROVIDERCALL),
    Route("POST", "/providercalls", providercalls.create, _PLACING),
    Route("GET", "/providercalls/{id}", providercalls.get, _PROVIDERCALL),
    Route("DELETE", "/providercalls/{id}", providercalls.delete, _PROVIDERCALL),
    Route("GET", "/calls", calls.list_, _CALL),
    Route("POST", "/calls", calls.create, _CALL),
    Route("GET", "/calls/{id}", calls.get, _CALL),
    Route("DELETE", "/calls/{id}", calls.delete, _CALL),
    Route("POST", "/calls/{id}/hangup", calls.hangup, _CALL),
    Route("GET", "/groupcalls", groupcalls.list_, _GROUPCALL),
    Route("POST", "/groupcalls", groupcalls.create, _GROUPCALL),
    Route("GET", "/groupcalls/{id}", groupcalls.get, _GROUPCALL),
    Route("DELETE", "/groupcalls/{id}", groupcalls.delete, _GROUPCALL),
    Route("POST", "/groupcalls/{id}/hangup", groupcalls.hangup, _GROUPCALL),
    Route("GET", "/flows", flows.list_, _FLOW),
    Route("POST", "/flows", flows.create, _FLOW),
    Route("GET", "/flows/{id}", flows.get, _FLOW),
    Route("PUT", "/flows/{id}", flows.update, _FLOW),
    Route("DELETE", "/flows/{id}", flows.delete, _FLOW),
    Route("GET", "/activeflows", activeflows.list_, _ACTIVEFLOW),
    Route("GET", "/activeflows/{id}", activeflows.get, _ACTIVEFLOW),
    Route("POST", "/activeflows/{id}/stop", activeflows.stop, _ACTIVEFLOW),
    Route("GET", "/accesskeys", accesskeys.list_, _ACCESSKEY),
    Route("POST", "/accesskeys", accesskeys.create, _ACCESSKEY),
    Route("GET", "/accesskeys/{id}", accesskeys.get, _ACCESSKEY),
    Route("DELETE", "/accesskeys/{id}", accesskeys.delete, _ACCESSKEY),
    Route("GET", "/billings", billings.list_, _BILLING),
    Route("GET", "/billings/{id}", billings.get, _BILLING),
    Route("GET", "/me", account.me, _ACCOUNT),
    Route("GET", "/customer", account.customer, _ACCOUNT),
    Route("PUT", "/customer", account.update_own, _ACCOUNT),
    Route("PUT", "/customers/{id}", account.update, _CUSTOMERS),
    Route("GET", "/billing_account", account.billing_account, _ACCOUNT),
)

PREFIX = "/v1.0"
_BY_PATH = {(route.method, PREFIX + route.path): route for route in ROUTES if "{" not in route.path}
_BY_SHAPE = {
    (route.method, PREFIX + head + "/", tail): route
    for route in ROUTES
    if "{" in route.path
    for head, tail in [route.path.split("/{id}")]
}


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a decoded path, and the ids in it; None for none. Paths are case-sensitive."""
    route = _BY_PATH.get((method, path))
    if route is not None:
        return route, ()
    parts = path.split("/", 4)
    if len(parts) < 4 or not parts[3]:
        return None
    tail = "/" + parts[4] if len(parts) == 5 else ""
    route = _BY_SHAPE.get((method, f"/{parts[1]}/{parts[2]}/", tail))
    return None if route is None else (route, (parts[3],))

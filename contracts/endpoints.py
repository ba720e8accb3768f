"""Which answers an endpoint has: the wire model of a success, and the rules that may refuse a request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import unquote

from .models import answers as wire
from .rule import INTERNAL, UNAVAILABLE, Answer, Rule, bare, envelope
from .rules import (
    accesskeys,
    account,
    activeflows,
    billings,
    calls,
    flows,
    gateway,
    groupcalls,
    limits,
    lists,
    providercalls,
    providers,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `path` has `{id}` where an id goes; a `listed` one answers pages of its model."""

    method: str
    path: str
    model: type[wire.Wire]
    refusals: tuple[Rule, ...] = ()
    listed: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def answers(self, edition: str) -> list[tuple[str, Answer]]:
        """Each refusal that an edition may answer, with the id of its rule; the last ones are those of trouble."""
        found = [(rule.id, rule.answers[edition]) for rule in (*self.refusals, *_everywhere(self.path))]
        return [*((id, answer) for id, answer in found if answer.refuses), *(("", one) for one in _TROUBLE[edition])]


_TIMEOUT = envelope(503, "REQUEST_TIMEOUT", "The request timed out.")
_CANCELED = envelope(503, "REQUEST_CANCELED", "The request was canceled.")
_TROUBLE: Final[dict[str, list[Answer]]] = {
    "documented": [INTERNAL, UNAVAILABLE, _TIMEOUT, _CANCELED],
    "server-2026-04": [bare(400), bare(500), bare(503)],
    "server-2026-08": [INTERNAL, UNAVAILABLE, _TIMEOUT, _CANCELED],
}
"""What any endpoint answers when a server behind the gateway has died, or is slow (gateway.md 4.1 and 4.3)."""
_AUTH = (limits.auth_limited,)
_BELOW = (
    gateway.credential_given,
    gateway.credential_valid,
    gateway.customer_not_frozen,
    limits.address_limited,
    limits.customer_limited,
)


def _everywhere(path: str) -> tuple[Rule, ...]:
    return _BELOW if path.startswith("/v1.0") else _AUTH


def _resource(
    path: str,
    model: type[wire.Wire],
    who: tuple[Rule, ...],
    *,
    one: tuple[Rule, ...] = (),
    pages: tuple[Rule, ...] = (lists.token_readable,),
    new: tuple[Rule, ...] | None = None,
    put: tuple[Rule, ...] | None = None,
    delete: tuple[Rule, ...] | None = None,
    id: tuple[Rule, ...] = (gateway.id_is_uuid, gateway.typed_id_is_uuid),
    post: str = "",
    posted: tuple[Rule, ...] = (),
    created: type[wire.Wire] | None = None,
) -> Iterable[Endpoint]:
    """The endpoints of a resource: its list and its records, and what else it has."""
    path = "/v1.0" + path
    body = (gateway.body_is_json, gateway.tier_before_body)
    yield Endpoint("GET", path, model, (*who, lists.page_size_is_integer, *pages), listed=True)
    yield Endpoint("GET", path + "/{id}", model, (*who, *id, *one))
    if new is not None:
        yield Endpoint("POST", path, created or model, (*who, *body, *new))
    if put is not None:
        yield Endpoint("PUT", path + "/{id}", model, (*who, *body, *id, *put))
    if delete is not None:
        yield Endpoint("DELETE", path + "/{id}", model, (*who, *id, *delete))
    if post:
        yield Endpoint("POST", f"{path}/{{id}}/{post}", model, (*who, *id, *one, *posted))


_TYPED_ID = (gateway.typed_id_is_uuid, gateway.typed_id_is_not_nil)
_ACTIONS = (providercalls.action_types_known, providercalls.action_anonymous_known)
_BAD_TOKEN = (lists.token_readable_by_calls,)
_ON_COMPLETE = (flows.on_complete_flow_exists, flows.on_complete_flow_is_own, flows.on_complete_flow_not_deleted)
_CALL = (calls.exists, calls.not_deleted, calls.own_customer_only)
_GROUPCALL = (groupcalls.exists, groupcalls.own_customer_only)
_FLOW = (flows.exists, flows.not_deleted, flows.own_customer_only)
_KEY = (accesskeys.exists, accesskeys.own_customer_only, accesskeys.not_deleted)
_PROVIDER = (providers.tech_headers_are_strings, providers.codecs_well_formed)
_ACCOUNT = (account.admin_only, account.no_direct_access)
_WEBHOOK = (account.webhook_method_is_known, account.webhook_uri_is_a_url)

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint("POST", "/auth/login", wire.Login, (gateway.login_known,)),
    *_resource(
        "/providers",
        wire.Provider,
        (providers.super_admin_only, providers.no_direct_access),
        one=(providers.exists,),
        new=_PROVIDER,
        put=(*_PROVIDER, providers.exists),
        delete=(providers.exists,),
    ),
    *_resource(
        "/providercalls",
        wire.ProviderCall,
        (providercalls.super_admin_only, providercalls.no_direct_access),
        pages=(lists.token_readable, providercalls.filter_is_uuid),
        id=_TYPED_ID,
        one=(providercalls.record_exists,),
        new=(
            providercalls.super_admin_places,
            providercalls.provider_id_given,
            providercalls.destinations_given,
            providercalls.provider_exists,
            providercalls.provider_not_deleted,
            *_ACTIONS,
            providercalls.source_given,
            providercalls.something_placed,
        ),
        delete=(providercalls.deleted_record_exists,),
    ),
    *_resource(
        "/calls",
        wire.Call,
        (calls.staff_only, calls.no_direct_access),
        pages=_BAD_TOKEN,
        one=_CALL,
        new=(
            calls.variables_small,
            calls.identity_verified_for_tel,
            calls.balance_is_payment_required,
            calls.flow_exists,
            flows.not_deleted,
            calls.flow_is_own,
            *_ACTIONS,
            calls.something_placed,
        ),
        created=wire.Placed,
        delete=(*_CALL, calls.channel_exists),
        post="hangup",
        posted=(calls.channel_exists,),
    ),
    *_resource(
        "/groupcalls",
        wire.Groupcall,
        (groupcalls.staff_only, groupcalls.no_direct_access),
        pages=_BAD_TOKEN,
        one=_GROUPCALL,
        new=(*_ACTIONS, groupcalls.destinations_given, groupcalls.ring_method_known),
        delete=_GROUPCALL,
        post="hangup",
    ),
    *_resource(
        "/flows",
        wire.Flow,
        (flows.staff_only, flows.no_direct_access),
        one=_FLOW,
        new=(*_ACTIONS, *_ON_COMPLETE),
        put=(*_FLOW, *_ACTIONS, *_ON_COMPLETE),
        delete=_FLOW,
    ),
    *_resource(
        "/activeflows",
        wire.Activeflow,
        (activeflows.staff_only, activeflows.no_direct_access),
        one=(activeflows.exists, activeflows.own_customer_only),
        post="stop",
    ),
    *_resource(
        "/accesskeys",
        wire.Accesskey,
        (accesskeys.admin_only, accesskeys.no_direct_access),
        pages=_BAD_TOKEN,
        one=_KEY,
        new=(accesskeys.lives_a_day,),
        delete=_KEY,
    ),
    *_resource(
        "/billings",
        wire.Billing,
        (billings.admin_only, billings.no_direct_access),
        pages=_BAD_TOKEN,
        id=_TYPED_ID,
        one=(billings.exists, billings.own_customer_only),
    ),
    Endpoint("GET", "/v1.0/me", wire.Agent, (account.me_is_an_agent, account.no_direct_access)),
    Endpoint("GET", "/v1.0/customer", wire.Customer, _ACCOUNT),
    Endpoint("PUT", "/v1.0/customer", wire.Customer, (*_ACCOUNT, gateway.body_is_json, *_WEBHOOK)),
    Endpoint(
        "PUT",
        "/v1.0/customers/{id}",
        wire.Customer,
        (
            account.super_admin_only,
            account.no_direct_access,
            gateway.id_is_uuid,
            gateway.typed_id_is_uuid,
            gateway.body_is_json,
            account.exists,
            *_WEBHOOK,
        ),
    ),
    Endpoint("GET", "/v1.0/billing_account", wire.BillingAccount, _ACCOUNT),
)
"""The endpoints whose answers are known."""


def find(method: str, target: str) -> tuple[Endpoint, str] | None:
    """The endpoint of a request target, and the id in its path ("" for none); None for one that is not known."""
    path = unquote(target.partition("?")[0])
    for endpoint in ENDPOINTS:
        match = _pattern(endpoint.path).fullmatch(path)
        if match and endpoint.method == method:
            return endpoint, match.groupdict().get("id") or ""
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\{id\}", "(?P<id>[^/]+)"))

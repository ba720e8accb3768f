"""Rate limits: token buckets that refill on the fake's clock (gateway.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil

from ...contracts.rule import Rule
from ...contracts.rules import limits as rules
from ..world.principal import Principal
from ..world.state import Section
from ..world.world import RequestRefused
from .request_context import RequestContext

BUCKETS: Section[dict[tuple[str, str], tuple[float, datetime]]] = Section.late("rate limits", dict)
"""The tokens left in the bucket of each rule and client, and the time of that count."""
_PEER = "the client's own"
_CUSTOMER = rules.customer_limited, rules.CUSTOMER
_OF_KIND: Mapping[str, tuple[Rule, rules.Limit]] = {
    "agent": _CUSTOMER,
    "accesskey": _CUSTOMER,
    "direct": (rules.direct_limited, rules.DIRECT),
    "delegate": (rules.delegate_limited, rules.DELEGATE),
}
"""The limit for each kind of principal."""


def check_address(ctx: RequestContext) -> None:
    """Refuse a request below /v1.0 from an address that has sent too many."""
    _spend(ctx, rules.address_limited, rules.ADDRESS, _address(ctx), "ip")


def check_auth(ctx: RequestContext) -> None:
    """Refuse a request to /auth from an address that has sent too many."""
    _spend(ctx, rules.auth_limited, rules.AUTH, _address(ctx), "ip")


def check_customer(ctx: RequestContext, principal: Principal) -> None:
    """Refuse a request below /v1.0 if too many were sent for the principal's customer, super-admins included."""
    rule, limit = _OF_KIND[principal.kind]
    _spend(ctx, rule, limit, principal.customer_id, "customer")


def _address(ctx: RequestContext) -> str:
    """Return the client's address as the proxy states it (gateway.md 8). In process all clients have the same one."""
    return ctx.head.values.get("cf-connecting-ip") or _PEER


def _spend(ctx: RequestContext, rule: Rule, limit: rules.Limit, client: str, kind: str) -> None:
    wait = _take(ctx, (rule.id, client), limit)
    if ctx.allows(rule, not wait):
        return
    if ctx.flag(rules.retry_after_sent):
        ctx.headers.append(("Retry-After", str(ceil(wait))))
    raise RequestRefused(rule.answers[ctx.edition.name], {}, [{"limited_by": kind}])


def _take(ctx: RequestContext, key: tuple[str, str], limit: rules.Limit) -> float:
    """Take a token from a bucket. Return 0, or the seconds until there is one again."""
    now = ctx.world.clock.now()
    buckets = BUCKETS.of(ctx.state)
    before, since = buckets.get(key, (float(limit.burst), now))
    refilled = min(limit.burst, before + (now - since).total_seconds() * limit.rate)
    left = ctx.follows(rules.buckets_refill, refilled, before)
    wait = 0.0 if left >= 1 else (1 - left) / limit.rate
    buckets[key] = (left if wait else left - 1, now)
    return wait

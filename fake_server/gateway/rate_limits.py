"""The rate limits: buckets of requests that fill up again on the fake's clock (gateway.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from ...contracts.rules import limits as rules
from .request_context import RequestRefused

if TYPE_CHECKING:
    from ...contracts.rule import Rule
    from .request_context import Principal, RequestContext

Buckets = dict[tuple[str, str], tuple[float, datetime]]
"""What was left in the bucket of each rule and of whom it limits, and when that was."""
_PEER = "the client's own"
_CUSTOMER = rules.customer_limited, rules.CUSTOMER
_OF_KIND: Mapping[str, tuple[Rule, rules.Limit]] = {
    "agent": _CUSTOMER,
    "accesskey": _CUSTOMER,
    "direct": (rules.direct_limited, rules.DIRECT),
    "delegate": (rules.delegate_limited, rules.DELEGATE),
}
"""By which limit the bearers of each kind of credential are held."""


def check_address(ctx: RequestContext) -> None:
    """Refuse a request below /v1.0 from an address that has sent too many."""
    if ctx.fake.rate_limits:
        _spend(ctx, rules.address_limited, rules.ADDRESS, _address(ctx), "ip")


def check_auth(ctx: RequestContext) -> None:
    """Refuse a request to /auth from an address that has sent too many."""
    if ctx.fake.rate_limits:
        _spend(ctx, rules.auth_limited, rules.AUTH, _address(ctx), "ip")


def check_customer(ctx: RequestContext, asker: Principal) -> None:
    """Refuse a request below /v1.0 when too many have been sent for the asker's customer. Nobody is exempt."""
    if ctx.fake.rate_limits:
        rule, limit = _OF_KIND[asker.kind]
        _spend(ctx, rule, limit, asker.customer_id, "customer")


def _address(ctx: RequestContext) -> str:
    """Who sends: the edge says so, and is believed (gateway.md 8). In process every client is the same peer."""
    return ctx.request_headers.get("cf-connecting-ip") or _PEER


def _spend(ctx: RequestContext, rule: Rule, limit: rules.Limit, whom: str, kind: str) -> None:
    wait = _take(ctx, (rule.id, whom), limit)
    if ctx.allows(rule, not wait):
        return
    if ctx.flag(rules.retry_after_sent):
        ctx.headers.append(("Retry-After", str(ceil(wait))))
    raise RequestRefused(rule.answers[ctx.edition.name], {}, [{"limited_by": kind}])


def _take(ctx: RequestContext, key: tuple[str, str], limit: rules.Limit) -> float:
    """Take one request out of a bucket. The seconds until there is one again; 0 when there was one."""
    now = ctx.fake.clock.now()
    left, since = ctx.state.buckets.get(key, (float(limit.burst), now))
    if not ctx.is_broken(rules.buckets_refill):
        left = min(limit.burst, left + (now - since).total_seconds() * limit.rate)
    wait = 0.0 if left >= 1 else (1 - left) / limit.rate
    ctx.state.buckets[key] = (left if wait else left - 1, now)
    return wait

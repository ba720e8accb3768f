"""Who is asking: where a credential is looked for, and what it is worth (gateway.md 2)."""

from __future__ import annotations

from datetime import timedelta

from ...contracts.identity import Permission
from ...contracts.rules import gateway as rules
from ...contracts.rules import providercalls as providercall_rules
from ..wire import query
from ..world.records import Accesskey
from . import rate_limits
from .request_context import Principal, RequestContext

_GRACE = timedelta(days=30)


def authenticate(ctx: RequestContext) -> Principal:
    """The asker behind the request's credential. A request without a good one is refused."""
    kind, credential = _credential(ctx)
    ctx.require(rules.credential_given, credential)
    asker = _by_token(ctx, credential) if kind == "token" else _by_accesskey(ctx, credential)
    ctx.require(rules.credential_valid, asker is not None)
    asker = asker or Principal("agent", "", int(Permission.SUPER_ADMIN), name="anybody")
    ctx.entry.principal = asker.name
    rate_limits.check_customer(ctx, asker)
    _check_frozen(ctx, asker)
    return asker


def _credential(ctx: RequestContext) -> tuple[str, str]:
    """The kind and value of the credential that counts: the first that is not empty (gateway.md 2.1)."""
    cookies = _cookies(ctx) if "cookie" in ctx.request_headers else {}
    places = cookies.get("token", ""), _first(ctx, "token"), _bearer(ctx)
    if ctx.is_broken(rules.first_credential_wins):
        places = places[2], places[1], places[0]
    token = places[0] or places[1] or places[2]
    if token:
        return "token", token
    return "accesskey", cookies.get("accesskey", "") or _first(ctx, "accesskey")


def _first(ctx: RequestContext, name: str) -> str:
    values = ctx.query.get(name)
    return values[0] if values else ""


def _cookies(ctx: RequestContext) -> dict[str, str]:
    return query.cookies("; ".join(ctx.request.values("Cookie")))


def _bearer(ctx: RequestContext) -> str:
    """The token of an Authorization header: what stands between the first `Bearer ` and a second one."""
    header = ctx.request_headers.get("authorization", "")
    word = "Bearer "
    misspelt = word not in header and header.lower().startswith("bearer ")
    if misspelt and ctx.is_broken(rules.bearer_is_case_sensitive):
        return header[len(word) :]
    parts = header.split(word, 2)
    return parts[1] if len(parts) > 1 else ""


def _by_token(ctx: RequestContext, token: str) -> Principal | None:
    """The identity that a token holds: a snapshot of when it was made, however the agent has changed since."""
    asker = ctx.state.tokens.get(token)
    if asker is None:
        return None
    ctx.require(rules.token_not_expired, asker.expire is None or asker.expire >= ctx.fake.clock.now())
    if "token" in ctx.query and ctx.is_broken(rules.token_in_query):
        return None
    return None if asker.kind == "delegate" and not ctx.edition.accepts_delegate_tokens else asker


def _by_accesskey(ctx: RequestContext, secret: str) -> Principal | None:
    """The identity of an access key: a customer admin, whoever made it (gateway.md 3.5)."""
    key = ctx.state.accesskeys.get(ctx.state.secrets.get(secret, ""))
    if key is None or ctx.is_broken(rules.accesskey_in_query):
        return None
    now = ctx.fake.clock.now()
    if key.tm_expire is not None and key.tm_expire < now:
        return None
    ctx.require(rules.accesskey_not_deleted, key.tm_delete is None)
    return Principal("accesskey", key.customer_id, _permission(ctx, key), name=f"the access key {key.token_prefix}...")


def _permission(ctx: RequestContext, key: Accesskey) -> int:
    permission = int(Permission.CUSTOMER_ADMIN)
    if key.permission & Permission.SUPER_ADMIN and ctx.flag(providercall_rules.admin_accesskey):
        permission |= Permission.SUPER_ADMIN
    return permission


def _check_frozen(ctx: RequestContext, asker: Principal) -> None:
    """A frozen customer's requests are refused, but for a super-admin's and a direct token's (gateway.md 2.8)."""
    if asker.is_super_admin or asker.kind == "direct":
        return
    customer = ctx.state.customers.get(asker.customer_id)
    if customer is None:
        return
    scheduled = customer.tm_deletion_scheduled
    times: dict[str, object] = {
        "deletion_effective_at": None if scheduled is None else ctx.fake.render.time(scheduled + _GRACE),
        "deletion_scheduled_at": None if scheduled is None else ctx.fake.render.time(scheduled),
        "recovery_endpoint": "DELETE /auth/unregister",
    }
    ctx.require(rules.customer_not_frozen, customer.status != "frozen", details=[times])

"""Authentication: where a credential is looked for, who it belongs to, and how it is issued (gateway.md 2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...contracts.identity import Permission
from ...contracts.rules import gateway as rules
from ...contracts.rules import providercalls as providercall_rules
from ..wire import query
from ..wire.timestamps import rfc3339_micro
from ..world.names import unknown
from ..world.principal import Principal
from ..world.records import Accesskey, Agent
from ..world.world import World
from .request_context import RequestContext
from .request_head import bearer_of

TOKEN_LIFETIME = timedelta(days=7)
_KINDS = ("agent", "direct", "delegate")
_GRACE = timedelta(days=30)
_NO_COOKIES: dict[str, str] = {}


def authenticate(ctx: RequestContext) -> Principal:
    """Return the principal of the request's credential. A request without a valid one is refused."""
    kind, credential = _credential(ctx)
    ctx.require(rules.credential_given, credential)
    found = _by_token(ctx, credential) if kind == "token" else _by_accesskey(ctx, credential)
    if found is None:
        note_other_owner(ctx, "access key" if kind == "accesskey" else kind, credential)
    principal = ctx.require_value(rules.credential_valid, found)
    ctx.entry.principal = principal.name
    if ctx.services.rate_limits:
        from .rate_limits import check_customer

        check_customer(ctx, principal)
    if not principal.is_super_admin and principal.kind != "direct":
        _check_frozen(ctx, principal)
    return principal


def note_other_owner(ctx: RequestContext, kind: str, credential: str) -> None:
    """Add a note to the journal if another test's fake has issued this credential."""
    owner = ctx.world.ids.owner
    other = owner and owner.other_owner_of(credential)
    if other:
        ctx.entry.add_note(f"this {kind} belongs to {other}: a thread, task or client that was not stopped sent it")


def _credential(ctx: RequestContext) -> tuple[str, str]:
    """Return the kind and value of the credential that counts: the first one that is not empty (gateway.md 2.1)."""
    head, parameters = ctx.head, ctx.query
    bearer = _other_case(ctx) if head.bearer is None else head.bearer
    cookies = _cookies(ctx) if "cookie" in head.values else _NO_COOKIES
    places = cookies.get("token", ""), parameters["token"][0] if "token" in parameters else "", bearer
    first, second, third = ctx.follows(rules.first_credential_wins, places)
    token = first or second or third
    if token:
        return "token", token
    return "accesskey", cookies.get("accesskey", "") or parameters.get("accesskey", [""])[0]


def _cookies(ctx: RequestContext) -> dict[str, str]:
    return query.cookies("; ".join(ctx.request.values("Cookie")))


def _other_case(ctx: RequestContext) -> str:
    """Return the token of an Authorization header with `bearer` in another case, which does not count."""
    header = ctx.follows(rules.bearer_is_case_sensitive, ctx.head.values["authorization"])
    return bearer_of(header) or ""


def _by_token(ctx: RequestContext, token: str) -> Principal | None:
    """Return the principal of a token, as it was when the token was issued, even if the agent has changed since."""
    principal = ctx.state.tokens.get(token)
    if principal is None:
        return None
    ctx.require(rules.token_not_expired, principal.expire is None or principal.expire >= ctx.world.clock.now())
    accepted: Principal | None = principal
    if "token" in ctx.query:
        accepted = ctx.follows(rules.token_in_query, accepted)
    return None if principal.kind == "delegate" and not ctx.edition.accepts_delegate_tokens else accepted


def _by_accesskey(ctx: RequestContext, secret: str) -> Principal | None:
    """Return the principal of an access key: a customer admin, regardless of who created it (gateway.md 3.5)."""
    key = ctx.state.accesskeys.get(ctx.state.secrets.get(secret, ""))
    key = key and ctx.follows(rules.accesskey_in_query, key)
    if key is None or (key.tm_expire is not None and key.tm_expire < ctx.world.clock.now()):
        return None
    ctx.require(rules.accesskey_not_deleted, key.tm_delete is None)
    return Principal("accesskey", key.customer_id, _permission(ctx, key), name=f"the access key {key.token_prefix}...")


def _permission(ctx: RequestContext, key: Accesskey) -> int:
    permission = int(Permission.CUSTOMER_ADMIN)
    if key.permission & Permission.SUPER_ADMIN and ctx.flag(providercall_rules.admin_accesskey):
        permission |= Permission.SUPER_ADMIN
    return permission


def _check_frozen(ctx: RequestContext, principal: Principal) -> None:
    """Refuse a frozen customer's requests; a super-admin's and those with a direct token are not (gateway.md 2.8)."""
    customer = ctx.state.customers.get(principal.customer_id)
    if customer is None:
        return
    scheduled = customer.tm_deletion_scheduled
    times: dict[str, object] = {
        "deletion_effective_at": None if scheduled is None else ctx.render.time(scheduled + _GRACE),
        "deletion_scheduled_at": None if scheduled is None else ctx.render.time(scheduled),
        "recovery_endpoint": "DELETE /auth/unregister",
    }
    ctx.require(rules.customer_not_frozen, customer.status != "frozen", details=[times])


def issue_token(
    world: World,
    agent: Agent,
    kind: str = "agent",
    lifetime: timedelta = TOKEN_LIFETIME,
    tm_create: datetime | None = None,
) -> str:
    """Issue a token of an agent: of kind `agent`, or `direct` or `delegate`, which have fewer permissions.

    With `tm_create`, the token says that the agent was created then. Raises ValueError for any other kind.
    """
    if kind not in _KINDS:
        raise ValueError(unknown("kind of token", kind, _KINDS))
    expire = world.clock.now() + lifetime
    permission = {"agent": agent.permission, "delegate": int(Permission.CUSTOMER_ADMIN)}.get(kind, 0)
    claims = _claims(agent, permission, tm_create or agent.tm_create)
    token = world.ids.jwt({"agent": claims, "expire": rfc3339_micro(expire), "type": kind})
    name = agent.username if kind == "agent" else f"a {kind} token"
    world.state.tokens[token] = Principal(kind, agent.customer_id, permission, agent.id, expire, name)
    return token


def _claims(agent: Agent, permission: int, tm_create: datetime) -> dict[str, Any]:
    """Return what a token says of its agent: all but the password, whatever the edition."""
    return {
        "id": agent.id,
        "customer_id": agent.customer_id,
        "username": agent.username,
        "name": agent.name,
        "detail": agent.detail,
        "ring_method": agent.ring_method,
        "status": agent.status,
        "permission": permission,
        "tag_ids": list(agent.tag_ids),
        "addresses": [{key: value for key, value in one._asdict().items() if value} for one in agent.addresses],
        "direct_id": agent.direct_id,
        "direct_hash": agent.direct_hash,
        "tm_create": rfc3339_micro(tm_create),
    }


def create_accesskey(world: World, customer_id: str, permission: int, **fields: Any) -> Accesskey:
    """Create an access key of a customer. `permission` is that of the agent who creates it."""
    secret = world.ids.accesskey()
    key = Accesskey(
        id=world.ids.uuid(),
        tm_create=world.clock.timestamp(),
        customer_id=customer_id,
        secret=secret,
        token_prefix=secret[:11],
        permission=permission,
        **fields,
    )
    world.state.secrets[secret] = key.id
    return world.state.accesskeys.add(key)

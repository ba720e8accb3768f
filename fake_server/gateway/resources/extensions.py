"""/extensions: the SIP accounts of the principal's own customer (accounts.md 4)."""

from __future__ import annotations

from typing import Any

from ....contracts.identity import Permission
from ....contracts.models.accounts import Extension as ExtensionModel
from ....contracts.rules.accounts import extensions as rules
from ...wire.serializers import add_model
from ...world.resources.extensions import all_extensions
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

add_model(ExtensionModel)
_TIER = Tier(int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER), rules.staff_only, rules.no_direct_access)


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.follows(rules.own_extensions_listed, ctx.principal.customer_id)
    return paging.page(ctx, all_extensions(ctx.world), owner=owner)


def get(ctx: RequestContext) -> dict[str, Any]:
    """Return an extension, even a deleted one."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    extension = ctx.require_value(rules.exists, all_extensions(ctx.world).get(id), id)
    ctx.authorise_owner(extension.customer_id, rules.own_customer_only)
    response = ctx.follows(rules.has_sip_credentials, ctx.render(extension))
    return ctx.follows(rules.deleted_still_readable, response)


ROUTES = (Route("GET", "/extensions", list_, _TIER), Route("GET", "/extensions/{id}", get, _TIER))

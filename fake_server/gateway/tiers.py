"""Tiers: who may use an endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from ...contracts.identity import Permission
from ...contracts.rule import Rule
from ...contracts.rules import (
    accesskeys,
    account,
    activeflows,
    billings,
    calls,
    flows,
    groupcalls,
    providercalls,
    providers,
)


@dataclass(frozen=True, slots=True)
class Tier:
    """The permission bits of which one suffices, and the rules that refuse all other principals."""

    mask: int
    rule: Rule
    direct: Rule


_ADMIN = int(Permission.CUSTOMER_ADMIN)
STAFF = int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER)

PROVIDER = Tier(0, providers.super_admin_only, providers.no_direct_access)
PROVIDERCALL = Tier(0, providercalls.super_admin_only, providercalls.no_direct_access)
PLACING = Tier(0, providercalls.super_admin_places, providercalls.no_direct_access)
CALL = Tier(STAFF, calls.staff_only, calls.no_direct_access)
GROUPCALL = Tier(STAFF, groupcalls.staff_only, groupcalls.no_direct_access)
FLOW = Tier(STAFF, flows.staff_only, flows.no_direct_access)
ACTIVEFLOW = Tier(STAFF, activeflows.staff_only, activeflows.no_direct_access)
ACCESSKEY = Tier(_ADMIN, accesskeys.admin_only, accesskeys.no_direct_access)
BILLING = Tier(_ADMIN, billings.admin_only, billings.no_direct_access)
ACCOUNT = Tier(_ADMIN, account.admin_only, account.no_direct_access)
CUSTOMER = Tier(STAFF, account.staff_only, account.no_direct_access)
CUSTOMERS = Tier(0, account.super_admin_only, account.no_direct_access)

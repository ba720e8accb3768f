"""The rule catalogue, one module or two per resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from ..rule import Catalogue, Rule
from . import (
    accesskeys,
    account,
    activeflow_requests,
    activeflows,
    billings,
    calls,
    flows,
    gateway,
    groupcalls,
    limits,
    lists,
    providercall_placement,
    providercalls,
    providers,
)
from .telephony import call_gates, live_calls

_MODULES: Mapping[str, tuple[ModuleType, ...]] = {
    "accesskeys": (accesskeys,),
    "account": (account,),
    "activeflows": (activeflows, activeflow_requests),
    "billings": (billings,),
    "calls": (calls, call_gates, live_calls),
    "flows": (flows,),
    "gateway": (gateway,),
    "groupcalls": (groupcalls,),
    "limits": (limits,),
    "lists": (lists,),
    "providercalls": (providercalls, providercall_placement),
    "providers": (providers,),
}

GROUPS: Mapping[str, Sequence[Rule]] = {
    name: [value for module in modules for value in vars(module).values() if isinstance(value, Rule)]
    for name, modules in _MODULES.items()
}
"""The rules of each resource."""

RULES = Catalogue([rule for rules in GROUPS.values() for rule in rules])
"""Every rule by its id."""

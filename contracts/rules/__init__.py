"""The rule catalogue, one module or two per resource. The modules are imported when the whole catalogue is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..rule import Catalogue, Rule

    RULES: Catalogue
    """Every rule by its id."""
    GROUPS: Mapping[str, Sequence[Rule]]
    """The rules of each resource."""

_MODULES: Mapping[str, tuple[str, ...]] = {
    "accesskeys": ("accesskeys",),
    "account": ("account", "accounts.customer_metadata"),
    "activeflows": ("activeflows", "activeflow_requests"),
    "agents": ("accounts.agents",),
    "billing_accounts": ("accounts.billing_accounts",),
    "billings": ("billings",),
    "calls": ("calls", "telephony.call_gates", "telephony.live_calls"),
    "extensions": ("accounts.extensions",),
    "flows": ("flows",),
    "gateway": ("gateway",),
    "groupcalls": ("groupcalls",),
    "limits": ("limits",),
    "lists": ("lists",),
    "numbers": ("accounts.numbers",),
    "providercalls": ("providercalls", "providercall_placement"),
    "providers": ("providers",),
}


def __getattr__(name: str) -> Any:
    if name not in ("RULES", "GROUPS"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from ..rule import Catalogue, Rule

    groups = {
        group: [
            value
            for module in modules
            for value in vars(import_module(f".{module}", __name__)).values()
            if isinstance(value, Rule)
        ]
        for group, modules in _MODULES.items()
    }
    globals().update(GROUPS=groups, RULES=Catalogue([rule for rules in groups.values() for rule in rules]))
    return globals()[name]

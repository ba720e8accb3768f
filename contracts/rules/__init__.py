"""The catalogue: every promise of the API, one module per resource."""

from __future__ import annotations

from types import ModuleType

from ..rule import Catalogue, Rule
from . import (
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

MODULES: tuple[ModuleType, ...] = (
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

RULES = Catalogue([value for module in MODULES for value in vars(module).values() if isinstance(value, Rule)])
"""Every rule by its id."""

"""What the VoIPbin API promises: wire models, the rule catalogue, the editions, the strategies, and the checker.

Names are loaded when they are first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models as models
    from . import strategies as strategies
    from .checking import Report as Report
    from .checking import Verdict as Verdict
    from .checking import check as check
    from .comparing import Comparison as Comparison
    from .comparing import compare as compare
    from .conformance.rule import ClientRule as ClientRule
    from .conformance.rules import CLIENT_RULES as CLIENT_RULES
    from .conformance.suite import ClientConformance as ClientConformance
    from .conformance.sweep import Sweep as Sweep
    from .conformance.sweep import ring_twice_sweep as ring_twice_sweep
    from .document import openapi as openapi
    from .editions import EDITIONS as EDITIONS
    from .editions import Edition as Edition
    from .editions import edition as edition
    from .http import Request as Request
    from .http import Response as Response
    from .identity import Identity as Identity
    from .identity import Permission as Permission
    from .judging import Complaint as Complaint
    from .judging import judge as judge
    from .machine.machine import ProviderCallMachine as ProviderCallMachine
    from .probing import Target as Target
    from .rule import Answer as Answer
    from .rule import Rule as Rule
    from .rule import Safety as Safety
    from .rules import RULES as RULES
    from .schemas import schema as schema

_HOME = {
    "Answer": "rule",
    "CLIENT_RULES": "conformance.rules",
    "ClientConformance": "conformance.suite",
    "ClientRule": "conformance.rule",
    "Comparison": "comparing",
    "Complaint": "judging",
    "EDITIONS": "editions",
    "Edition": "editions",
    "Identity": "identity",
    "Permission": "identity",
    "ProviderCallMachine": "machine.machine",
    "RULES": "rules",
    "Report": "checking",
    "Request": "http",
    "Response": "http",
    "Rule": "rule",
    "Safety": "rule",
    "Sweep": "conformance.sweep",
    "Target": "probing",
    "Verdict": "checking",
    "check": "checking",
    "compare": "comparing",
    "edition": "editions",
    "judge": "judging",
    "openapi": "document",
    "ring_twice_sweep": "conformance.sweep",
    "schema": "schemas",
}
_MODULES = ("models", "strategies")
__all__ = ["models", "strategies", *_HOME]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

"""The contract of the VoIPbin API: wire models, rule catalogue, editions, strategies, checker and test suites.

Names are loaded when they are first used, so importing this package is cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import models as models
    from . import strategies as strategies
    from .answer import Answer as Answer
    from .checker.check_report import CheckReport as CheckReport
    from .checker.check_report import Verdict as Verdict
    from .checker.check_report import check as check
    from .checker.edition_comparison import Comparison as Comparison
    from .checker.edition_comparison import compare_editions as compare_editions
    from .conformance.client_rule import ClientRule as ClientRule
    from .conformance.duplicate_calls import Sweep as Sweep
    from .conformance.duplicate_calls import duplicate_call_sweep as duplicate_call_sweep
    from .conformance.rules import CLIENT_RULES as CLIENT_RULES
    from .conformance.suite import ClientConformance as ClientConformance
    from .editions import EDITIONS as EDITIONS
    from .editions import Edition as Edition
    from .editions import get_edition as get_edition
    from .http import Request as Request
    from .http import Response as Response
    from .identity import Identity as Identity
    from .identity import Permission as Permission
    from .openapi_document import openapi as openapi
    from .rule import Rule as Rule
    from .rule import Safety as Safety
    from .rules import RULES as RULES
    from .schemas import schema as schema
    from .stateful.state_machine import ProviderCallMachine as ProviderCallMachine
    from .target import Target as Target
    from .validation.exchange import Violation as Violation
    from .validation.exchange import validate_exchange as validate_exchange

_HOME = {
    "Answer": "answer",
    "CLIENT_RULES": "conformance.rules",
    "CheckReport": "checker.check_report",
    "ClientConformance": "conformance.suite",
    "ClientRule": "conformance.client_rule",
    "Comparison": "checker.edition_comparison",
    "EDITIONS": "editions",
    "Edition": "editions",
    "Identity": "identity",
    "Permission": "identity",
    "ProviderCallMachine": "stateful.state_machine",
    "RULES": "rules",
    "Request": "http",
    "Response": "http",
    "Rule": "rule",
    "Safety": "rule",
    "Sweep": "conformance.duplicate_calls",
    "Target": "target",
    "Verdict": "checker.check_report",
    "Violation": "validation.exchange",
    "check": "checker.check_report",
    "compare_editions": "checker.edition_comparison",
    "duplicate_call_sweep": "conformance.duplicate_calls",
    "get_edition": "editions",
    "openapi": "openapi_document",
    "schema": "schemas",
    "validate_exchange": "validation.exchange",
}
_MODULES = ("models", "strategies")
__all__ = ["models", "strategies", *_HOME]


# There is no __dir__: freezegun, IDEs and others read each attribute in dir() of every module, which would import all.
def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value

"""A pytest plugin with an in-process fake of the VoIPbin API: test client code without placing calls."""

import sys
from typing import TYPE_CHECKING, Any

if "_pytest.assertion.rewrite" in sys.modules:
    from .plain_imports import PlainImports

    sys.meta_path.insert(0, PlainImports(__name__))

if TYPE_CHECKING:
    from .fakes import fake_voipbin as fake_voipbin
    from .guard.expected_attempts import expect_blocked as expect_blocked

_HOME = {"expect_blocked": "guard.expected_attempts", "fake_voipbin": "fakes"}
__all__ = list(_HOME)


# Imported when they are first used: pytest imports this package at the start of each session.
def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value

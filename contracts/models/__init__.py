"""The wire models: bodies of `requests` and `responses`, options of `actions`. Each is imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import actions as actions
    from . import requests as requests
    from . import responses as responses

__all__ = ["actions", "requests", "responses"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module(f".{name}", __name__)

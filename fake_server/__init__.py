"""The fake VoIPbin: one request in, one answer out; its state, its clock, its journal, and its transports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .carriers import Carrier as Carrier
    from .carriers import Contradiction as Contradiction
    from .clock import Clock as Clock
    from .control.client import ControlClient as ControlClient
    from .control.client import ControlRefused as ControlRefused
    from .core import BASE_URL as BASE_URL
    from .core import FakeVoipbin as FakeVoipbin
    from .faults import BadFault as BadFault
    from .faults import Fault as Fault
    from .lifecycle import IllegalMove as IllegalMove
    from .webhooks_mischief import Mischief as Mischief
    from .webhooks_receivers import Webhook as Webhook

_HOME = {
    "BASE_URL": "core",
    "BadFault": "faults",
    "Carrier": "carriers",
    "Clock": "clock",
    "Contradiction": "carriers",
    "ControlClient": "control.client",
    "ControlRefused": "control.client",
    "FakeVoipbin": "core",
    "Fault": "faults",
    "IllegalMove": "lifecycle",
    "Mischief": "webhooks_mischief",
    "Webhook": "webhooks_receivers",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

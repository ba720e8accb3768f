"""The fake VoIPbin: one request in, one answer out; its state, its clock, its journal, and its transports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .calls import InvalidTransition as InvalidTransition
    from .calls.carriers import Carrier as Carrier
    from .calls.carriers import InvalidScript as InvalidScript
    from .control.client import ControlClient as ControlClient
    from .control.client import ControlError as ControlError
    from .core import BASE_URL as BASE_URL
    from .core import FakeVoipbin as FakeVoipbin
    from .events.receivers import Webhook as Webhook
    from .events.webhook_faults import WebhookFault as WebhookFault
    from .transports.faults import Fault as Fault
    from .transports.faults import InvalidFault as InvalidFault
    from .websockets.connection import WebSocketConnection as WebSocketConnection
    from .websockets.faults import WebSocketFault as WebSocketFault
    from .world.clock import Clock as Clock

_HOME = {
    "BASE_URL": "core",
    "Carrier": "calls.carriers",
    "Clock": "world.clock",
    "ControlClient": "control.client",
    "ControlError": "control.client",
    "FakeVoipbin": "core",
    "Fault": "transports.faults",
    "InvalidFault": "transports.faults",
    "InvalidScript": "calls.carriers",
    "InvalidTransition": "calls",
    "Webhook": "events.receivers",
    "WebSocketConnection": "websockets.connection",
    "WebSocketFault": "websockets.faults",
    "WebhookFault": "events.webhook_faults",
}
__all__ = list(_HOME)


# There is no __dir__: freezegun, IDEs and others read each attribute in dir() of every module, which would import all.
def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ..contracts.light_imports import importing

    with importing():
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value

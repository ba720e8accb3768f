"""A server that can be probed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, Protocol, runtime_checkable

from .editions import Edition
from .http import Request, Response
from .identity import Identity

PROVIDER_HOST: Final = "sip.example.invalid"
"""The host of the providers that probes create: by default one that does not exist (RFC 6761)."""


class Target(Protocol):
    """A server that can be probed: its edition, its credentials, and how to send it requests."""

    @property
    def edition(self) -> Edition: ...

    @property
    def credentials(self) -> Mapping[str, Identity]:
        """Identities by role: super_admin, customer_admin, customer_manager, customer_agent, and more."""
        ...

    @property
    def tokens(self) -> Mapping[str, str]:
        """Other tokens by kind: direct, delegate, expired."""
        ...

    @property
    def healthy_provider_id(self) -> str | None:
        """The id of a provider whose health is `healthy` and which a probe may change, or None."""
        ...

    def send(self, request: Request, /) -> Response: ...

    def drive_call(self, call_id: str, event: str, /) -> bool:
        """Simulate an event of a call (`ring`, `answer`, `reject 486`); return False if the target cannot."""
        ...

    def advance(self, seconds: float, /) -> bool:
        """Let time pass for the target; return False if its clock cannot be advanced and nobody may wait that long."""
        ...

    def set_rate_limits(self, enabled: bool, /) -> bool:
        """Turn the rate limits on or off; return False if the target cannot be flooded with requests."""
        ...


@runtime_checkable
class HasClock(Protocol):
    """A target with a clock of its own; elsewhere real time passes."""

    def now(self) -> float:
        """Return the target's time in seconds, from any start."""
        ...


@runtime_checkable
class HasServices(Protocol):
    """A target whose services can fail while they are probed."""

    def failed_service(self) -> str:
        """Return what shows that a service behind the latest requests has failed, or an empty string."""
        ...


@runtime_checkable
class HasCarrier(Protocol):
    """A target whose providers must have a certain host, that of its remote party."""

    @property
    def provider_host(self) -> str: ...


@runtime_checkable
class HasDeletedRecords(Protocol):
    """A target that names a deleted record of a resource whose records no request can delete."""

    def deleted_id(self, resource: str, /) -> str | None:
        """Return the id of a deleted record of a resource, such as `numbers`; None if it names none."""
        ...


class Socket(Protocol):
    """A WebSocket that a probe has opened."""

    @property
    def close_code(self) -> int | None:
        """The close code; None while the WebSocket is open."""
        ...

    def send(self, message: str | bytes, /) -> None:
        """Send a text message, or a binary one."""
        ...

    def received(self) -> list[str]:
        """Return the messages that have arrived since the last call."""
        ...

    @property
    def pings(self) -> int:
        """The number of pings that have arrived."""
        ...

    def ignore_pings(self) -> None:
        """Respond to no further ping."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class HasWebSocket(Protocol):
    """A target to which a WebSocket can be opened."""

    def connect(self, request: Request, /) -> Socket | Response:
        """Send a handshake; return the WebSocket, or the response that refuses it."""
        ...


def time_of(target: Target) -> float:
    """Return a target's time in seconds, from any start."""
    return target.now() if isinstance(target, HasClock) else time.monotonic()


def provider_host_of(target: Target) -> str:
    """Return the host for the providers that probes create."""
    return target.provider_host if isinstance(target, HasCarrier) else PROVIDER_HOST


def deleted_id_of(target: Target, resource: str) -> str | None:
    """Return the id of a deleted record of a resource, or None if the target names none."""
    return target.deleted_id(resource) if isinstance(target, HasDeletedRecords) else None


class PassiveTarget:
    """The base of a target whose calls, clock and rate limits cannot be controlled."""

    def drive_call(self, _call_id: str, _event: str, /) -> bool:
        return False

    def advance(self, _seconds: float, /) -> bool:
        return False

    def set_rate_limits(self, _enabled: bool, /) -> bool:
        return False

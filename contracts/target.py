"""A server that can be probed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .editions import Edition
from .http import Request, Response
from .identity import Identity


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
        """Advance the target's clock; return False if it cannot be advanced."""
        ...

    def set_rate_limits(self, enabled: bool, /) -> bool:
        """Turn the rate limits on or off; return False if the target cannot be flooded with requests."""
        ...


class PassiveTarget:
    """The base of a target whose calls, clock and rate limits cannot be controlled."""

    def drive_call(self, _call_id: str, _event: str, /) -> bool:
        return False

    def advance(self, _seconds: float, /) -> bool:
        return False

    def set_rate_limits(self, _enabled: bool, /) -> bool:
        return False

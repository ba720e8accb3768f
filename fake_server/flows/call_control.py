"""What flows do to calls. The call layer implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..world.records import Call, PlacementResult
from ..world.values import Address, DialRequest
from ..world.world import RuleContext

RESUME = "resume"
"""The kind of the event with which a flow continues after an action that takes time."""


class CallControl(Protocol):
    """The call engine, as flows use it."""

    def place(self, ctx: RuleContext, request: DialRequest, destinations: Sequence[Address], /) -> PlacementResult:
        """Dial destinations; those that cannot be dialled are dropped."""

    def hang_up(self, call: Call, reason: str = "normal", /) -> None:
        """Hang up a call on behalf of VoIPbin."""

    def schedule(self, call: Call, kind: str, seconds: float, /) -> None:
        """Schedule an event of a call."""

    def cancel(self, call: Call, kind: str, /) -> None:
        """Cancel the scheduled events of a kind."""

    def schedule_digits(self, call: Call, /) -> None:
        """Let the callee send the digits of its script."""

    def schedule_remote_hangup(self, call: Call, seconds: float, /) -> None:
        """Let the callee hang up."""

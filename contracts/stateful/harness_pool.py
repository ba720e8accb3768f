"""Where a state machine gets its harness: a fresh one for each example. Test frameworks implement the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..conformance import harness
from ..conformance.harness import Harness, Transport
from ..editions import Edition


class StatefulFake(harness.Fake, Protocol):
    """The part of FakeVoipbin that state machines use."""

    @property
    def events(self) -> Sequence[Any]: ...
    @property
    def edition(self) -> Edition: ...
    @property
    def clock(self) -> Any: ...

    def add_provider(self) -> Any: ...
    def delete_provider(self, id: str, /) -> Any: ...


class HarnessPool(Protocol):
    """Provides harnesses whose fakes are StatefulFakes.

    Raises the test framework's own exceptions if a transport is unavailable.
    """

    def fresh(self, transport: Transport) -> Harness:
        """Return the harness for a transport, reset to its initial state."""
        ...

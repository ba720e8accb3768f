"""Where a machine plays: a stage that is as good as new for each example. What it is made of is not known here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ..conformance import harness
from ..conformance.harness import Harness, Transport
from ..editions import Edition


class StatefulFake(harness.Fake, Protocol):
    """What is used of a FakeVoipbin."""

    @property
    def events(self) -> Sequence[Any]: ...
    @property
    def edition(self) -> Edition: ...
    @property
    def clock(self) -> Any: ...

    def add_provider(self) -> Any: ...
    def delete_provider(self, id: str, /) -> Any: ...


class HarnessPool(Protocol):
    """Gives stages whose fakes are a machine's Fake. Raises what a test framework raises for what cannot be had."""

    def fresh(self, wire: Transport) -> Harness:
        """The stage of a wire, on which nothing has happened yet."""
        ...

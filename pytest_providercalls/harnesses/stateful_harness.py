"""Harnesses for state machines: one harness per test, reset for each example."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from ..contracts.conformance.harness import Transport
    from ..fake_server.core import Snapshot
    from .conformance_harness import Harness, HarnessFactory

_MAX_WAIT: Final = timedelta(hours=3)
"""How long a client may wait without a request. No call lasts longer than an hour."""


class HarnessPool:
    """Opens the harnesses of one test, and resets them."""

    def __init__(self, harness_factory: HarnessFactory, stack: ExitStack) -> None:
        self._harness_factory = harness_factory
        self._stack = stack
        self._open: dict[Transport, tuple[Harness, Snapshot]] = {}

    def fresh(self, transport: Transport) -> Harness:
        """Return the harness for a transport, reset to its initial state."""
        if transport not in self._open:
            harness = self._stack.enter_context(self._harness_factory.open(transport))
            self._open[transport] = harness, harness.fake.snapshot()
            harness.clock.on_advance(_WaitLimit(harness))
        harness, start = self._open[transport]
        harness.fake.restore(start)
        harness.sent.clear()
        harness.on_request = harness.on_response = None
        return harness


class _WaitLimit:
    """Stops a client that waits forever without a request. In virtual time no other timeout would stop it."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self._last: object = None
        self._since = harness.clock.now()

    def __call__(self, time: datetime) -> None:
        from ..contracts.conformance.harness import RunawayClient

        last = self._harness.sent[-1] if self._harness.sent else None
        if last is not self._last or time < self._since:
            self._last, self._since = last, self._harness.clock.now()
        elif time - self._since > _MAX_WAIT:
            self._since = time
            raise RunawayClient(f"the client was stopped after it had waited {_MAX_WAIT} without a request")


@contextmanager
def harness_pool(harness_factory: HarnessFactory) -> Iterator[None]:
    """Let state machines run inside the block."""
    from ..contracts.stateful.state_machine import ProviderCallMachine
    from ..deferred_trust import deferred_trust

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patches, deferred_trust():
        patches.setattr(ProviderCallMachine, "harness_pool", HarnessPool(harness_factory, stack))
        yield

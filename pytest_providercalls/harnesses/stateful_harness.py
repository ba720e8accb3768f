"""Scenes for machines: one stage for a test, made as good as new for each of its examples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ..contracts.conformance.harness import Transport
    from ..fake_server.core import Snapshot
    from .conformance_harness import Harness, HarnessFactory

_LONGEST: Final = timedelta(hours=3)
"""For how long a client may wait without a request: no call takes more than an hour."""


class HarnessPool:
    """Opens the stages of one test, and winds them back."""

    def __init__(self, stages: HarnessFactory, stack: ExitStack) -> None:
        self._stages = stages
        self._stack = stack
        self._open: dict[Transport, tuple[Harness, Snapshot]] = {}

    def fresh(self, wire: Transport) -> Harness:
        """The stage of a wire, as it was when it was opened."""
        if wire not in self._open:
            stage = self._stack.enter_context(self._stages.open(wire))
            self._open[wire] = stage, stage.fake.snapshot()
            stage.clock.on_advance(_WaitLimit(stage))
        stage, start = self._open[wire]
        stage.fake.restore(start)
        stage.sent.clear()
        stage.on_request = stage.on_response = None
        return stage


class _WaitLimit:
    """Stops a client that waits for ever, and sends nothing: in virtual time nothing else would."""

    def __init__(self, stage: Harness) -> None:
        self._stage = stage
        self._last: object = None
        self._since = stage.clock.now()

    def __call__(self, time: datetime) -> None:
        from ..contracts.conformance.harness import RunawayClient

        last = self._stage.sent[-1] if self._stage.sent else None
        if last is not self._last or time < self._since:
            self._last, self._since = last, self._stage.clock.now()
        elif time - self._since > _LONGEST:
            self._since = time
            raise RunawayClient(f"it was stopped after it had waited for {_LONGEST}, and sent nothing")


@contextmanager
def harness_pool(stages: HarnessFactory) -> Iterator[None]:
    """Meanwhile machines can play."""
    import ssl

    from ..contracts.stateful.state_machine import ProviderCallMachine

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patches:
        patches.setattr(ssl, "create_default_context", _shared(ssl.create_default_context))
        patches.setattr(ProviderCallMachine, "harness_pool", HarnessPool(stages, stack))
        yield


def _shared(make: Any) -> Any:
    """The maker of TLS contexts, which makes equal ones once: one takes longer than an example, and none is used."""
    made: dict[str, Any] = {}

    def create_default_context(*arguments: Any, **named: Any) -> Any:
        key = repr((arguments, named))
        if key not in made:
            made[key] = make(*arguments, **named)
        return made[key]

    return create_default_context

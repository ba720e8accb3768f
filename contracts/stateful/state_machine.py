"""ProviderCallMachine: random sequences of client operations, with faults and other events in between."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any, ClassVar, Final, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from ..conformance.client_driver import OPERATIONS, is_positive_seconds
from ..conformance.exceptions import ClientSetupError
from ..conformance.harness import Transport
from .harness_pool import HarnessPool
from .model import status_of
from .session import MachineAdapter, Session
from .steps import Step, steps

_FIXTURE = "_providercalls_harness_pool"


class _TestCase:
    """The `TestCase` attribute of a machine: a class that pytest collects, with one test that runs the machine."""

    def __get__(self, _machine: object, kind: type[ProviderCallMachine]) -> type[MachineCase]:
        return _case(kind)


MACHINE_OPERATIONS: Final = tuple(operation for operation in OPERATIONS if operation != "hang_up")
"""The operations that a machine calls. Its model knows no client that ends a call."""


def _run_step(self: ProviderCallMachine, step: Step) -> None:
    """Run a step and check the result. Raises ClientRuleBroken."""
    step.run(self._session)


# Hypothesis prints this name in a failure, and the printed steps must be valid code.
_run_step.__name__ = "run_step"


class ProviderCallMachine(RuleBasedStateMachine):
    """A state machine that checks a client of /providercalls.

    The client must never place a duplicate call, miss a record, or report anything that is not true.

    A subclass defines `make_client`, and as many of the operations as the client has, as for ClientConformance (see
    contracts.conformance.client_driver.OPERATIONS). Each may be `async def`. The machine never calls an operation that
    is not defined. pytest runs the machine's `TestCase`: `TestDialer = DialerMachine.TestCase`.
    """

    transport: ClassVar[Transport] = "in-process"
    """How the client reaches the fake: `in-process` for httpx and httpx2, in virtual time; `http` for any client, by a
    URL on loopback; `tls` for any Python client, at VoIPbin's own address. The last two use real time."""
    min_wait_timeout: ClassVar[float] = 60.0
    """The seconds that the client must wait for calls to end before it may time out."""
    event_counts: ClassVar[Counter[str]] = Counter()
    """How often each event occurred: results of operations, faults, reported call statuses, events at the callee, and
    the rules that the requests exercised, by id. A refusal counts as `refused by ...`."""
    harness_pool: ClassVar[HarnessPool | None] = None
    """Where machines get their harness. Set while a test runs that uses the plugin's fixture."""
    TestCase = _TestCase()  # type: ignore[assignment]

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if not is_positive_seconds(cls.min_wait_timeout):
            raise ValueError(
                f"{cls.__name__}.min_wait_timeout is {cls.min_wait_timeout!r}; expected a positive number of seconds"
            )
        cls.event_counts = Counter()
        # One rule for all steps. With several, Hypothesis disables some of them at random (swarm testing), and the
        # choices that it makes for that get in the way of shrinking.
        defined = [operation for operation in MACHINE_OPERATIONS if callable(getattr(cls, operation, None))]
        cls.run_step = rule(step=steps(defined))(_run_step)

    def __init__(self) -> None:
        super().__init__()
        if self.harness_pool is None:
            name = type(self).__name__
            raise RuntimeError(
                f"{name}() has no harness; let pytest run `TestIt = {name}.TestCase`, or create the machine in a test"
                " of a class that inherits from that TestCase"
            )
        harness = self.harness_pool.fresh(self.transport)
        self._session = Session(cast(MachineAdapter, self), harness, self.event_counts)

    def make_client(self, base_url: str, token: str) -> Any:
        """Return a client for a base URL, which ends in `/v1.0`, and a super-admin's token.

        A context manager is entered. Any other client is closed by its `aclose` or `close`, if it has one.
        """
        raise NotImplementedError(f"{type(self).__name__} must define make_client(self, base_url, token)")

    def call_status(self, call: Any) -> str | None:
        """Return the VoIPbin status of what `get_call` returned, None if it is unknown."""
        return status_of(call)

    run_step = rule(step=steps(()))(_run_step)

    def teardown(self) -> None:
        """Close the client."""
        self._session.close()


class MachineCase:
    """A test that runs a machine. `settings` are Hypothesis settings."""

    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [pytest.mark.usefixtures(_FIXTURE)]
    machine: ClassVar[type[ProviderCallMachine]]
    settings: ClassVar[settings]

    def test_machine(self) -> None:
        """Search for a sequence of operations that makes the client fail."""
        try:
            run_state_machine_as_test(self.machine, settings=_machine_settings(self.settings))
        except ClientSetupError as error:
            pytest.fail(str(error), pytrace=False)

    # Hypothesis's pytest plugin looks for this, for its statistics among other things.
    test_machine.is_hypothesis_test = True  # type: ignore[attr-defined]


def _machine_settings(requested: settings) -> settings:
    """Return the settings without a deadline, and without the `explain` phase, which would blame this package."""
    phases = [phase for phase in requested.phases if phase is not Phase.explain]
    return settings(requested, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))


@cache
def _case(machine: type[ProviderCallMachine]) -> type[MachineCase]:
    # Further failures are often consequences of the first one.
    default = settings(report_multiple_bugs=False)
    members = {"machine": machine, "settings": default, "__module__": machine.__module__}
    return type(f"{machine.__name__}Case", (MachineCase,), members)

"""ProviderCallMachine: random histories in which a client is asked for this and that while everything goes wrong."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from ..conformance.client_driver import OPERATIONS, is_positive_seconds
from ..conformance.client_rule import ClientSetupError
from ..conformance.harness import Transport
from .harness_pool import HarnessPool
from .model import status_of
from .session import MachineAdapter, Session
from .steps import Step, steps

_FIXTURE = "_providercalls_scenes"


class _TestCase:
    """What a machine's `TestCase` is: a class for pytest, with a test that runs the machine."""

    def __get__(self, _machine: object, kind: type[ProviderCallMachine]) -> type[MachineCase]:
        return _case(kind)


def _take(self: ProviderCallMachine, step: Step) -> None:
    """Something happens, and is judged. Raises Broken."""
    step.run(self._play)


_take.__name__ = "take"


class ProviderCallMachine(RuleBasedStateMachine):
    """Whatever happens, a client of /providercalls rings nobody twice, loses no row, and says nothing that is not so.

    A subclass says how its client is made and asked, as for ClientConformance: `make_client`, and as many of the
    operations (contracts.conformance.client.OPERATIONS) as the client has; each may be `async def`. An operation that
    is missing is never asked for. Its `TestCase` is what pytest runs: `TestDialer = DialerMachine.TestCase`.
    """

    transport: ClassVar[Transport] = "in-process"
    """How the client reaches the fake: `in-process` for httpx and httpx2, in virtual time; `http` for any client, by a
    URL on loopback, and `tls` for any Python client, at VoIPbin's own address: there waiting is real."""
    min_wait_timeout: ClassVar[float] = 60.0
    """The seconds after which the client may give up waiting for calls that have not ended."""
    event_counts: ClassVar[Counter[str]] = Counter()
    """How often the machine was where: how operations ended, which faults struck them, what was said of calls, what the
    far side did, and the ids of the rules that the client met, those that refused it as `refused by ...`."""
    harness_pool: ClassVar[HarnessPool | None] = None
    """Where machines play; there while a test runs that may."""
    TestCase = _TestCase()  # type: ignore[assignment]

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if not is_positive_seconds(cls.min_wait_timeout):
            raise ValueError(f"{cls.__name__}.patience is {cls.min_wait_timeout!r}; it is a number of seconds")
        cls.event_counts = Counter()
        # One rule for all steps: with several, Hypothesis switches some of them off, and what that takes is in the
        # way when a failure is made smaller.
        offered = [operation for operation in OPERATIONS if callable(getattr(cls, operation, None))]
        cls.run_step = rule(step=steps(offered))(_take)

    def __init__(self) -> None:
        super().__init__()
        if self.harness_pool is None:
            name = type(self).__name__
            raise RuntimeError(
                f"{name}() has nowhere to play. Have pytest run `TestIt = {name}.TestCase`, or make the machine in a"
                " test of a class that inherits from that."
            )
        self._play = Session(cast(MachineAdapter, self), self.harness_pool.fresh(self.transport), self.event_counts)

    def make_client(self, base_url: str, token: str) -> Any:
        """A client that talks to a base URL (it ends in `/v1.0`) with a super-admin's token.

        A context manager is entered, anything else is closed by its `aclose` or `close` if it has one.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define make_client(self, base_url, token)")

    def call_status(self, call: Any) -> str | None:
        """The status, in VoIPbin's words, of what `get_call` returned; None is for one that does not tell."""
        return status_of(call)

    run_step = rule(step=steps(()))(_take)

    def teardown(self) -> None:
        """Close the client."""
        self._play.close()


class MachineCase:
    """A test that runs a machine. `settings` are Hypothesis's."""

    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [pytest.mark.usefixtures(_FIXTURE)]
    machine: ClassVar[type[ProviderCallMachine]]
    settings: ClassVar[settings]

    def test_machine(self) -> None:
        """Look for a history in which the client does wrong."""
        try:
            run_state_machine_as_test(self.machine, settings=_as_machines_need(self.settings))
        except ClientSetupError as why:
            pytest.fail(str(why), pytrace=False)

    # What Hypothesis's plugin goes by, for its statistics among others.
    test_machine.is_hypothesis_test = True  # type: ignore[attr-defined]


def _as_machines_need(asked: settings) -> settings:
    """Settings under which neither the time that an example takes counts, nor lines of ours are told as the cause."""
    phases = [phase for phase in asked.phases if phase is not Phase.explain]
    return settings(asked, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))


@cache
def _case(machine: type[ProviderCallMachine]) -> type[MachineCase]:
    # What is wrong besides is often what the first mistake leads to.
    as_a_rule = settings(report_multiple_bugs=False)
    members = {"machine": machine, "settings": as_a_rule, "__module__": machine.__module__}
    return type(f"{machine.__name__}Case", (MachineCase,), members)

"""What a verdict tells of a client: what it sent last, how long it took, and where it failed."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.client_driver import is_positive_seconds
from pytest_providercalls.contracts.conformance.client_rule import ClientRule, Inconclusive
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import CheckContext, run_check

from .adapters import Adapter
from .clients.right import Dialer


class Asking(Dialer):
    """Asks for a record many times, a second apart, and fails."""

    times = 0

    def get_record(self, id: str) -> Any:
        for _ in range(self.times):
            self.http.get(f"/providercalls/{id}")
            time.sleep(1)
        self.fail()

    def fail(self) -> None:
        raise LookupError("asked too often")


def broken_by(times: int, stages: HarnessFactory) -> str:
    class Often(Asking):
        pass

    Often.times = times

    def check(trial: CheckContext) -> None:
        with trial.new_client() as client:
            client.call("get_record", "1234")

    rule = ClientRule("CLIENT-TEST-01", "A record is read once.", "tutorial: Hint", "Ask once.", check, ("get_record",))
    verdict = run_check(Adapter(Often), rule, stages)
    assert verdict.kept is False
    return verdict.why


@pytest.mark.parametrize(("times", "shown"), [(3, 3), (12, 12), (13, 12), (30, 12)])
def test_the_last_requests_are_shown_and_the_others_counted(stages: HarnessFactory, times: int, shown: int) -> None:
    told = broken_by(times, stages)
    assert (f"({times - shown} requests before these)" in told) is (times > shown)
    # Seconds since the first one that is shown; a moment of real time passes, too.
    seconds = [float(one) for one in re.findall(r"([\d.]+) s  GET /v1.0/providercalls/1234", told)]
    assert seconds == pytest.approx(list(range(shown)), abs=0.9)


def test_the_line_that_raised_is_named(stages: HarnessFactory) -> None:
    line = Asking.fail.__code__.co_firstlineno + 1
    assert f"get_record raised LookupError: asked too often (test_trial.py:{line})" in broken_by(1, stages)


def test_how_long_an_operation_took_is_by_the_clients_own_clock(stages: HarnessFactory) -> None:
    with CheckContext(Adapter(Asking), stages).new_client() as client:
        client.client.times = 100
        assert client.try_call("get_record", "1234").seconds == pytest.approx(100, abs=3)


class Silent(Dialer):
    """Says that it placed something, and places nothing."""

    def place(self, body: dict[str, Any]) -> Any:
        return {"call_ids": []}


def test_a_client_that_places_nothing_cannot_be_judged_by_how_it_waits(stages: HarnessFactory) -> None:
    with pytest.raises(Inconclusive, match="nothing is placed; see CLIENT-SEND-01"):
        CheckContext(Adapter(Silent), stages).require_waits()


@pytest.mark.parametrize(
    ("seconds", "is_one"),
    [(1, True), (0.5, True), (0, False), (-1, False), (math.inf, False), (math.nan, False), ("1", False)],
)
def test_patience_is_a_number_of_seconds(seconds: object, is_one: bool) -> None:
    assert is_positive_seconds(seconds) is is_one

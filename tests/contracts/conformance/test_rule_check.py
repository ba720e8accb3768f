"""What a failure message shows: the last requests, durations, and the line that raised the error."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.check_context import CheckContext
from pytest_providercalls.contracts.conformance.client_driver import is_positive_seconds
from pytest_providercalls.contracts.conformance.client_rule import ClientRule
from pytest_providercalls.contracts.conformance.exceptions import Inconclusive
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import run_check

from .adapters import Adapter
from .clients.correct import Dialer


class Failing(Dialer):
    """Requests a record several times, one second apart, and fails."""

    times = 0

    def get_record(self, id: str) -> Any:
        for _ in range(self.times):
            self.http.get(f"/providercalls/{id}")
            time.sleep(1)
        self.fail()

    def fail(self) -> None:
        raise LookupError("requested too often")


def failure_message(times: int, harness_factory: HarnessFactory) -> str:
    class Repeating(Failing):
        pass

    Repeating.times = times

    def check(context: CheckContext) -> None:
        with context.new_client() as client:
            client.call("get_record", "1234")

    rule = ClientRule(
        "CLIENT-TEST-01", "A record is read once.", "tutorial: Hint", "Read it once.", check, ("get_record",)
    )
    verdict = run_check(Adapter(Repeating), rule, harness_factory)
    assert verdict.passed is False
    return verdict.reason


@pytest.mark.parametrize(("times", "shown"), [(3, 3), (12, 12), (13, 12), (30, 12)])
def test_the_last_requests_are_shown_and_the_others_counted(
    harness_factory: HarnessFactory, times: int, shown: int
) -> None:
    message = failure_message(times, harness_factory)
    assert (f"({times - shown} earlier requests)" in message) is (times > shown)
    # Seconds since the first request shown, plus a little real time.
    seconds = [float(text) for text in re.findall(r"([\d.]+) s  GET /v1.0/providercalls/1234", message)]
    assert seconds == pytest.approx(list(range(shown)), abs=0.9)


def test_the_line_that_raised_is_shown(harness_factory: HarnessFactory) -> None:
    line = Failing.fail.__code__.co_firstlineno + 1
    assert f"get_record raised LookupError: requested too often (test_rule_check.py:{line})" in failure_message(
        1, harness_factory
    )


def test_the_duration_of_an_operation_uses_the_clients_own_clock(harness_factory: HarnessFactory) -> None:
    with CheckContext(Adapter(Failing), harness_factory).new_client() as client:
        client.client.times = 100
        assert client.try_call("get_record", "1234").seconds == pytest.approx(100, abs=3)


class PlacesNothing(Dialer):
    """Returns a record, but places no call."""

    def place(self, body: dict[str, Any]) -> Any:
        return {"call_ids": []}


def test_waiting_is_inconclusive_if_no_call_was_placed(harness_factory: HarnessFactory) -> None:
    with pytest.raises(Inconclusive, match="no call was placed; see CLIENT-SEND-01"):
        CheckContext(Adapter(PlacesNothing), harness_factory).require_waits()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(1, True), (0.5, True), (0, False), (-1, False), (math.inf, False), (math.nan, False), ("1", False)],
)
def test_a_timeout_is_a_positive_number_of_seconds(seconds: object, expected: bool) -> None:
    assert is_positive_seconds(seconds) is expected

"""Benchmark of property tests of a client with its own httpx: a passing example, and a failure until it is shrunk."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import httpx
from hypothesis import HealthCheck, given, seed, settings
from pytest_providercalls.contracts.strategies import providercall_bodies
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Goal, Results, Table, show

from pytest_providercalls import deferred_trust, fake_voipbin

_EXAMPLES, _SEEDS, _LIMIT = 200, 10, 3.0
_URL = "https://api.voipbin.net/v1.0/providercalls"


def dial(voipbin: FakeVoipbin, body: dict[str, Any]) -> None:
    """Place calls with a client of its own, as a function that uses `httpx.post` does."""
    response = httpx.post(_URL, headers={"Authorization": f"Bearer {voipbin.super_admin.token}"}, json=body)
    response.raise_for_status()


def without_the_last(voipbin: FakeVoipbin, body: dict[str, Any]) -> None:
    """Drop the last destination, if there are several."""
    dial(voipbin, {**body, "destinations": body["destinations"][: max(1, len(body["destinations"]) - 1)]})


def property_test(use: Callable[[FakeVoipbin, dict[str, Any]], None]) -> Any:
    """Return a test that places calls with a client, and compares what it has sent."""

    @settings(max_examples=_EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(providercall_bodies())
    def test(voipbin: FakeVoipbin, body: dict[str, Any]) -> None:
        use(voipbin, body)
        assert voipbin.requests[-1].json() == body

    return test


def passing() -> float:
    """Return the milliseconds per example of a right client."""
    test = fake_voipbin()(seed(0)(property_test(dial)))
    start = time.process_time()
    test()
    return (time.process_time() - start) / _EXAMPLES * 1e3


def failing(number: int) -> float:
    """Return the seconds until the failure of a wrong client is shrunk and explained."""
    test = fake_voipbin()(seed(number)(property_test(without_the_last)))
    start = time.process_time()
    try:
        test()
    except AssertionError:
        return time.process_time() - start
    raise RuntimeError("the wrong client has passed")


def measure() -> Results:
    """Measure a right and a wrong client, and the first one with TLS contexts that load their CAs at once."""
    passing()
    each = passing()
    with patch.object(deferred_trust, "_files", return_value=None):
        at_once = passing()
    failures = [failing(number) for number in range(_SEEDS)]
    rows = (
        ("a passing example", f"{each:,.1f} ms"),
        ("a passing example if each client loads its CAs", f"{at_once:,.1f} ms"),
        ("a failure, until it is shrunk and explained: median", f"{statistics.median(failures):,.2f} s"),
        ("a failure, until it is shrunk and explained: longest", f"{max(failures):,.2f} s"),
    )
    note = f"CPU time; {_EXAMPLES} examples, each with a new httpx client; failures with {_SEEDS} seeds"
    table = Table("Property tests of a client", ("", "time"), rows, note)
    return Results((table,), (Goal("Shrink a failing property test of a real client", _LIMIT, max(failures), "s"),))


if __name__ == "__main__":
    show(measure())

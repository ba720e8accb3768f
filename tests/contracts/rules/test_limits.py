"""The measurement of a rate limit: a bucket that refills while the requests are sent, however long they take."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts import RULES, Safety, check
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import ProbeUnavailable, RuleBroken
from pytest_providercalls.contracts.rules.limits import AUTH, CUSTOMER, DELEGATE, Limit, _exhaust
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

LIMIT = Limit(10, 20)
DELAYS = st.floats(0, 0.09) | st.just(3.0)
"""In the longest one a bucket becomes full again."""


class Server:
    """A server with a limit, where each request takes some time on its way and some on the way back."""

    def __init__(self, limit: Limit, there: Callable[[], float], back: Callable[[], float]) -> None:
        self._limit, self._there, self._back = limit, there, back
        self._time, self._tokens, self._refilled = 1e9, float(limit.burst), 1e9
        self.accepted = 0

    def now(self) -> float:
        return self._time

    def send(self) -> Response:
        self._time += self._there()
        self._tokens = min(self._limit.burst, self._tokens + (self._time - self._refilled) * self._limit.rate)
        self._refilled = self._time
        limited = self._tokens < 1
        if not limited:
            self._tokens -= 1
            self.accepted += 1
        self._time += self._back()
        return Response(429 if limited else 200)


def measure(server: Any, limit: Limit = LIMIT) -> int:
    return _exhaust(server, limit, server.send).status


def steady(limit: Limit, seconds: float) -> Server:
    return Server(limit, lambda: seconds / 2, lambda: seconds / 2)


@given(there=st.lists(DELAYS, max_size=60), back=st.lists(DELAYS, max_size=60))
def test_a_correct_limit_is_recognised_whatever_the_requests_take(there: list[float], back: list[float]) -> None:
    delays = [iter([*one, *repeat(0.0, 100)]) for one in (there, back)]
    server = Server(LIMIT, lambda: next(delays[0]), lambda: next(delays[1]))
    assert measure(server) == 429
    assert server.accepted >= LIMIT.burst


# A wrong rate shows only while the requests take some time.


@pytest.mark.parametrize(
    ("seconds", "wrong"),
    [
        (0.0, Limit(10, 21)),
        (0.05, Limit(10, 22)),
        (0.05, Limit(13, 20)),
        (0.01, Limit(40, 20)),
        (0.01, Limit(1000, 20)),
    ],
)
def test_a_limit_that_lets_more_pass_is_exceeded(seconds: float, wrong: Limit) -> None:
    assert measure(steady(wrong, seconds)) == 200


def test_a_limit_is_exceeded_even_if_the_bucket_was_full_again() -> None:
    delays = iter([*repeat(0.0, 5), 5.0, *repeat(0.0, 100)])
    server = Server(Limit(10, 22), lambda: next(delays), lambda: 0.0)
    assert measure(server) == 200
    # The sixth one may have taken its token before the pause.
    assert server.accepted == 6 + 21


@pytest.mark.parametrize(
    ("seconds", "wrong"), [(0.0, Limit(10, 19)), (0.05, Limit(10, 18)), (0.05, Limit(7, 20)), (0.05, Limit(0, 20))]
)
def test_a_limit_that_lets_fewer_pass_is_reported(seconds: float, wrong: Limit) -> None:
    with pytest.raises(RuleBroken, match=r"^limited after \d+ requests in .* s, which is within the limit$"):
        measure(steady(wrong, seconds))


def test_a_bucket_that_refills_as_fast_as_the_server_responds_cannot_be_measured() -> None:
    with pytest.raises(ProbeUnavailable, match="the limit of 10 requests per second cannot be reached: 80 requests"):
        measure(steady(LIMIT, 0.1))


class SlowTarget(FakeTarget):
    """A fake whose requests take a while on its own clock."""

    def __init__(self, fake: FakeVoipbin, seconds: float) -> None:
        super().__init__(fake)
        self._seconds = seconds

    def send(self, request: Request, /) -> Response:
        self.fake.clock.advance(self._seconds / 2)
        response = super().send(request)
        self.fake.clock.advance(self._seconds / 2)
        return response


@pytest.mark.parametrize("edition", ["server-2026-04", "server-2026-08"])
@pytest.mark.parametrize(
    ("ids", "limit"), [(["GW-RATE-02"], CUSTOMER), (["GW-RATE-04"], DELEGATE), (["GW-RATE-05", "GW-RATE-07"], AUTH)]
)
def test_the_rules_hold_on_a_slow_server(ids: list[str], limit: Limit, edition: str) -> None:
    for share in (0.1, 0.5):
        target = SlowTarget(FakeVoipbin(edition), share / limit.rate)
        verdicts = check(target, Safety.INERT, [RULES[id] for id in ids]).verdicts
        assert [one.reason for one in verdicts if not one.kept] == []

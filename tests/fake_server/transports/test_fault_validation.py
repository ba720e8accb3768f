"""Faults as data: which are possible, and the messages for those that are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.fake_server import FakeVoipbin, Fault, InvalidFault
from pytest_providercalls.fake_server.transports.faults import KINDS

from .fault_requests import faulty_requests, get, post


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"kind": "time-out"}, r"unknown fault 'time-out' \(did you mean 'timeout'\?\); expected one of delay, "),
        ({}, "a fault requires a kind: delay, "),
        (
            {"kind": "drop", "metod": "GET"},
            r"a fault has no field 'metod' \(did you mean 'method'\?\); expected one of kind, ",
        ),
        (
            {"kind": "drop", "when": "befor"},
            r"when='befor' \(did you mean 'before'\?\) is not possible for drop; expected one of after, before, ",
        ),
        (
            {"kind": "reset", "when": "connect"},
            "when='connect' is not possible for reset; expected one of after, before",
        ),
        ({"kind": "delay"}, "delay requires seconds=: a number of seconds from 0"),
        ({"kind": "error", "retry_after": 3}, "error requires status="),
        ({"kind": "drop", "seconds": 3}, "drop does not accept seconds; it accepts none of these"),
        ({"kind": "truncate", "status": 500}, "truncate does not accept status; it accepts cut_at"),
        ({"kind": "delay", "seconds": -1}, "seconds=-1 is not a number of seconds from 0"),
        ({"kind": "delay", "seconds": float("inf")}, "seconds=inf is not"),
        ({"kind": "delay", "seconds": float("nan")}, "seconds=nan is not"),
        ({"kind": "delay", "seconds": True}, "seconds=True is not"),
        ({"kind": "error", "status": 200}, "status=200 is not an error status, 400 to 599"),
        ({"kind": "error", "status": 429, "retry_after": -1}, "retry_after=-1 is not a whole number of seconds"),
        ({"kind": "error", "status": 429, "retry_after": "3\r\nX: y"}, "retry_after='3.*' is not"),
        ({"kind": "drop", "nth": 0}, "nth=0 is not a whole number from 1"),
        ({"kind": "drop", "times": 0}, "times=0 is not a whole number from 1, or None for unlimited"),
        ({"kind": "drop", "method": "post"}, r"method='post' is not a method, such as `POST`, or `\*`"),
        ({"kind": "drop", "path": "calls"}, "path='calls' is not a path, such as"),
        ({"kind": "truncate", "cut_at": 1.5}, "cut_at=1.5 is not a whole number of bytes"),
        ({"kind": "corrupt", "body": 7}, "body=7 is not text"),
        ({"kind": ["drop"]}, "unknown fault"),
        ({"kind": "drop", "when": ["after"]}, "is not possible for drop"),
    ],
)
def test_invalid_fault_is_explained(data: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidFault, match=message):
        Fault.from_dict(data)


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("*", "/providercals", r"has no path '/providercals' \(did you mean '/providercalls'\?\)"),
        ("*", "/v1.0/cals/some-id", "has no path '/v1.0/cals/some-id'"),
        ("PUT", "/providercalls", "has no PUT /providercalls; expected one of GET, POST"),
        ("GET", "/auth/login", "has no GET /auth/login; expected one of POST"),
    ],
)
def test_unknown_path_is_explained(fake: FakeVoipbin, method: str, path: str, message: str) -> None:
    with pytest.raises(InvalidFault, match=message):
        fake.faults.add("drop", method=method, path=path)
    assert fake.faults.pending == ()


@pytest.mark.parametrize(
    "path", ["/calls/some-id", "/v1.0/calls/some-id/hangup", "/auth/login", "/campaigns", "/nowhere/*"]
)
def test_known_paths_are_accepted(fake: FakeVoipbin, path: str) -> None:
    assert fake.faults.add("drop", path=path).path == path


def test_unreachable_fault_is_explained(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/calls", nth=3, times=None)
    fake.faults.add("reset", path="/calls", nth=2)
    with pytest.raises(InvalidFault, match="reset would never be triggered: an earlier fault"):
        fake.faults.add("reset", path="/calls", nth=3)
    get(fake)
    with pytest.raises(InvalidFault, match="would never be triggered"):
        fake.faults.add("reset", path="/calls", nth=2)
    fake.faults.add("reset", path="/ping")


def valid_faults() -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for the data of faults on any path."""
    methods = st.sampled_from(["*", "GET", "POST"])
    shared = {"method": methods, "nth": st.integers(1, 9), "times": st.none() | st.integers(1, 9)}
    extras: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "seconds": lambda: st.integers(0, 60) | st.floats(0, 60),
        "status": lambda: st.integers(400, 599),
        "retry_after": lambda: st.integers(0, 60),
        "cut_at": lambda: st.integers(0, 99),
        "body": st.text,
    }

    def of_kind(name: Any) -> st.SearchStrategy[dict[str, Any]]:
        kind = KINDS[name]
        required = {extra: extras[extra]() for extra in kind.requires}
        others = {extra: extras[extra]() for extra in kind.accepts if extra not in kind.requires}
        fixed = {"kind": st.just(name), **required}
        return st.fixed_dictionaries(fixed, optional={"when": st.sampled_from(list(kind.moments)), **shared, **others})

    return st.one_of([of_kind(kind) for kind in KINDS])


@given(valid_faults())
def test_fault_round_trips_through_its_data(data: dict[str, Any]) -> None:
    fault = Fault.from_dict(data)
    assert Fault.from_dict(json.loads(json.dumps(fault.to_dict()))) == fault
    assert {name: fault.to_dict().get(name, getattr(fault, name)) for name in data} == data


@given(valid_faults())
def test_every_valid_fault_is_triggered(data: dict[str, Any]) -> None:
    fake = FakeVoipbin()
    fault = fake.faults.add(Fault.from_dict({**data, "method": "*", "nth": 1}))
    response = post(fake)
    assert faulty_requests(fake) == [0]
    undelayed = post(FakeVoipbin()) if fault.kind == "delay" else None
    assert undelayed is None or undelayed.response == response.response
    assert len(fake.placed()) == (fault.when == "after")

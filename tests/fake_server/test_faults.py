"""Faults in the core: which request they strike, what VoIPbin has done by then, and what the journal says of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin, Fault, InvalidFault
from pytest_providercalls.fake_server.transports.faults import KINDS
from pytest_providercalls.fake_server.transports.wire_response import NEVER, WireResponse

ANYTHING = {"delay": {"seconds": 2}, "error": {"status": 503}}
"""What a kind of fault cannot do without."""
MOMENTS = [(kind, when) for kind, one in KINDS.items() for when in one.moments]
PLACING = "/v1.0/providercalls"


def made(kind: str, **fields: Any) -> Fault:
    return Fault.from_dict({"kind": kind, **ANYTHING.get(kind, {}), **fields})


def post(fake: FakeVoipbin) -> WireResponse:
    """Place a call."""
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake.respond(Request("POST", PLACING, headers, json.dumps(body).encode()))


def get(fake: FakeVoipbin, path: str = "/v1.0/calls", method: str = "GET") -> WireResponse:
    return fake.respond(Request(method, path, (("Authorization", f"Bearer {fake.super_admin.token}"),)))


def struck(fake: FakeVoipbin) -> list[int]:
    """Which requests a fault has struck, from 0."""
    return [index for index, entry in enumerate(fake.requests) if entry.fault]


# what has happened by then


@pytest.mark.parametrize(("kind", "when"), MOMENTS)
def test_a_call_is_placed_when_the_fault_comes_after_it_and_only_then(fake: FakeVoipbin, kind: str, when: str) -> None:
    fake.faults.arm(made(kind, when=when))
    post(fake)
    fake.assert_placed(1) if when == "after" else fake.assert_nothing_placed()
    [entry] = fake.requests
    own = {"after": 200, "connect": 0}.get(when, 503 if kind == "error" else 0)
    assert (entry.status, entry.fault.startswith(f"{kind} ({when}): ")) == (own, True)


@pytest.mark.parametrize(
    ("kind", "when", "delay", "breaks"),
    [
        ("timeout", "after", NEVER, ""),
        ("timeout", "before", NEVER, ""),
        ("timeout", "connect", NEVER, "refused"),
        ("drop", "after", 0, "closed"),
        ("drop", "before", 0, "closed"),
        ("drop", "connect", 0, "refused"),
        ("reset", "after", 0, "reset"),
        ("reset", "before", 0, "reset"),
    ],
)
def test_what_keeps_an_answer_away(fake: FakeVoipbin, kind: Any, when: Any, delay: float, breaks: Any) -> None:
    fake.faults.add(kind, when=when)
    assert post(fake) == WireResponse(None, delay, breaks)


def test_a_delay_is_an_ordinary_answer_that_takes_its_time(fake: FakeVoipbin) -> None:
    twin = FakeVoipbin(fake.edition.name)
    fake.faults.add("delay", seconds=2.5)
    assert post(fake) == WireResponse(post(twin).response, 2.5)
    assert get(fake).delay == 0


@pytest.mark.parametrize(("at", "left"), [(None, 0.5), (0, 0), (7, 7), (10**9, -1)])
def test_a_cut_body_lacks_at_least_a_byte(fake: FakeVoipbin, at: int | None, left: float) -> None:
    whole = post(FakeVoipbin(fake.edition.name)).response
    assert whole is not None
    length = len(whole.body)
    fake.faults.add("truncate", cut_at=at)
    cut, _, breaks = post(fake)
    assert cut is not None
    expected = length // 2 if left == 0.5 else length - 1 if left == -1 else left
    assert (len(cut.body), cut.header("Content-Length"), breaks) == (expected, str(length), "closed")
    assert whole.body.startswith(cut.body)


@pytest.mark.parametrize("fake", ["server-2026-04"], indirect=True)
@pytest.mark.parametrize("kind", ["truncate", "corrupt"])
def test_an_answer_without_a_body_is_lost_as_a_whole(fake: FakeVoipbin, kind: Any) -> None:
    fake.faults.add(kind)
    assert get(fake, "/v1.0/calls/nope") == WireResponse(None, 0, "closed")
    assert fake.requests[0].status == 400


@pytest.mark.parametrize("body", [None, "", "{", "\x00é", "\ud800"])
def test_a_garbled_body_is_no_json_but_labelled_so(fake: FakeVoipbin, body: str | None) -> None:
    fake.faults.add("corrupt", body=body)
    response = post(fake).response
    assert response is not None
    assert (response.status, response.header("Content-Type")) == (200, "application/json; charset=utf-8")
    assert response.header("Content-Length") == str(len(response.body))
    with pytest.raises(ValueError, match=r"Expecting|decode"):
        response.json()


def test_an_answer_whose_body_was_lost_keeps_its_other_headers(fake: FakeVoipbin) -> None:
    fake.faults.add("corrupt", body="!")
    asked = Request("GET", "/ping", (("Origin", "https://app.example"),))
    own, garbled = FakeVoipbin(fake.edition.name).handle(asked), fake.respond(asked).response
    assert garbled is not None
    assert dict(garbled.headers) == dict(own.headers) | {"Content-Length": "1"}
    assert len(garbled.headers) == len(own.headers)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [400, 429, 500, 502, 503, 504, 599])
def test_an_answer_in_place_of_its_own(fake: FakeVoipbin, status: int, when: Any) -> None:
    fake.faults.add("error", status=status, when=when, retry_after=7)
    response = post(fake).response
    assert response is not None
    assert (response.status, response.header("Retry-After")) == (status, "7")
    assert response.header("Content-Length") == str(len(response.body))
    assert (response.header("X-Request-Id") is not None) is fake.edition.request_ids
    if fake.edition.request_ids and status in (429, 500, 503):
        assert response.json()["error"]["request_id"] == response.header("X-Request-Id")


@pytest.mark.parametrize("fake", ["documented"], indirect=True)
def test_429_is_that_of_the_rate_limits(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=429)
    response = post(fake).response
    assert response is not None
    error = response.json()["error"]
    assert (error["status"], error["reason"]) == ("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
    assert error["details"] == [{"limited_by": "ip"}]
    assert response.header("Retry-After") is None
    assert fake.requests[0].response_body == response.body


@pytest.mark.parametrize(("body", "label"), [('{"a": 1}', "application/json"), ("busy", "text/plain")])
def test_an_answer_of_a_tests_own(fake: FakeVoipbin, body: str, label: str) -> None:
    date = "Wed, 22 Apr 2026 07:28:00 GMT"
    fake.faults.add("error", status=503, body=body, retry_after=date, seconds=3)
    response, delay, _ = post(fake)
    assert response is not None
    assert (response.body.decode(), response.header("Retry-After"), delay) == (body, date, 3)
    assert response.header("Content-Type") == f"{label}; charset=utf-8"


def test_an_answer_to_head_has_no_body(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=502)
    response = get(fake, method="HEAD").response
    assert response is not None
    assert (response.status, response.body) == (502, b"")


# which request


@pytest.mark.parametrize(
    ("method", "path", "strikes"),
    [
        ("*", "*", [0, 1, 2, 3, 4]),
        ("GET", "*", [0, 1, 2, 4]),
        ("*", "/calls", [0, 1]),
        ("*", "/v1.0/calls", [0, 1]),
        ("*", "/calls/*", [2]),
        ("*", "/calls*", [0, 1, 2]),
        ("POST", "/providercalls", [3]),
        ("GET", "/providercalls", []),
        ("*", "/ping", [4]),
    ],
)
def test_a_fault_strikes_what_it_names(fake: FakeVoipbin, method: str, path: str, strikes: list[int]) -> None:
    fake.faults.add("drop", method=method, path=path, times=None)
    get(fake, "/v1.0/calls")
    get(fake, "/v1.0/calls?page_size=5")
    get(fake, "/v1.0/calls/nope")
    post(fake)
    get(fake, "/ping")
    assert struck(fake) == strikes


@pytest.mark.parametrize(
    ("nth", "times", "strikes"), [(1, 1, [0]), (3, 1, [2]), (2, 2, [1, 2]), (4, None, [3, 4, 5]), (9, 1, [])]
)
def test_a_fault_strikes_from_the_nth_on(fake: FakeVoipbin, nth: int, times: int | None, strikes: list[int]) -> None:
    fault = fake.faults.add("drop", path="/calls", nth=nth, times=times)
    for _ in range(6):
        get(fake)
    assert struck(fake) == strikes
    assert fake.faults.pending == (() if strikes and times else (fault,))


def test_the_nth_is_counted_from_when_the_fault_is_added(fake: FakeVoipbin) -> None:
    get(fake)
    fake.faults.add("drop", nth=2)
    get(fake)
    get(fake)
    assert struck(fake) == [2]


def test_faults_strike_one_after_the_other(fake: FakeVoipbin) -> None:
    fake.faults.add("drop")
    fake.faults.add("error", status=429)
    fake.faults.add("timeout", nth=4)
    kinds = [(get(fake), fake.requests[-1].fault.partition(" ")[0])[1] for _ in range(5)]
    assert kinds == ["drop", "error", "", "timeout", ""]


def test_what_other_faults_strike_counts(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", nth=1)
    fake.faults.add("reset", nth=2)
    get(fake)
    get(fake)
    assert struck(fake) == [0, 1]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3) | st.none(), st.sampled_from(["*", "GET", "POST"]))),
    st.lists(st.sampled_from(["GET", "POST"]), max_size=12),
)
def test_faults_strike_as_a_slow_model_says(faults: list[tuple[int, int | None, str]], methods: list[str]) -> None:
    fake = SHARED
    fake.reset()
    added = []
    for nth, times, method in faults:
        try:
            added.append(fake.faults.add("drop", nth=nth, times=times, method=method))
        except InvalidFault:
            assert any(one.times is None for one in added)
    hits: list[int] = [0] * len(added)
    expected = []
    for index, method in enumerate(methods):
        get(fake, method=method)
        for number, one in enumerate(added):
            seen = sum(one.method in ("*", past) for past in methods[: index + 1])
            if one.method in ("*", method) and seen >= one.nth and hits[number] != one.times:
                hits[number] += 1
                expected.append(index)
                break
    assert struck(fake) == expected
    assert fake.faults.pending == tuple(one for one, count in zip(added, hits, strict=True) if count != one.times)


SHARED = FakeVoipbin()


def test_threads_share_a_fault_out(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", times=40)

    def ask() -> None:
        for _ in range(10):
            get(fake)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(struck(fake)), fake.faults.pending) == (40, ())


# to and fro


def test_snapshots_hold_the_faults(fake: FakeVoipbin) -> None:
    fault = fake.faults.add("drop", nth=2, times=2)
    get(fake)
    before = fake.snapshot()
    get(fake)
    get(fake)
    assert fake.faults.pending == ()
    fake.restore(before)
    assert fake.faults.pending == (fault,)
    get(fake)
    assert struck(fake) == [1]
    fake.reset()
    assert fake.faults.pending == ()


def test_faults_can_be_forgotten(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", times=None)
    fake.faults.clear()
    get(fake)
    assert struck(fake) == []


def test_handle_meets_no_fault(fake: FakeVoipbin) -> None:
    fake.faults.add("drop")
    assert fake.handle(Request("GET", "/ping")).status == 200
    assert len(fake.faults.pending) == 1


# what a test sees


def test_the_story_and_the_ladder_say_what_went_wrong(fake: FakeVoipbin) -> None:
    fake.faults.add("timeout", when="before")
    fake.faults.add("timeout")
    post(fake)
    post(fake)
    after = "fault: time_out (after): VoIPbin dealt with the request, and no answer ever came"
    assert "-> nothing\n" in fake.transcript()
    assert f"\n  {after}\n" in fake.transcript()
    [call] = fake.calls
    assert f"POST {PLACING}: 200, {after}" in fake.ladder(call)


# what cannot be


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"kind": "time-out"}, r"there is no fault 'time-out'; did you mean 'time_out'\?; known are delay, "),
        ({}, "a fault needs a kind: delay, "),
        ({"kind": "drop", "metod": "GET"}, r"a fault has no 'metod'; did you mean 'method'\?; known are kind, "),
        ({"kind": "drop", "when": "befor"}, r"cannot strike 'befor'; did you mean 'before'\?; it can after, before, "),
        ({"kind": "reset", "when": "connect"}, "reset cannot strike 'connect'; it can after, before"),
        ({"kind": "delay"}, "delay needs seconds=: a number of seconds, not negative"),
        ({"kind": "error", "retry_after": 3}, "answer needs status="),
        ({"kind": "drop", "seconds": 3}, "drop has no seconds; it takes nothing of the kind"),
        ({"kind": "truncate", "status": 500}, "truncate has no status; it takes at"),
        ({"kind": "delay", "seconds": -1}, "seconds=-1 is not a number of seconds, not negative"),
        ({"kind": "delay", "seconds": float("inf")}, "seconds=inf is not"),
        ({"kind": "delay", "seconds": float("nan")}, "seconds=nan is not"),
        ({"kind": "delay", "seconds": True}, "seconds=True is not"),
        ({"kind": "error", "status": 200}, "status=200 is not a status that refuses, 400 to 599"),
        ({"kind": "error", "status": 429, "retry_after": -1}, "retry_after=-1 is not a whole number of seconds"),
        ({"kind": "error", "status": 429, "retry_after": "3\r\nX: y"}, "retry_after='3.*' is not"),
        ({"kind": "drop", "nth": 0}, "nth=0 is not a whole number from 1"),
        ({"kind": "drop", "times": 0}, "times=0 is not a whole number from 1, or None for ever"),
        ({"kind": "drop", "method": "post"}, r"method='post' is not a method, such as `POST`, or `\*`"),
        ({"kind": "drop", "path": "calls"}, "path='calls' is not a path, such as"),
        ({"kind": "truncate", "cut_at": 1.5}, "cut_at=1.5 is not a whole number of bytes"),
        ({"kind": "corrupt", "body": 7}, "body=7 is not text"),
        ({"kind": ["drop"]}, "there is no fault"),
        ({"kind": "drop", "when": ["after"]}, "drop cannot strike"),
    ],
)
def test_what_makes_no_fault_is_told_why(data: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidFault, match=complaint):
        Fault.from_dict(data)


@pytest.mark.parametrize(
    ("method", "path", "complaint"),
    [
        ("*", "/providercals", r"has no path '/providercals'; did you mean '/providercalls'\?"),
        ("*", "/v1.0/cals/some-id", "has no path '/v1.0/cals/some-id'"),
        ("PUT", "/providercalls", "has no PUT /providercalls; there is GET, POST"),
        ("GET", "/auth/login", "has no GET /auth/login; there is POST"),
    ],
)
def test_a_path_that_voipbin_does_not_have_is_told_so(
    fake: FakeVoipbin, method: str, path: str, complaint: str
) -> None:
    with pytest.raises(InvalidFault, match=complaint):
        fake.faults.add("drop", method=method, path=path)
    assert fake.faults.pending == ()


@pytest.mark.parametrize("path", ["/calls/some-id", "/v1.0/calls/some-id/hangup", "/auth/login", "/nowhere/*"])
def test_paths_that_are_there(fake: FakeVoipbin, path: str) -> None:
    assert fake.faults.add("drop", path=path).path == path


def test_a_fault_that_another_one_hides_for_ever_is_told_so(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/calls", nth=3, times=None)
    fake.faults.add("reset", path="/calls", nth=2)
    with pytest.raises(InvalidFault, match="reset would never strike: an earlier fault"):
        fake.faults.add("reset", path="/calls", nth=3)
    get(fake)
    with pytest.raises(InvalidFault, match="would never strike"):
        fake.faults.add("reset", path="/calls", nth=2)
    fake.faults.add("reset", path="/ping")


# as data


def faults() -> st.SearchStrategy[dict[str, Any]]:
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
        needed = {extra: extras[extra]() for extra in kind.needs}
        others = {extra: extras[extra]() for extra in kind.takes if extra not in kind.needs}
        fixed = {"kind": st.just(name), **needed}
        return st.fixed_dictionaries(fixed, optional={"when": st.sampled_from(list(kind.moments)), **shared, **others})

    return st.one_of([of_kind(kind) for kind in KINDS])


@given(faults())
def test_a_fault_is_built_again_from_its_data(data: dict[str, Any]) -> None:
    fault = Fault.from_dict(data)
    assert Fault.from_dict(json.loads(json.dumps(fault.to_dict()))) == fault
    assert {name: fault.to_dict().get(name, getattr(fault, name)) for name in data} == data


@given(faults())
def test_every_fault_strikes(data: dict[str, Any]) -> None:
    fake = SHARED
    fake.reset()
    fault = fake.faults.arm(Fault.from_dict({**data, "method": "*", "nth": 1}))
    answer = post(fake)
    assert struck(fake) == [0]
    plain = post(FakeVoipbin()) if fault.kind == "delay" else None
    assert plain is None or plain.response == answer.response
    assert len(fake.placed()) == (fault.when == "after")

"""Faults in transit, without a transport: which requests they apply to, what VoIPbin has done, what is recorded."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin, Fault, InvalidFault
from pytest_providercalls.fake_server.transports.faults import KINDS
from pytest_providercalls.fake_server.transports.wire_response import NEVER, WireResponse

from .fault_requests import PATH, faulty_requests, get, post

REQUIRED = {"delay": {"seconds": 2}, "error": {"status": 503}}
"""The fields that a kind of fault requires."""
MOMENTS = [(kind, when) for kind, one in KINDS.items() for when in one.moments]


def fault_of(kind: str, **fields: Any) -> Fault:
    """Return a fault of a kind, with the fields that it requires."""
    return Fault.from_dict({"kind": kind, **REQUIRED.get(kind, {}), **fields})


@pytest.mark.parametrize(("kind", "when"), MOMENTS)
def test_call_is_placed_only_if_the_fault_comes_after_it(fake: FakeVoipbin, kind: str, when: str) -> None:
    fake.faults.add(fault_of(kind, when=when))
    post(fake)
    fake.assert_placed(1) if when == "after" else fake.assert_nothing_placed()
    [entry] = fake.requests
    status = {"after": 200, "connect": 0}.get(when, 503 if kind == "error" else 0)
    assert (entry.status, entry.fault.startswith(f"{kind} ({when}): ")) == (status, True)


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
def test_fault_without_a_response(fake: FakeVoipbin, kind: Any, when: Any, delay: float, breaks: Any) -> None:
    fake.faults.add(kind, when=when)
    assert post(fake) == WireResponse(None, delay, breaks)


def test_delayed_response_is_otherwise_unchanged(fake: FakeVoipbin) -> None:
    other = FakeVoipbin(fake.edition.name)
    fake.faults.add("delay", seconds=2.5)
    assert post(fake) == WireResponse(post(other).response, 2.5)
    assert get(fake).delay == 0


@pytest.mark.parametrize(("at", "left"), [(None, 0.5), (0, 0), (7, 7), (10**9, -1)])
def test_truncated_body_lacks_at_least_one_byte(fake: FakeVoipbin, at: int | None, left: float) -> None:
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
def test_response_without_a_body_is_lost_completely(fake: FakeVoipbin, kind: Any) -> None:
    fake.faults.add(kind)
    assert get(fake, "/v1.0/calls/nope") == WireResponse(None, 0, "closed")
    assert fake.requests[0].status == 400


@pytest.mark.parametrize("body", [None, "", "{", "\x00é", "\ud800"])
def test_corrupt_body_is_not_json_despite_its_content_type(fake: FakeVoipbin, body: str | None) -> None:
    fake.faults.add("corrupt", body=body)
    response = post(fake).response
    assert response is not None
    assert (response.status, response.header("Content-Type")) == (200, "application/json; charset=utf-8")
    assert response.header("Content-Length") == str(len(response.body))
    with pytest.raises(ValueError, match=r"Expecting|decode"):
        response.json()


def test_corrupt_response_keeps_its_other_headers(fake: FakeVoipbin) -> None:
    fake.faults.add("corrupt", body="!")
    request = Request("GET", "/ping", (("Origin", "https://app.example"),))
    original, corrupt = FakeVoipbin(fake.edition.name).handle(request), fake.respond(request).response
    assert corrupt is not None
    assert dict(corrupt.headers) == dict(original.headers) | {"Content-Length": "1"}
    assert len(corrupt.headers) == len(original.headers)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [400, 429, 500, 502, 503, 504, 599])
def test_error_replaces_the_response(fake: FakeVoipbin, status: int, when: Any) -> None:
    fake.faults.add("error", status=status, when=when, retry_after=7)
    response = post(fake).response
    assert response is not None
    assert (response.status, response.header("Retry-After")) == (status, "7")
    assert response.header("Content-Length") == str(len(response.body))
    assert (response.header("X-Request-Id") is not None) is fake.edition.request_ids
    if fake.edition.request_ids and status in (429, 500, 503):
        assert response.json()["error"]["request_id"] == response.header("X-Request-Id")


@pytest.mark.parametrize("fake", ["documented"], indirect=True)
def test_error_429_equals_that_of_the_rate_limits(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=429)
    response = post(fake).response
    assert response is not None
    error = response.json()["error"]
    assert (error["status"], error["reason"]) == ("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
    assert error["details"] == [{"limited_by": "ip"}]
    assert response.header("Retry-After") is None
    assert fake.requests[0].response_body == response.body


@pytest.mark.parametrize(("body", "media_type"), [('{"a": 1}', "application/json"), ("busy", "text/plain")])
def test_error_with_a_body_of_the_test(fake: FakeVoipbin, body: str, media_type: str) -> None:
    date = "Wed, 22 Apr 2026 07:28:00 GMT"
    fake.faults.add("error", status=503, body=body, retry_after=date, seconds=3)
    response, delay, _ = post(fake)
    assert response is not None
    assert (response.body.decode(), response.header("Retry-After"), delay) == (body, date, 3)
    assert response.header("Content-Type") == f"{media_type}; charset=utf-8"


def test_error_response_to_head_has_no_body(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=502)
    response = get(fake, method="HEAD").response
    assert response is not None
    assert (response.status, response.body) == (502, b"")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
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
def test_fault_applies_to_its_method_and_path(fake: FakeVoipbin, method: str, path: str, expected: list[int]) -> None:
    fake.faults.add("drop", method=method, path=path, times=None)
    get(fake, "/v1.0/calls")
    get(fake, "/v1.0/calls?page_size=5")
    get(fake, "/v1.0/calls/nope")
    post(fake)
    get(fake, "/ping")
    assert faulty_requests(fake) == expected


@pytest.mark.parametrize(
    ("nth", "times", "expected"), [(1, 1, [0]), (3, 1, [2]), (2, 2, [1, 2]), (4, None, [3, 4, 5]), (9, 1, [])]
)
def test_fault_applies_from_the_nth_request(
    fake: FakeVoipbin, nth: int, times: int | None, expected: list[int]
) -> None:
    fault = fake.faults.add("drop", path="/calls", nth=nth, times=times)
    for _ in range(6):
        get(fake)
    assert faulty_requests(fake) == expected
    assert fake.faults.pending == (() if expected and times else (fault,))


def test_nth_is_counted_from_when_the_fault_is_added(fake: FakeVoipbin) -> None:
    get(fake)
    fake.faults.add("drop", nth=2)
    get(fake)
    get(fake)
    assert faulty_requests(fake) == [2]


def test_faults_apply_one_after_the_other(fake: FakeVoipbin) -> None:
    fake.faults.add("drop")
    fake.faults.add("error", status=429)
    fake.faults.add("timeout", nth=4)
    kinds = [(get(fake), fake.requests[-1].fault.partition(" ")[0])[1] for _ in range(5)]
    assert kinds == ["drop", "error", "", "timeout", ""]


def test_nth_counts_requests_with_other_faults(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", nth=1)
    fake.faults.add("reset", nth=2)
    get(fake)
    get(fake)
    assert faulty_requests(fake) == [0, 1]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3) | st.none(), st.sampled_from(["*", "GET", "POST"]))),
    st.lists(st.sampled_from(["GET", "POST"]), max_size=12),
)
def test_faults_apply_as_in_an_independent_model(faults: list[tuple[int, int | None, str]], methods: list[str]) -> None:
    fake = FakeVoipbin()
    added = []
    for nth, times, method in faults:
        try:
            added.append(fake.faults.add("drop", nth=nth, times=times, method=method))
        except InvalidFault:
            assert any(one.times is None for one in added)
    triggered: list[int] = [0] * len(added)
    expected = []
    for index, method in enumerate(methods):
        get(fake, method=method)
        for number, one in enumerate(added):
            seen = sum(one.method in ("*", past) for past in methods[: index + 1])
            if one.method in ("*", method) and seen >= one.nth and triggered[number] != one.times:
                triggered[number] += 1
                expected.append(index)
                break
    assert faulty_requests(fake) == expected
    assert fake.faults.pending == tuple(one for one, count in zip(added, triggered, strict=True) if count != one.times)


def test_threads_share_the_times_of_a_fault(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", times=40)

    def send_requests() -> None:
        for _ in range(10):
            get(fake)

    threads = [threading.Thread(target=send_requests) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(faulty_requests(fake)), fake.faults.pending) == (40, ())


def test_snapshot_contains_the_faults(fake: FakeVoipbin) -> None:
    fault = fake.faults.add("drop", nth=2, times=2)
    get(fake)
    before = fake.snapshot()
    get(fake)
    get(fake)
    assert fake.faults.pending == ()
    fake.restore(before)
    assert fake.faults.pending == (fault,)
    get(fake)
    assert faulty_requests(fake) == [1]
    fake.reset()
    assert fake.faults.pending == ()


def test_clear_removes_all_faults(fake: FakeVoipbin) -> None:
    fake.faults.add("drop", times=None)
    fake.faults.clear()
    get(fake)
    assert faulty_requests(fake) == []


def test_handle_triggers_no_fault(fake: FakeVoipbin) -> None:
    fake.faults.add("drop")
    assert fake.handle(Request("GET", "/ping")).status == 200
    assert len(fake.faults.pending) == 1


def test_transcript_and_ladder_show_the_fault(fake: FakeVoipbin) -> None:
    fake.faults.add("timeout", when="before")
    fake.faults.add("timeout")
    post(fake)
    post(fake)
    after = "fault: timeout (after): VoIPbin processed the request, and no response was sent"
    assert "-> no response\n" in fake.transcript()
    assert f"\n  {after}\n" in fake.transcript()
    [call] = fake.calls
    assert f"POST {PATH}: 200, {after}" in fake.ladder(call)

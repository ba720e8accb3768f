"""What the machine's model complains of, and what it lets pass: each complaint by itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.client_driver import OperationResult
from pytest_providercalls.contracts.conformance.client_rule import ClientRuleBroken
from pytest_providercalls.contracts.conformance.harness import SentRequest
from pytest_providercalls.contracts.stateful.model import ExpectedCalls, Model, PerformedOperation, Record
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.journal import Exchange

A, B = "+12025550143", "+12025550144"
ONE = Record("one", ("call",))
FAILED = OSError("no answer")


def done(
    value: Any = None, *, error: Exception | None = None, fault: str = "", seconds: float = 0.0
) -> PerformedOperation:
    entry = Exchange(FakeVoipbin().clock.now(), "POST", "/v1.0/providercalls", b"", fault=fault)
    return PerformedOperation("it", OperationResult(value, error, seconds), [SentRequest(0.0, entry)], "the token")


def failed(fault: str = "", **more: Any) -> PerformedOperation:
    return done(error=FAILED, fault=fault, **more)


def rows(*ids: str) -> PerformedOperation:
    return done([{"id": id} for id in ids])


PLACING = [
    (ExpectedCalls((A,), (A,)), done({}), [A], ""),
    (ExpectedCalls((A, A), (A, A)), done({}), [A, A], ""),
    (ExpectedCalls((A,), (A,)), done({}), [A, A], "rang 2 times, and was to ring 1 times"),
    (ExpectedCalls((A,), (A,)), failed("dropped"), [A, A], "rang 2 times"),
    (ExpectedCalls((A,), (A,)), done({}), [B], f"{B} rang 1 times, and was to ring 0 times"),
    (ExpectedCalls((A,), ()), done({}), [], "VoIPbin refuses to place this"),
    (ExpectedCalls((A,), ()), failed(), [], ""),
    (ExpectedCalls((A, B), (A, B)), done({}), [A], f"this rang: {A}; it should have: {A}, {B}"),
    (ExpectedCalls((A,), (A,)), done({}), [], "this rang: nothing"),
    (ExpectedCalls((A, B), (A,)), done({}), [A, B], f"this rang: {A}, {B}; it should have: {A}"),
    (ExpectedCalls((A,), (A,)), failed("dropped"), [A], ""),
    (ExpectedCalls((A,), (A,)), failed(), [], "though nothing went wrong"),
    (ExpectedCalls((A, "x"), (A,)), failed(), [], "though nothing went wrong"),
    (ExpectedCalls((A, "x"), (A,)), failed()._replace(sent=[]), [], ""),
]


@pytest.mark.parametrize(("order", "what", "rang", "complaint"), PLACING)
def test_placing(order: ExpectedCalls, what: PerformedOperation, rang: list[str], complaint: str) -> None:
    model = Model()
    assert complained(lambda: model.check_place(order, what, [ONE], Counter(rang)), complaint)
    assert model.placed == ([(what.outcome.value, ONE)] if not complaint and not what.failed else [])


LISTING = [
    ({"one"}, rows("one"), ""),
    ({"one"}, rows("one", "two"), ""),
    (set(), rows("two"), ""),
    ({"one", "gone"}, rows("one"), ""),
    ({"one", "gone"}, rows("one", "gone"), ""),
    ({"one", "two"}, rows("one"), "1 of 2 records are missing"),
    ({"one"}, rows("one", "one"), "1 records are there twice"),
    ({"one"}, rows("one", "old"), "1 are not of this list: they are deleted"),
    ({"one"}, failed("dropped"), ""),
    ({"one"}, failed(), "though nothing went wrong"),
]


@pytest.mark.parametrize(("before", "what", "complaint"), LISTING)
def test_listing(before: set[str], what: PerformedOperation, complaint: str) -> None:
    model = Model([ONE, Record("two", ()), Record("gone", (), alive=False), Record("old", (), alive=False)])
    assert complained(lambda: model.check_list(what, before), complaint)


READING = [
    (ONE, done({"id": "one"}), ""),
    (ONE, done({"name": "shows no id"}), ""),
    (ONE, done(None), "nothing, though there is such a record"),
    (ONE, done({"id": "two"}), "the record two, and was asked for one"),
    (ONE, done({"id": "another"}), "the record another, and was asked for one"),
    (ONE, failed("dropped"), ""),
    (ONE, failed(), "though nothing went wrong"),
    (None, failed(), ""),
    (None, done(None), ""),
    (None, done({"id": "one"}), "something, though there is no such thing"),
]


@pytest.mark.parametrize(("record", "what", "complaint"), READING)
def test_reading(record: Record | None, what: PerformedOperation, complaint: str) -> None:
    assert complained(lambda: Model().check_get_record(record, what), complaint)


CALLS = [
    ("ringing", "ringing", "ringing", 1, ""),
    ("ringing", "dialing", "hangup", 1, ""),
    ("canceling", "terminating", "hangup", 3, ""),
    ("dialing", "dialing", "dialing", 0, "it said before that the call had come further"),
    ("ringing", "progressing", "hangup", 1, "when it was asked the call was 'progressing' already"),
    ("hangup", "ringing", "progressing", 1, "and the call is 'progressing'"),
    ("unheard of", "ringing", "ringing", 1, ""),
    (None, "ringing", "ringing", 1, ""),
]


@pytest.mark.parametrize(("status", "before", "after", "said", "complaint"), CALLS)
def test_calls(status: str | None, before: str, after: str, said: int, complaint: str) -> None:
    model = Model(reported_progress={"call": 1})
    assert complained(lambda: model.check_get_call("call", done({}), status, before, after), complaint)
    assert model.reported_progress["call"] == (1 if complaint else max(said, 1))


def test_of_a_call_that_could_not_be_read_nothing_is_said() -> None:
    model = Model()
    assert complained(lambda: model.check_get_call("call", failed("dropped"), "hangup", "ringing", "ringing"), "")
    assert complained(
        lambda: model.check_get_call("call", failed(), "hangup", "ringing", "ringing"), "nothing went wrong"
    )
    assert model.reported_progress == {}


WAITING = [
    (done(), [], ""),
    (done(), ["call"], "these calls have not ended: call"),
    (failed("dropped"), [], ""),
    (failed(), [], "though nothing went wrong"),
    (failed(seconds=9.0), ["call"], "though nothing went wrong"),
    (failed(seconds=10.0), ["call"], ""),
]


@pytest.mark.parametrize(("what", "left", "complaint"), WAITING)
def test_waiting(what: PerformedOperation, left: list[str], complaint: str) -> None:
    model = Model()
    assert complained(lambda: model.check_wait(ONE, what, left, 10.0), complaint)
    assert model.reported_progress == ({"call": 4} if not complaint and not what.failed else {})


DELETING = [
    (True, done(), False, ""),
    (True, done(), True, "the record is not deleted"),
    (True, failed("dropped"), True, ""),
    (True, failed(), False, "though nothing went wrong"),
    (False, failed(), False, ""),
    (False, done(), False, "though there is no such record"),
]


@pytest.mark.parametrize(("there", "what", "alive", "complaint"), DELETING)
def test_deleting(there: bool, what: PerformedOperation, alive: bool, complaint: str) -> None:
    record = Record("one", ()) if there else None
    assert complained(lambda: Model().check_delete(record, what, alive), complaint)
    assert record is None or record.alive == alive


def test_a_complaint_has_no_token() -> None:
    told = done(error=OSError("GET ?token=the token"))
    assert "the token" not in f"{told}{told!r}" and "$VOIPBIN_TOKEN" in f"{told}"


def complained(judge: Any, complaint: str) -> bool:
    """Whether a judgement was as expected: a complaint, or, where that is empty, none."""
    try:
        judge()
    except ClientRuleBroken as broken:
        return bool(complaint) and complaint in str(broken)
    return not complaint

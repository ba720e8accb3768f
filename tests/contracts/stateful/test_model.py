"""The checks of the model: what each one reports, and what it accepts."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.client_driver import OperationResult
from pytest_providercalls.contracts.conformance.exceptions import ClientRuleBroken
from pytest_providercalls.contracts.conformance.harness import SentRequest
from pytest_providercalls.contracts.stateful.model import ExpectedCalls, Model, PerformedOperation, Record
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.journal import Exchange

A, B = "+12025550143", "+12025550144"
ONE = Record("one", ("call",))
FAILED = OSError("no response")


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
    (ExpectedCalls((A,), (A,)), done({}), [A, A], "was called 2 times, expected 1"),
    (ExpectedCalls((A,), (A,)), failed("dropped"), [A, A], "was called 2 times"),
    (ExpectedCalls((A,), (A,)), done({}), [B], f"{B} was called 1 times, expected 0"),
    (ExpectedCalls((A,), ()), done({}), [], "VoIPbin refuses this request"),
    (ExpectedCalls((A,), ()), failed(), [], ""),
    (ExpectedCalls((A, B), (A, B)), done({}), [A], f"the calls placed were to {A}; expected {A}, {B}"),
    (ExpectedCalls((A,), (A,)), done({}), [], "the calls placed were to none"),
    (ExpectedCalls((A, B), (A,)), done({}), [A, B], f"the calls placed were to {A}, {B}; expected {A}"),
    (ExpectedCalls((A,), (A,)), failed("dropped"), [A], ""),
    (ExpectedCalls((A,), (A,)), failed(), [], "but there was no fault"),
    (ExpectedCalls((A, "x"), (A,)), failed(), [], "but there was no fault"),
    (ExpectedCalls((A, "x"), (A,)), failed()._replace(sent=[]), [], ""),
]


@pytest.mark.parametrize(("expected", "performed", "called", "message"), PLACING)
def test_placing(expected: ExpectedCalls, performed: PerformedOperation, called: list[str], message: str) -> None:
    model = Model()
    assert raises(lambda: model.check_place(expected, performed, [ONE], Counter(called)), message)
    assert model.placed == ([(performed.result.value, ONE)] if not message and not performed.failed else [])


LISTING = [
    ({"one"}, rows("one"), ""),
    ({"one"}, rows("one", "two"), ""),
    (set(), rows("two"), ""),
    ({"one", "gone"}, rows("one"), ""),
    ({"one", "gone"}, rows("one", "gone"), ""),
    ({"one", "two"}, rows("one"), "1 of 2 records are missing"),
    ({"one"}, rows("one", "one"), "duplicate records: 1"),
    ({"one"}, rows("one", "old"), "deleted records: 1"),
    ({"one"}, failed("dropped"), ""),
    ({"one"}, failed(), "but there was no fault"),
]


@pytest.mark.parametrize(("before", "performed", "message"), LISTING)
def test_listing(before: set[str], performed: PerformedOperation, message: str) -> None:
    model = Model([ONE, Record("two", ()), Record("gone", (), alive=False), Record("old", (), alive=False)])
    assert raises(lambda: model.check_list(performed, before), message)


READING = [
    (ONE, done({"id": "one"}), ""),
    (ONE, done({"name": "has no id"}), ""),
    (ONE, done(None), "nothing, but the record exists"),
    (ONE, done({"id": "two"}), "the record two, expected one"),
    (ONE, done({"id": "another"}), "the record another, expected one"),
    (ONE, failed("dropped"), ""),
    (ONE, failed(), "but there was no fault"),
    (None, failed(), ""),
    (None, done(None), ""),
    (None, done({"id": "one"}), "a value, but the id does not exist"),
]


@pytest.mark.parametrize(("record", "performed", "message"), READING)
def test_reading(record: Record | None, performed: PerformedOperation, message: str) -> None:
    assert raises(lambda: Model().check_get_record(record, performed), message)


CALLS = [
    ("ringing", "ringing", "ringing", 1, ""),
    ("ringing", "dialing", "hangup", 1, ""),
    ("canceling", "terminating", "hangup", 3, ""),
    ("dialing", "dialing", "dialing", 0, "an earlier read returned a later status"),
    ("ringing", "progressing", "hangup", 1, "the call was already 'progressing' before the read"),
    ("hangup", "ringing", "progressing", 1, "but the call is 'progressing'"),
    ("unknown", "ringing", "ringing", 1, ""),
    (None, "ringing", "ringing", 1, ""),
]


@pytest.mark.parametrize(("status", "before", "after", "reported", "message"), CALLS)
def test_calls(status: str | None, before: str, after: str, reported: int, message: str) -> None:
    model = Model(reported_progress={"call": 1})
    assert raises(lambda: model.check_get_call("call", done({}), status, before, after), message)
    assert model.reported_progress["call"] == (1 if message else max(reported, 1))


def test_a_failed_read_of_a_call_reports_no_status() -> None:
    model = Model()
    assert raises(lambda: model.check_get_call("call", failed("dropped"), "hangup", "ringing", "ringing"), "")
    assert raises(
        lambda: model.check_get_call("call", failed(), "hangup", "ringing", "ringing"), "but there was no fault"
    )
    assert model.reported_progress == {}


WAITING = [
    (done(), [], ""),
    (done(), ["call"], "these calls have not ended: call"),
    (failed("dropped"), [], ""),
    (failed(), [], "but there was no fault"),
    (failed(seconds=9.0), ["call"], "but there was no fault"),
    (failed(seconds=10.0), ["call"], ""),
]


@pytest.mark.parametrize(("performed", "unfinished", "message"), WAITING)
def test_waiting(performed: PerformedOperation, unfinished: list[str], message: str) -> None:
    model = Model()
    assert raises(lambda: model.check_wait(ONE, performed, unfinished, 10.0), message)
    assert model.reported_progress == ({"call": 4} if not message and not performed.failed else {})


DELETING = [
    (True, done(), False, ""),
    (True, done(), True, "the record is not deleted"),
    (True, failed("dropped"), True, ""),
    (True, failed(), False, "but there was no fault"),
    (False, failed(), False, ""),
    (False, done(), False, "but there is no such record"),
]


@pytest.mark.parametrize(("exists", "performed", "alive", "message"), DELETING)
def test_deleting(exists: bool, performed: PerformedOperation, alive: bool, message: str) -> None:
    record = Record("one", ()) if exists else None
    assert raises(lambda: Model().check_delete(record, performed, alive), message)
    assert record is None or record.alive == alive


def test_a_message_does_not_contain_the_token() -> None:
    performed = done(error=OSError("GET ?token=the token"))
    assert "the token" not in f"{performed}{performed!r}" and "$VOIPBIN_TOKEN" in f"{performed}"


def raises(check: Any, message: str) -> bool:
    """Return whether a check raised an error with the message, or no error if the message is empty."""
    try:
        check()
    except ClientRuleBroken as broken:
        return bool(message) and message in str(broken)
    return not message

"""The statuses of a call, its transitions, and how it ends (calls.md 2.1 and 2.4)."""

from __future__ import annotations

import re

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin, InvalidTransition
from pytest_providercalls.fake_server.calls.transitions import ALLOWED_TRANSITIONS
from pytest_providercalls.fake_server.world.records import Call

from .placed_calls import APRIL, AUGUST, bring_to, fields_of_status

STATUSES = ("dialing", "ringing", "progressing", "terminating", "canceling", "hangup")
TABLE = {
    "dialing": "- y y y y y",
    "ringing": "- - y y y y",
    "progressing": "- - - y - y",
    "terminating": "- - - - - y",
    "canceling": "- - - - - y",
    "hangup": "- - - - - -",
}
PAIRS = [
    (start, end, mark == "y")
    for start, marks in TABLE.items()
    for end, mark in zip(STATUSES, marks.split(), strict=True)
]


@pytest.mark.parametrize(("start", "end", "allowed"), PAIRS)
def test_allowed_transitions_are_those_of_the_server(start: str, end: str, allowed: bool) -> None:
    assert (end in ALLOWED_TRANSITIONS[start]) is allowed


TRANSITIONS = {"ring": "ringing", "answer": "progressing", "hangup": "hangup"}


@pytest.mark.parametrize("transition", TRANSITIONS)
@pytest.mark.parametrize("start", STATUSES)
def test_test_can_make_only_allowed_transitions(api: ProbeClient, call: Call, start: str, transition: str) -> None:
    bring_to(api, call, start)
    if TRANSITIONS[transition] in ALLOWED_TRANSITIONS[start]:
        getattr(call, transition)()
        assert call.status == TRANSITIONS[transition]
    else:
        before = fields_of_status(call)
        with pytest.raises(InvalidTransition):
            getattr(call, transition)()
        assert fields_of_status(call) == before


def test_invalid_transition_names_the_allowed_statuses(call: Call) -> None:
    call.answer()
    message = "a call with status 'progressing' cannot change to 'ringing': it can change to hangup, terminating"
    with pytest.raises(InvalidTransition, match=message):
        call.ring()


def test_invalid_transition_of_an_ended_call(call: Call) -> None:
    call.hangup(reason="busy")
    with pytest.raises(InvalidTransition, match="cannot change to 'ringing': it has already ended"):
        call.ring()
    message = f"the call {call.id} has already ended, with hangup_reason 'busy'"
    with pytest.raises(InvalidTransition, match=message):
        call.hangup()


def test_invalid_transition_is_a_value_error() -> None:
    assert issubclass(InvalidTransition, ValueError)


BEFORE_THE_ANSWER = ("normal", "failed", "busy", "no_answer", "dialout", "cancel")
ENDS = {
    "dialing": BEFORE_THE_ANSWER,
    "ringing": BEFORE_THE_ANSWER,
    "progressing": ("normal", "timeout", "amd"),
    "terminating": ("normal", "amd"),
    "canceling": ("cancel",),
}
REASONS = (*BEFORE_THE_ANSWER, "noanswer", "timeout", "amd", "x", "")
LOCAL = {
    *(("dialing", "cancel"), ("ringing", "cancel"), ("progressing", "amd"), ("canceling", "cancel")),
    *(("terminating", "normal"), ("terminating", "amd")),
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("start", ENDS)
def test_call_ends_only_with_a_reason_of_its_status(
    fake: FakeVoipbin, api: ProbeClient, call: Call, start: str, reason: str
) -> None:
    bring_to(api, call, start)
    known = "no_answer" if reason == "noanswer" else reason
    if known not in ENDS[start]:
        before = fields_of_status(call)
        message = f"a call with status {start!r} cannot end with {known!r}; expected one of {', '.join(ENDS[start])}"
        with pytest.raises(InvalidTransition, match=re.escape(message)):
            call.hangup(reason=reason)
        assert fields_of_status(call) == before
        return
    call.hangup(reason=reason)
    word = fake.edition.no_answer_reason if known == "no_answer" else known
    by = "local" if (start, known) in LOCAL else "remote"
    assert (call.status, call.hangup_reason, call.hangup_by) == ("hangup", word, by)


@pytest.mark.parametrize(
    ("fake", "word"),
    [("documented", "no_answer"), (APRIL, "noanswer"), (AUGUST, "noanswer")],
    indirect=["fake"],
)
def test_no_answer_reason_depends_on_the_edition(call: Call, word: str) -> None:
    call.hangup(reason="no_answer")
    assert call.hangup_reason == word


@pytest.mark.parametrize(
    ("start", "reason", "by"),
    [
        ("dialing", "normal", "remote"),
        ("ringing", "normal", "remote"),
        ("progressing", "normal", "remote"),
        ("terminating", "normal", "local"),
        ("canceling", "cancel", "local"),
    ],
)
def test_default_hangup_reason(api: ProbeClient, call: Call, start: str, reason: str, by: str) -> None:
    bring_to(api, call, start).hangup()
    assert (call.hangup_reason, call.hangup_by) == (reason, by)


def test_each_transition_has_a_timestamp(fake: FakeVoipbin, call: Call) -> None:
    times = []
    for transition in (call.ring, call.answer, call.hangup):
        # A longer time would end the answered call, whose flow is empty.
        fake.clock.advance(0.01)
        times.append(fake.clock.now())
        transition()
        assert call.tm_update == times[-1]
    assert [call.tm_ringing, call.tm_progressing, call.tm_hangup] == times


def test_call_can_be_answered_without_ringing(call: Call) -> None:
    call.answer()
    assert (call.status, call.tm_ringing) == ("progressing", None)


def test_get_shows_the_current_status(api: ProbeClient, call: Call) -> None:
    call.ring()
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "ringing"


def test_ended_call_ends_its_activeflow(fake: FakeVoipbin, call: Call) -> None:
    call.hangup()
    activeflow = fake.activeflows[call.activeflow_id]
    assert activeflow.status == "ended"
    assert activeflow.tm_update is not None
    assert call.tm_hangup is not None
    assert activeflow.tm_update > call.tm_hangup

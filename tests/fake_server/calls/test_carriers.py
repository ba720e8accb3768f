"""Carriers: SIP responses, scripts, and numbers that choose an outcome."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin, InvalidScript
from pytest_providercalls.fake_server.calls.carriers import MAGIC_NUMBERS, SCRIPTS

from .placed_calls import CALLEE, CALLER, outcome, place_call


def no_answer_reason(fake: FakeVoipbin) -> str:
    """Return the edition's hangup_reason of a call without an answer."""
    return "no_answer" if fake.edition.name == "documented" else "noanswer"


def rejected_reason(fake: FakeVoipbin) -> str:
    """Return the edition's hangup_reason of a call that the carrier forbids."""
    return "failed" if fake.edition.name == "documented" else "noanswer"


# calls.md 2.5, table A
REJECTIONS = {
    **dict.fromkeys((401, 403, 407), "forbidden"),
    **dict.fromkeys((480, 483, 603), "no answer"),
    **dict.fromkeys((486, 600), "busy"),
    **dict.fromkeys(
        (404, 408, 409, 410, 420, 484, 485, 487, 488, 400, 402, 405, 406, 411, 413, 414, 415, 416), "failed"
    ),
    **dict.fromkeys((421, 481, 482, 491, 493, 499, 500, 501, 502, 503, 504, 505, 513, 604, 606, 607, 302), "failed"),
}


@pytest.mark.parametrize("sip", sorted(REJECTIONS))
def test_sip_response_determines_the_hangup_reason(api: ProbeClient, fake: FakeVoipbin, sip: int) -> None:
    fake.carrier().rejects(sip=sip)
    call = place_call(api, fake)
    fake.clock.advance(1)
    reasons = {
        "forbidden": rejected_reason(fake),
        "no answer": no_answer_reason(fake),
        "busy": "busy",
        "failed": "failed",
    }
    assert outcome(call) == ("hangup", reasons[REJECTIONS[sip]], "remote")
    assert (call.tm_ringing, call.tm_progressing) == (None, None)
    assert call.tm_hangup == call.tm_update


def test_every_script_method(api: ProbeClient, fake: FakeVoipbin) -> None:
    reasons = {
        "busy": "busy",
        "no_answer": no_answer_reason(fake),
        "never_answers": "dialout",
        "auth_fails": rejected_reason(fake),
        "unreachable": "failed",
        "answers": "timeout",
        "never_ends": "timeout",
        "hangs_up": "normal",
    }
    for method, reason in reasons.items():
        provider = fake.add_provider()
        getattr(fake.carrier(provider), method)()
        call = place_call(api, fake, provider_id=provider.id)
        fake.clock.advance(3600)
        assert outcome(call) == ("hangup", reason, "remote"), method


def test_first_matching_line_decides(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().busy(destination=CALLEE).rejects(404, source="+12025550111").answers()
    busy = place_call(api, fake, source={"type": "tel", "target": "+12025550111"})
    rejected = place_call(api, fake, "+12025550144", source={"type": "tel", "target": "+12025550111"})
    answered = place_call(api, fake, "+12025550144")
    fake.clock.advance(3600)
    assert [call.hangup_reason for call in (busy, rejected, answered)] == ["busy", "failed", "timeout"]


def test_carrier_rejects_other_sources(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().allows_sources("+12025550111").busy()
    known = place_call(api, fake, source={"type": "tel", "target": "+12025550111"})
    other = place_call(api, fake)
    fake.clock.advance(3600)
    assert known.hangup_reason == "busy"
    assert other.hangup_reason == rejected_reason(fake)


def test_script_applies_to_later_calls_of_its_provider(api: ProbeClient, fake: FakeVoipbin) -> None:
    before = place_call(api, fake)
    fake.carrier(fake.add_provider()).busy()
    fake.carrier().rejects(404)
    after = place_call(api, fake)
    fake.carrier().clear()
    cleared = place_call(api, fake)
    fake.clock.advance(3600)
    assert [call.hangup_reason for call in (before, after, cleared)] == ["timeout", "failed", "timeout"]


def test_unreachable_carrier_is_unhealthy(api: ProbeClient, fake: FakeVoipbin) -> None:
    carrier = fake.carrier().unreachable()
    shown = require_success(api.get(f"/providers/{fake.provider.id}"))
    assert shown["health_status"] == "unhealthy"
    assert shown["health_checked_at"] == shown["tm_update"]
    carrier.clear()
    assert require_success(api.get(f"/providers/{fake.provider.id}"))["health_status"] == "healthy"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            lambda carrier: carrier.answers().busy(),
            r"this line \(every call\) can never match: an earlier line already matches every call",
        ),
        (
            lambda carrier: carrier.busy(source=CALLER).answers(source=CALLER, destination=CALLEE),
            "can never match",
        ),
        (lambda carrier: carrier.allows_sources(CALLER).busy(source="+12025550111"), "sources other than"),
        (lambda carrier: carrier.rejects(200), "cannot reject with 200.*300 to 699"),
        (lambda carrier: carrier.rejects(True), "cannot reject with True"),
        (lambda carrier: carrier.answers(after=60), "60 s is too late.*never_answers"),
        (lambda carrier: carrier.no_answer(after=61), "61 s is too late"),
        (lambda carrier: carrier.hangs_up(after=-1), "must not be negative"),
    ],
)
def test_invalid_line_is_explained_and_not_added(fake: FakeVoipbin, script: Any, message: str) -> None:
    with pytest.raises(InvalidScript, match=message):
        script(fake.carrier())
    assert len(SCRIPTS.of(fake.state).get(fake.provider.id, ())) <= 1


def test_early_answer_has_no_ringing(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(after=1)
    call = place_call(api, fake)
    fake.clock.advance(5)
    assert (call.status, call.tm_ringing) == ("progressing", None)


def test_unknown_provider_has_no_carrier(fake: FakeVoipbin) -> None:
    with pytest.raises(KeyError):
        fake.carrier("unknown")


MAGIC_REASONS = {
    "80": "busy",
    "81": "no answer",
    "82": "dialout",
    "83": "forbidden",
    "84": "failed",
    "85": "failed",
    "86": "normal",
    "87": "timeout",
    "88": "no answer",
    "89": "timeout",
}


def test_every_magic_number_is_tested() -> None:
    assert MAGIC_REASONS.keys() == MAGIC_NUMBERS.keys()


@pytest.mark.parametrize("area", ["202", "914"])
@pytest.mark.parametrize("digits", sorted(MAGIC_REASONS))
def test_magic_number_determines_the_outcome(api: ProbeClient, fake: FakeVoipbin, digits: str, area: str) -> None:
    call = place_call(api, fake, f"+1{area}55501{digits}")
    fake.clock.advance(3600)
    reasons = {"no answer": no_answer_reason(fake), "forbidden": rejected_reason(fake)}
    assert outcome(call) == ("hangup", reasons.get(MAGIC_REASONS[digits], MAGIC_REASONS[digits]), "remote")


@pytest.mark.parametrize("number", ["+12025550143", "+12025550280", "+442079460080", "+12125551180"])
def test_any_other_number_answers(api: ProbeClient, fake: FakeVoipbin, number: str) -> None:
    call = place_call(api, fake, number)
    fake.clock.advance(7)
    assert call.status == "progressing"


def test_script_takes_precedence_over_a_magic_number(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().rejects(404)
    call = place_call(api, fake, "+12025550180")
    fake.clock.advance(7)
    assert call.hangup_reason == "failed"

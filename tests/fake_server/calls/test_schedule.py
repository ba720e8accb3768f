"""VoIPbin's timers, the callee's events, and when each lifecycle lets them happen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import Clock, FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .placed_calls import outcome, place_call


def test_unanswered_call_ends_after_a_minute(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().never_answers()
    call = place_call(api, fake)
    fake.clock.advance(59.9)
    assert call.status == "ringing"
    fake.clock.advance(0.2)
    assert outcome(call) == ("hangup", "dialout", "remote")
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_create).total_seconds() == 60


def test_callee_hangs_up_after_the_answer(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().hangs_up(after=5)
    call = place_call(api, fake)
    fake.clock.advance(60)
    assert outcome(call) == ("hangup", "normal", "remote")
    times = [call.tm_ringing, call.tm_progressing, call.tm_hangup]
    assert [time and (time - call.tm_create).total_seconds() for time in times] == [2, 6, 11]


def test_call_ends_after_an_hour_including_ringing(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = place_call(api, fake)
    fake.clock.advance(3599)
    assert call.status == "progressing"
    fake.clock.advance(1)
    assert outcome(call) == ("hangup", "timeout", "remote")
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_create).total_seconds() == 3600


@pytest.mark.parametrize(("polls", "reason"), [(1, "cancel"), (2, "cancel"), (3, "normal")])
def test_hangup_cancels_scheduled_events(api: ProbeClient, fake: FakeVoipbin, polls: int, reason: str) -> None:
    call = place_call(api, fake)
    for _ in range(polls):
        require_success(api.get(f"/calls/{call.id}"))
    require_success(api.post(f"/calls/{call.id}/hangup"))
    fake.clock.advance(7200)
    assert outcome(call) == ("hangup", reason, "local")


def test_polling_advances_a_call_to_its_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = place_call(api, fake, actions=[{"type": "talk", "option": {"text": "hello"}}])
    seen = [require_success(api.get(f"/calls/{call.id}")) for _ in range(6)]
    statuses = ["dialing", "ringing", "progressing", "progressing", "hangup", "hangup"]
    assert [one["status"] for one in seen] == statuses
    assert [one["action"].get("type") for one in seen] == [None, None, None, "talk", None, None]
    assert outcome(call) == ("hangup", "normal", "local")


def test_poll_handles_the_earlier_events_of_other_calls(api: ProbeClient, fake: FakeVoipbin) -> None:
    silent, polled = place_call(api, fake, "+12025550182"), place_call(api, fake, "+12025550187")
    for _ in range(3):
        require_success(api.get(f"/calls/{polled.id}"))
    assert (silent.status, polled.status) == ("ringing", "progressing")
    require_success(api.get(f"/calls/{polled.id}"))
    assert (silent.hangup_reason, polled.hangup_reason) == ("dialout", "timeout")
    assert silent.tm_hangup is not None
    assert (silent.tm_hangup - silent.tm_create).total_seconds() == 60


def test_simultaneous_events_happen_once_and_in_the_order_of_the_calls() -> None:
    fake = FakeVoipbin(clock=Clock(tick=timedelta(0)))
    destinations = [{"type": "tel", "target": f"+1202555{number:04}"} for number in range(140, 148)]
    record = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, destinations=destinations)
    fake.clock.advance(3600)
    for type in ("call_ringing", "call_progressing", "call_hangup"):
        assert [one.resource_id for one in fake.events if one.type == type] == record["call_ids"]


def test_lists_and_providercalls_do_not_advance_calls(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place()
    for path in ("/calls", "/providercalls", f"/providercalls/{record['id']}") * 3:
        require_success(api.get(path))
    assert fake.calls[record["call_ids"][0]].status == "dialing"


def test_test_controlled_call_has_only_the_timers(api: ProbeClient, fake: FakeVoipbin) -> None:
    ringing, talking = place_call(api, fake), place_call(api, fake)
    ringing.ring()
    talking.answer()
    for call in (ringing, talking) * 3:
        assert require_success(api.get(f"/calls/{call.id}"))["status"] == call.status
    fake.clock.advance(61)
    assert (outcome(ringing), talking.status) == (("hangup", "dialout", "remote"), "progressing")
    fake.clock.advance(3600)
    assert outcome(talking) == ("hangup", "timeout", "remote")


def test_carriers_do_nothing_in_manual_mode() -> None:
    fake = FakeVoipbin(lifecycle="manual")
    api = ProbeClient(FakeTarget(fake))
    call = place_call(api, fake, "+12025550180")
    for _ in range(3):
        assert require_success(api.get(f"/calls/{call.id}"))["status"] == "dialing"
    fake.clock.advance(59)
    assert call.status == "dialing"
    fake.clock.advance(2)
    assert call.hangup_reason == "dialout"


def test_unknown_lifecycle_is_an_error() -> None:
    with pytest.raises(
        ValueError, match="unknown lifecycle 'wild'; expected one of manual, on_poll, scheduled, realtime"
    ):
        FakeVoipbin(lifecycle="wild")


def test_snapshot_contains_scheduled_events(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = place_call(api, fake).id
    fake.clock.advance(3)
    snapshot = fake.snapshot()
    outcomes = []
    for _ in range(2):
        assert fake.calls[id].status == "ringing"
        fake.clock.advance(3600)
        outcomes.append((outcome(fake.calls[id]), fake.calls[id].tm_hangup))
        fake.restore(snapshot)
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == ("hangup", "timeout", "remote")

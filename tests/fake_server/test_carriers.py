"""What carriers do to calls, as scripted or as the number says: SIP responses, timers, the clock, the INVITE."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import Clock, FakeVoipbin, InvalidScript
from pytest_providercalls.fake_server.calls.carriers import MAGIC_NUMBERS
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call

SOURCE = "+12025550100"
DESTINATION = "+12025550143"


LONG = {"type": "sleep", "option": {"duration": 7_200_000}}
"""A flow that does not come to its end before the far side, or a timer, ends the call."""


def placed(api: ProbeClient, fake: FakeVoipbin, destination: str = DESTINATION, **fields: Any) -> Call:
    fields.setdefault("provider_id", fake.provider.id)
    fields.setdefault("actions", [LONG])
    record = api.place(destinations=[{"type": "tel", "target": destination}], **fields)
    return fake.calls[record["call_ids"][0]]


def end(call: Call) -> tuple[str, str, str]:
    return call.status, call.hangup_reason, call.hangup_by


def no_answer(fake: FakeVoipbin) -> str:
    return "no_answer" if fake.edition.name == "documented" else "noanswer"


def refused(fake: FakeVoipbin) -> str:
    return "failed" if fake.edition.name == "documented" else "noanswer"


# calls.md 2.5, table A

REFUSALS = {
    **dict.fromkeys((401, 403, 407), "refused"),
    **dict.fromkeys((480, 483, 603), "no answer"),
    **dict.fromkeys((486, 600), "busy"),
    **dict.fromkeys(
        (404, 408, 409, 410, 420, 484, 485, 487, 488, 400, 402, 405, 406, 411, 413, 414, 415, 416), "failed"
    ),
    **dict.fromkeys((421, 481, 482, 491, 493, 499, 500, 501, 502, 503, 504, 505, 513, 604, 606, 607, 302), "failed"),
}


@pytest.mark.parametrize("sip", sorted(REFUSALS))
def test_a_sip_response_gives_the_reason(api: ProbeClient, fake: FakeVoipbin, sip: int) -> None:
    fake.carrier().rejects(sip=sip)
    call = placed(api, fake)
    fake.clock.advance(1)
    words = {"refused": refused(fake), "no answer": no_answer(fake), "busy": "busy", "failed": "failed"}
    assert end(call) == ("hangup", words[REFUSALS[sip]], "remote")
    assert (call.tm_ringing, call.tm_progressing) == (None, None)
    assert call.tm_hangup == call.tm_update


def test_nobody_answers_for_a_minute(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().never_answers()
    call = placed(api, fake)
    fake.clock.advance(59.9)
    assert call.status == "ringing"
    fake.clock.advance(0.2)
    assert end(call) == ("hangup", "dialout", "remote")
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_create).total_seconds() == 60


def test_the_far_side_hangs_up_after_the_answer(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().hangs_up(after=5)
    call = placed(api, fake)
    fake.clock.advance(60)
    assert end(call) == ("hangup", "normal", "remote")
    times = [call.tm_ringing, call.tm_progressing, call.tm_hangup]
    assert [time and (time - call.tm_create).total_seconds() for time in times] == [2, 6, 11]


def test_a_call_ends_after_an_hour_ringing_included(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = placed(api, fake)
    fake.clock.advance(3599)
    assert call.status == "progressing"
    fake.clock.advance(1)
    assert end(call) == ("hangup", "timeout", "remote")
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_create).total_seconds() == 3600


@pytest.mark.parametrize(("polls", "reason"), [(1, "cancel"), (2, "cancel"), (3, "normal")])
def test_the_api_hangs_up_and_what_was_to_come_does_not(
    api: ProbeClient, fake: FakeVoipbin, polls: int, reason: str
) -> None:
    call = placed(api, fake)
    for _ in range(polls):
        require_success(api.get(f"/calls/{call.id}"))
    require_success(api.post(f"/calls/{call.id}/hangup"))
    fake.clock.advance(7200)
    assert end(call) == ("hangup", reason, "local")


# scripts


def test_each_word_of_a_script(api: ProbeClient, fake: FakeVoipbin) -> None:
    words = {
        "busy": "busy",
        "no_answer": no_answer(fake),
        "never_answers": "dialout",
        "auth_fails": refused(fake),
        "unreachable": "failed",
        "answers": "timeout",
        "never_ends": "timeout",
        "hangs_up": "normal",
    }
    for word, reason in words.items():
        provider = fake.add_provider()
        getattr(fake.carrier(provider), word)()
        call = placed(api, fake, provider_id=provider.id)
        fake.clock.advance(3600)
        assert end(call) == ("hangup", reason, "remote"), word


def test_the_first_line_that_matches_decides(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().busy(destination=DESTINATION).rejects(404, source="+12025550111").answers()
    busy = placed(api, fake, source={"type": "tel", "target": "+12025550111"})
    unknown = placed(api, fake, "+12025550144", source={"type": "tel", "target": "+12025550111"})
    answered = placed(api, fake, "+12025550144")
    fake.clock.advance(3600)
    assert [call.hangup_reason for call in (busy, unknown, answered)] == ["busy", "failed", "timeout"]


def test_a_carrier_takes_only_the_sources_that_it_knows(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().allows_sources("+12025550111").busy()
    known = placed(api, fake, source={"type": "tel", "target": "+12025550111"})
    other = placed(api, fake)
    fake.clock.advance(3600)
    assert known.hangup_reason == "busy"
    assert other.hangup_reason == refused(fake)


def test_a_script_is_for_its_provider_and_for_calls_placed_later(api: ProbeClient, fake: FakeVoipbin) -> None:
    before = placed(api, fake)
    fake.carrier(fake.add_provider()).busy()
    fake.carrier().rejects(404)
    after = placed(api, fake)
    fake.carrier().clear()
    cleared = placed(api, fake)
    fake.clock.advance(3600)
    assert [call.hangup_reason for call in (before, after, cleared)] == ["timeout", "failed", "timeout"]


def test_health_follows(api: ProbeClient, fake: FakeVoipbin) -> None:
    carrier = fake.carrier().unreachable()
    shown = require_success(api.get(f"/providers/{fake.provider.id}"))
    assert shown["health_status"] == "unhealthy"
    assert shown["health_checked_at"] == shown["tm_update"]
    carrier.clear()
    assert require_success(api.get(f"/providers/{fake.provider.id}"))["health_status"] == "healthy"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (lambda carrier: carrier.answers().busy(), r"this line \(every call\) would never be reached.*for every call"),
        (
            lambda carrier: carrier.busy(source=SOURCE).answers(source=SOURCE, destination=DESTINATION),
            "never be reached",
        ),
        (lambda carrier: carrier.allows_sources(SOURCE).busy(source="+12025550111"), "sources other than"),
        (lambda carrier: carrier.rejects(200), "cannot reject with 200.*300 to 699"),
        (lambda carrier: carrier.rejects(True), "cannot reject with True"),
        (lambda carrier: carrier.answers(after=60), "gives up after 60 s; never_answers"),
        (lambda carrier: carrier.no_answer(after=61), "comes too late"),
        (lambda carrier: carrier.hangs_up(after=-1), "not negative"),
    ],
)
def test_a_contradiction_is_explained_and_changes_nothing(fake: FakeVoipbin, script: Any, complaint: str) -> None:
    with pytest.raises(InvalidScript, match=complaint):
        script(fake.carrier())
    assert len(fake.state.carriers.get(fake.provider.id, ())) <= 1


def test_an_answer_before_the_ringing_has_no_ringing(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(after=1)
    call = placed(api, fake)
    fake.clock.advance(5)
    assert (call.status, call.tm_ringing) == ("progressing", None)


def test_there_is_no_carrier_of_an_unknown_provider(fake: FakeVoipbin) -> None:
    with pytest.raises(KeyError):
        fake.carrier("nobody")


# magic numbers

MAGIC_ENDS = {
    "80": "busy",
    "81": "no answer",
    "82": "dialout",
    "83": "refused",
    "84": "failed",
    "85": "failed",
    "86": "normal",
    "87": "timeout",
    "88": "no answer",
    "89": "timeout",
}


def test_every_magic_number_has_a_row() -> None:
    assert MAGIC_ENDS.keys() == MAGIC_NUMBERS.keys()


@pytest.mark.parametrize("area", ["202", "914"])
@pytest.mark.parametrize("digits", sorted(MAGIC_ENDS))
def test_a_magic_number_chooses_the_outcome(api: ProbeClient, fake: FakeVoipbin, digits: str, area: str) -> None:
    call = placed(api, fake, f"+1{area}55501{digits}")
    fake.clock.advance(3600)
    words = {"no answer": no_answer(fake), "refused": refused(fake)}
    assert end(call) == ("hangup", words.get(MAGIC_ENDS[digits], MAGIC_ENDS[digits]), "remote")


@pytest.mark.parametrize("number", ["+12025550143", "+12025550280", "+442079460080", "+12125551180"])
def test_any_other_number_answers(api: ProbeClient, fake: FakeVoipbin, number: str) -> None:
    call = placed(api, fake, number)
    fake.clock.advance(7)
    assert call.status == "progressing"


def test_a_script_comes_before_a_magic_number(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().rejects(404)
    call = placed(api, fake, "+12025550180")
    fake.clock.advance(7)
    assert call.hangup_reason == "failed"


# modes


def test_a_polling_client_comes_to_an_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = placed(api, fake, actions=[{"type": "talk", "option": {"text": "hello"}}])
    seen = [require_success(api.get(f"/calls/{call.id}")) for _ in range(6)]
    statuses = ["dialing", "ringing", "progressing", "progressing", "hangup", "hangup"]
    assert [one["status"] for one in seen] == statuses
    assert [one["action"].get("type") for one in seen] == [None, None, None, "talk", None, None]
    assert end(call) == ("hangup", "normal", "local")


def test_a_poll_moves_no_other_call_beyond_its_time(api: ProbeClient, fake: FakeVoipbin) -> None:
    silent, polled = placed(api, fake, "+12025550182"), placed(api, fake, "+12025550187")
    for _ in range(3):
        require_success(api.get(f"/calls/{polled.id}"))
    assert (silent.status, polled.status) == ("ringing", "progressing")
    require_success(api.get(f"/calls/{polled.id}"))
    assert (silent.hangup_reason, polled.hangup_reason) == ("dialout", "timeout")
    assert silent.tm_hangup is not None
    assert (silent.tm_hangup - silent.tm_create).total_seconds() == 60


def test_what_is_due_at_once_happens_once_and_in_the_order_in_which_the_calls_were_placed() -> None:
    fake = FakeVoipbin(clock=Clock(tick=timedelta(0)))
    destinations = [{"type": "tel", "target": f"+1202555{number:04}"} for number in range(140, 148)]
    record = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, destinations=destinations)
    fake.clock.advance(3600)
    for type in ("call_ringing", "call_progressing", "call_hangup"):
        assert [one.resource_id for one in fake.events if one.type == type] == record["call_ids"]


def test_lists_and_records_move_nothing(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place()
    for path in ("/calls", "/providercalls", f"/providercalls/{record['id']}") * 3:
        require_success(api.get(path))
    assert fake.calls[record["call_ids"][0]].status == "dialing"


def test_a_call_in_hand_moves_by_hand_but_for_the_timers(api: ProbeClient, fake: FakeVoipbin) -> None:
    ringing, talking = placed(api, fake), placed(api, fake)
    ringing.ring()
    talking.answer()
    for call in (ringing, talking) * 3:
        assert require_success(api.get(f"/calls/{call.id}"))["status"] == call.status
    fake.clock.advance(61)
    assert (end(ringing), talking.status) == (("hangup", "dialout", "remote"), "progressing")
    fake.clock.advance(3600)
    assert end(talking) == ("hangup", "timeout", "remote")


def test_in_manual_mode_carriers_do_nothing() -> None:
    fake = FakeVoipbin(lifecycle="manual")
    api = ProbeClient(FakeTarget(fake))
    call = placed(api, fake, "+12025550180")
    for _ in range(3):
        assert require_success(api.get(f"/calls/{call.id}"))["status"] == "dialing"
    fake.clock.advance(59)
    assert call.status == "dialing"
    fake.clock.advance(2)
    assert call.hangup_reason == "dialout"


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="no lifecycle 'wild'; known are manual, on_poll, realtime"):
        FakeVoipbin(lifecycle="wild")


def test_an_orphan_stays_as_it_is(fake: FakeVoipbin, api: ProbeClient) -> None:
    api.post("/providercalls", api.body(flow_id="0b1f6d16-9d1f-4a6d-8ea5-6f6b3d8b4a11"))
    (orphan,) = fake.calls.values()
    fake.clock.advance(7200)
    assert (orphan.status, orphan.invite) == ("dialing", None)


def test_what_is_to_come_is_part_of_a_snapshot(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = placed(api, fake).id
    fake.clock.advance(3)
    snapshot = fake.snapshot()
    ends = []
    for _ in range(2):
        assert fake.calls[id].status == "ringing"
        fake.clock.advance(3600)
        ends.append((end(fake.calls[id]), fake.calls[id].tm_hangup))
        fake.restore(snapshot)
    assert ends[0] == ends[1]
    assert ends[0][0] == ("hangup", "timeout", "remote")


# the INVITE


def test_the_invite(api: ProbeClient, fake: FakeVoipbin) -> None:
    headers = {"X-Trunk": "7", "Privacy": "none", "X-Bad": "a\r\nb", "Bad(": "x"}
    provider = fake.add_provider(
        hostname="sip.example", tech_prefix="99", tech_postfix="#", tech_headers=headers, codecs="PCMU,PCMA"
    )
    call = placed(api, fake, provider_id=provider.id, source={"type": "tel", "target": SOURCE, "target_name": "Ann"})
    invite = call.invite
    assert invite is not None
    applied = fake.edition.name != "server-2026-04"
    dialled = f"99{DESTINATION}#" if applied else DESTINATION
    assert invite.uri == f"sip:{dialled}@sip.example;transport=udp"
    assert (invite.from_name, invite.from_number) == ("Ann", SOURCE)
    own = {"X-Trunk": "7", "VBOUT-CODECS": "PCMU,PCMA"} if applied else {}
    assert invite.headers == {**own, "VBOUT-SDP_Transport": "RTP/AVP"}


@pytest.mark.parametrize("anonymous", ["yes", "no", "auto", ""])
def test_who_calls(api: ProbeClient, fake: FakeVoipbin, anonymous: str) -> None:
    invite = placed(api, fake, anonymous=anonymous).invite
    assert invite is not None
    if anonymous == "yes":
        assert (invite.from_name, invite.from_number) == ("Anonymous", "anonymous")
        assert invite.headers["P-Asserted-Identity"] == f"<tel:{SOURCE}>"
        assert invite.headers["Privacy"] == "id"
    else:
        assert invite.from_number == SOURCE
        assert not {"P-Asserted-Identity", "Privacy"} & invite.headers.keys()


def test_a_sip_destination_is_dialled_as_it_is(api: ProbeClient, fake: FakeVoipbin) -> None:
    sip = {"type": "sip", "target": "ann@pbx.example"}
    (id,) = api.place(destinations=[sip], anonymous="yes")["call_ids"]
    invite = fake.calls[id].invite
    assert invite is not None
    assert invite.uri == "sip:ann@pbx.example"
    assert "Privacy" not in invite.headers


def test_the_invite_stays_when_the_provider_changes(api: ProbeClient, fake: FakeVoipbin) -> None:
    provider = fake.add_provider(hostname="old.example")
    call = placed(api, fake, provider_id=provider.id)
    require_success(api.put(f"/providers/{provider.id}", {"hostname": "new.example"}))
    assert call.invite is not None
    assert "old.example" in call.invite.uri


# groupcalls (calls.md 5.4)


def test_of_an_agents_phones_the_first_that_answers_wins(api: ProbeClient, fake: FakeVoipbin) -> None:
    numbers = ("+12025550180", "+12025550143", "+12025550144")
    agent = fake.add_agent(addresses=[{"type": "tel", "target": number} for number in numbers])
    record = api.place(destinations=[{"type": "agent", "target": agent.id}], actions=[LONG])
    (groupcall,) = (fake.groupcalls[id] for id in record["groupcall_ids"])
    fake.clock.advance(7)
    calls = {fake.calls[id].destination.target: fake.calls[id] for id in groupcall.call_ids}
    busy, first, second = (calls[number] for number in numbers)
    assert groupcall.answer_call_id == first.id
    assert (end(busy)[1], first.status, groupcall.status) == ("busy", "progressing", "progressing")
    assert second.tm_progressing is None
    first.hangup()
    assert (end(second), end(first)) == (("hangup", "cancel", "local"), ("hangup", "normal", "remote"))
    assert (groupcall.status, groupcall.call_count) == ("hangup", 0)
    fake.assert_cost("0.01")

"""A call's ladder as text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin


def steps(text: str, id: str) -> list[str]:
    """Return the steps, with whole seconds, and ID for the call's id."""
    return [re.sub(r"^ *([0-9]+)\.[0-9]{3} s  ", r"\1 ", line).replace(id, "ID") for line in text.splitlines()[1:]]


def place_call(api: ProbeClient, fake: FakeVoipbin, number: str = "+12025550143", **fields: Any) -> str:
    """Place a call, and return its id."""
    destinations = [{"type": "tel", "target": number}]
    id: str = api.place(provider_id=fake.provider.id, destinations=destinations, **fields)["call_ids"][0]
    return id


def test_ladder_of_a_complete_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = place_call(api, fake, actions=[{"type": "talk", "option": {"text": "Good morning, this is a test."}}])
    for _ in range(5):
        api.get(f"/calls/{id}")
    api.get(f"/calls/{id}", as_="customer_admin")
    text = fake.ladder(id)
    assert text.splitlines()[0] == f"call {id} to +12025550143: hangup, normal (local)"
    status = "400" if fake.edition.name == "server-2026-04" else "403"
    assert steps(text, id) == [
        "0 client  -> VoIPbin  POST /v1.0/providercalls: 200  [PC-NEW-14]",
        '0 VoIPbin -> carrier  INVITE sip:+12025550143@sip.carrier.example;transport=udp, From "" <+12025550100>'
        "  [PC-NEW-21]",
        "0 client  -> VoIPbin  GET /v1.0/calls/ID: 200",
        "2 VoIPbin <- carrier  180 Ringing",
        "2 client  -> VoIPbin  GET /v1.0/calls/ID: 200",
        "6 VoIPbin <- carrier  200 OK  [BL-COST-01]",
        "6 client  -> VoIPbin  GET /v1.0/calls/ID: 200",
        '6 VoIPbin             action talk "Good morning, this is a test."  [AF-RUN-02]',
        "6 client  -> VoIPbin  GET /v1.0/calls/ID: 200",
        "7 VoIPbin             the flow completed  [AF-RUN-04]",
        "7 VoIPbin -> carrier  BYE  [CL-HUP-02]",
        "7 VoIPbin             billing: $0.01 for 1 s  [BL-COST-02]",
        "7 client  -> VoIPbin  GET /v1.0/calls/ID: 200",
        f"7 client  -> VoIPbin  GET /v1.0/calls/ID: {status}, refused  [CL-GET-03]",
    ]


@pytest.mark.parametrize(
    ("digits", "last"),
    [
        ("80", "4 VoIPbin <- carrier  486 Busy Here  [PC-TRB-04]"),
        ("82", "60 VoIPbin -> carrier  CANCEL  [CL-TIME-01]"),
        ("83", "0 VoIPbin <- carrier  403 Forbidden  [PC-TRB-03]"),
        ("87", "3600 VoIPbin             billing: $0.60 for 3594 s  [BL-COST-02]"),
        ("88", "4 VoIPbin <- carrier  603 Decline  [PC-TRB-04]"),
    ],
)
def test_last_step_shows_how_the_call_ended(api: ProbeClient, fake: FakeVoipbin, digits: str, last: str) -> None:
    id = place_call(api, fake, f"+120255501{digits}")
    fake.clock.advance(3601)
    assert steps(fake.ladder(id), id)[-1] == last


def test_hangup_before_the_answer_is_a_cancel(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = place_call(api, fake)
    api.post(f"/calls/{id}/hangup")
    api.get(f"/calls/{id}")
    assert "0 VoIPbin -> carrier  CANCEL  [CL-HUP-01]" in steps(fake.ladder(id), id)


def test_orphan_has_no_invite(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.post("/providercalls", api.body(flow_id="0b1f6d16-9d1f-4a6d-8ea5-6f6b3d8b4a11"))
    (orphan,) = fake.calls.values()
    assert "no INVITE: an orphan call has no channel" in fake.ladder(orphan)


def test_transcript_has_the_ladders_of_the_first_calls(api: ProbeClient, fake: FakeVoipbin) -> None:
    ids = [place_call(api, fake) for _ in range(5)]
    text = fake.transcript()
    assert [id for id in ids if f"call {id} to" in text] == ids[:3]
    assert text.endswith("and 2 more calls; ladder(id) shows each")


def test_unknown_call_has_no_ladder(fake: FakeVoipbin) -> None:
    with pytest.raises(KeyError):
        fake.ladder("unknown")


def test_each_action_is_one_step(api: ProbeClient, fake: FakeVoipbin) -> None:
    number = {"type": "tel", "target": "+12025550143"}
    connect = {"source": {"type": "tel", "target": "+12025550100"}, "destinations": [number]}
    actions = [{"type": "talk", "option": {"text": "hi"}}, {"type": "connect", "option": connect}]
    id = place_call(api, fake, actions=actions)
    fake.clock.advance(60)
    text = fake.ladder(id)
    assert (text.count("action talk"), text.count("action confbridge_join")) == (1, 1)


def test_ladder_of_a_later_call_begins_with_the_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    silent = {"type": "tel", "target": "+12025550182"}
    body = {
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [silent, silent],
        "ring_method": "linear",
    }
    groupcall = fake.groupcalls[api.post("/groupcalls", body).json()["id"]]
    fake.clock.advance(30)
    place_call(api, fake)
    fake.clock.advance(40)
    first = fake.ladder(groupcall.call_ids[1]).splitlines()[1]
    assert "POST /v1.0/groupcalls: 200" in first

"""Dial routes and failover: which carriers a call goes through, in which order, and what a test sees of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.contracts.rules.routing.routes import DEFAULT_CUSTOMER
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.ladder import ladder_steps
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call, Provider

from ..calls.placed_calls import APRIL, AUGUST, CALLEE, LONG, notes, outcome, place_call, post_calls

GERMAN = {"type": "tel", "target": "+4915112345678"}


def routed_call(api: ProbeClient, fake: FakeVoipbin, role: str = "super_admin", **fields: Any) -> Call:
    """Place a call by its routes, with a flow that does not complete."""
    fields.setdefault("actions", [LONG])
    placed = require_success(post_calls(api, "/calls", role, **fields))
    return fake.calls[placed["calls"][0]["id"]]


def add_carriers(fake: FakeVoipbin, *names: str) -> list[Provider]:
    return [fake.add_provider(name=name, hostname=f"{name}.example") for name in names]


def add_routes(fake: FakeVoipbin, providers: Iterable[Provider | str], **fields: Any) -> None:
    """Add routes that are tried in this order, in every edition: the newest route is the one with priority 1."""
    for priority, provider in reversed([*enumerate(providers, 1)]):
        fake.add_route(provider, priority=priority, **fields)


def tried(call: Call) -> list[str]:
    """Return the hosts to which the INVITEs of a call went."""
    return [invite.uri.partition("@")[2].partition(";")[0] for invite in call.invites]


def test_without_routes_a_call_takes_the_default_one(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = routed_call(api, fake)
    assert tried(call) == ["sip.carrier.example"]
    assert (call.provider_id, call.carrier_ids) == (NIL, (fake.provider.id,))
    assert fake.placed(provider=fake.provider) == [call]
    call.reject(503)
    assert outcome(call) == ("hangup", "failed", "remote")
    assert (len(call.invites), call.attempts) == (1, ())


def test_the_script_of_a_routes_carrier_applies(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().busy()
    call = routed_call(api, fake)
    fake.clock.advance(5)
    assert outcome(call) == ("hangup", "busy", "remote")


def test_a_failed_attempt_is_followed_by_the_next_route(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    fake.carrier(first).rejects(503, after=2)
    fake.carrier(second).answers(after=4)
    call = routed_call(api, fake)
    fake.clock.advance(3)
    assert (call.status, tried(call)) == ("dialing", ["first.example", "second.example"])
    fake.clock.advance(1.5)
    assert (call.status, call.sip) == ("ringing", 0)
    fake.clock.advance(2)
    assert call.status == "progressing"
    assert call.carrier_ids == (first.id, second.id)
    assert [one.sip for one in call.attempts] == [503]
    events = [event.type for event in fake.events if event.resource_id == call.id]
    assert events[:4] == ["call_created", "call_updated", "call_ringing", "call_progressing"]
    updated = next(event for event in fake.events if event.type == "call_updated")
    assert (updated.data["status"], updated.data.get("hangup_reason") or "") == ("dialing", "")


def test_the_ladder_shows_every_attempt(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    fake.carrier(first).never_answers()
    fake.carrier(second).rejects(404, after=1)
    fake.delete_route(next(iter(fake.routes)))
    call = routed_call(api, fake)
    fake.clock.advance(70)
    sender = f'From "" <{SOURCE["target"]}>'
    steps = [
        (step.event, step.rule, round(step.seconds_after(call.tm_create))) for step in ladder_steps(fake.world, call)
    ]
    assert steps[1:] == [
        (f"INVITE sip:{CALLEE}@first.example;transport=udp, {sender}", "", 0),
        ("180 Ringing", "", 2),
        ("CANCEL", "RT-FAIL-01", 60),
        (f"INVITE sip:{CALLEE}@second.example;transport=udp, {sender}", "", 60),
        ("404 Not Found", "PC-OBS-03", 61),
    ]


def test_a_trace_has_the_dialogue_of_the_last_attempt(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    call = routed_call(api, fake)
    call.ring()
    fake.clock.advance(2)
    call.reject(503)
    fake.clock.advance(1)
    call.answer()
    messages = require_success(api.get(f"/timelines/calls/{call.id}/sip-analysis"))["sip_messages"]
    assert [one["method"] for one in messages] == ["INVITE", "100", "200", "ACK"]
    assert messages[0]["raw"].startswith(f"INVITE sip:{CALLEE}@second.example;")
    capture = api.get(f"/timelines/calls/{call.id}/pcap").body
    assert [capture.count(text) for text in (b"first.example", b"INVITE sip:")] == [0, 1]


def test_each_attempt_has_a_dial_timeout_of_its_own(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    fake.delete_route(next(iter(fake.routes)))
    for carrier in (first, second):
        fake.carrier(carrier).never_answers()
    call = routed_call(api, fake)
    fake.clock.advance(119)
    rang = call.tm_ringing
    assert (call.status, len(call.invites)) == ("ringing", 2)
    fake.clock.advance(2)
    assert outcome(call) == ("hangup", "dialout", "remote")
    assert rang is not None and (rang - call.tm_create).total_seconds() < 3
    assert call.tm_hangup is not None and (call.tm_hangup - call.tm_create).total_seconds() == pytest.approx(120, abs=1)


REASONS = {401: "auth", 403: "auth", 404: True, 408: True, 480: False, 486: False, 500: True, 600: False, 603: False}
"""Whether a SIP response leads to the next route; `auth` where it is a failure, which it is in the documents only."""


@pytest.mark.parametrize(("sip", "expected"), REASONS.items())
def test_only_failures_lead_to_the_next_route(
    api: ProbeClient, fake: FakeVoipbin, sip: int, expected: bool | str
) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake)
    call.reject(sip)
    fails_over = fake.edition.auth_rejection_is_failed if expected == "auth" else expected
    assert (call.status == "dialing", len(call.invites)) == (fails_over, 2 if fails_over else 1)


@pytest.mark.parametrize("lifecycle", ["manual", "scheduled"])
def test_a_test_drives_a_call_through_its_routes(lifecycle: str) -> None:
    fake = FakeVoipbin("deployed", lifecycle=lifecycle)
    add_routes(fake, add_carriers(fake, "first", "second"))
    fake.delete_route(next(iter(fake.routes)))
    call = routed_call(ProbeClient(FakeTarget(fake)), fake)
    call.ring()
    call.reject(500)
    assert (call.status, tried(call)) == ("ringing", ["first.example", "second.example"])
    fake.clock.advance(50)
    assert call.status == "ringing", "the test controls the callee"
    call.reject(500)
    assert outcome(call) == ("hangup", "failed", "remote")


def test_the_test_still_controls_the_callee_after_a_dial_timeout(api: ProbeClient, fake: FakeVoipbin) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake)
    call.ring()
    fake.clock.advance(110)
    assert (call.status, tried(call)) == ("ringing", ["first.example", "second.example"])
    call.answer()
    assert call.status == "progressing"


def test_a_test_ends_a_call_whatever_its_routes(api: ProbeClient, fake: FakeVoipbin) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake)
    call.hangup("failed")
    assert (outcome(call), len(call.invites)) == (("hangup", "failed", "remote"), 1)


def test_a_call_that_is_cancelled_does_not_fail_over(api: ProbeClient, fake: FakeVoipbin) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake)
    require_success(api.post(f"/calls/{call.id}/hangup"))
    fake.clock.advance(120)
    assert (outcome(call), len(call.invites)) == (("hangup", "cancel", "local"), 1)


def test_a_forced_call_never_fails_over(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    for end in ("reject", "timeout"):
        call = place_call(api, fake, provider_id=first.id)
        if end == "reject":
            call.reject(503)
        else:
            call.ring()
            fake.clock.advance(61)
        assert (call.status, tried(call), call.dialroutes) == ("hangup", ["first.example"], ())


def test_a_sip_call_has_no_route(api: ProbeClient, fake: FakeVoipbin) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake, destinations=[{"type": "sip", "target": "ann@pbx.example"}])
    call.reject(503)
    assert (call.status, tried(call)) == ("hangup", ["pbx.example"])


def test_order_of_routes(api: ProbeClient, fake: FakeVoipbin) -> None:
    """Own before default ones, those for the country before those for all, each provider once."""
    us, own, germany, default = add_carriers(fake, "us", "own", "germany", "default")
    customer = fake.super_admin.customer_id
    fake.add_route(us, customer=customer, target="+1")
    for carrier in (own, us):
        fake.add_route(carrier, customer=customer)
    fake.add_route(germany, customer=customer, target="+49")
    for carrier in (default, own):
        fake.add_route(carrier)
    follow = fake.edition.default_routes_follow
    call = routed_call(api, fake)
    assert call.dialroutes == (us.id, own.id, *((default.id, fake.provider.id) if follow else ()))
    call = routed_call(api, fake, destinations=[GERMAN])
    assert call.dialroutes[:3] == (germany.id, us.id, own.id)
    other = routed_call(api, fake, "other_admin")
    assert other.dialroutes == (own.id, default.id, fake.provider.id)


def test_priority_decides_in_the_documents_only(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second, third = add_carriers(fake, "first", "second", "third")
    customer = fake.super_admin.customer_id
    for carrier, priority in ((first, 1), (third, 3), (second, 2)):
        fake.add_route(carrier, customer=customer, priority=priority)
    documented = (first.id, second.id, third.id)
    servers = (second.id, third.id, first.id, fake.provider.id)
    assert routed_call(api, fake).dialroutes == (documented if fake.edition.orders_routes_by_priority else servers)


def test_deleted_routes_are_not_taken(api: ProbeClient, fake: FakeVoipbin) -> None:
    (carrier,) = add_carriers(fake, "first")
    route = fake.add_route(carrier)
    fake.delete_route(route)
    assert routed_call(api, fake).dialroutes == (fake.provider.id,)


def test_a_deleted_provider_is_still_dialled(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.delete_provider(fake.provider)
    assert tried(routed_call(api, fake)) == ["sip.carrier.example"]


def test_a_call_without_a_route(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.delete_route(next(iter(fake.routes)))
    before = fake.clock.now()
    response = post_calls(api, "/calls")
    edition = fake.edition.name
    assert response.status == {"documented": 500, APRIL: 400, AUGUST: 503}[edition]
    waited = (fake.clock.now() - before).total_seconds()
    assert (waited > 2.9) is (edition != "documented")
    assert "no route is for it" in notes(fake)
    assert fake.placed() == []
    assert place_call(api, fake).carrier_id == fake.provider.id


def test_a_destination_without_a_route_is_dropped_among_others(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.delete_route(next(iter(fake.routes)))
    fake.add_route(fake.provider, target="+1")
    response = post_calls(api, "/calls", destinations=[DESTINATION, GERMAN, DESTINATION])
    assert response.status == {"documented": 200, APRIL: 400, AUGUST: 503}[fake.edition.name]
    assert len(fake.placed()) == (2 if fake.edition.name == "documented" else 1)


def test_a_call_by_an_unknown_provider_is_an_orphan(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.add_route(UNKNOWN_ID)
    assert post_calls(api, "/calls").status == (400 if fake.edition.name == APRIL else 500)
    assert "unknown provider" in notes(fake)
    (orphan,) = fake.placed()
    assert (orphan.orphan, orphan.status, orphan.invites) == (True, "dialing", ())


def test_failover_to_an_unknown_provider_ends_the_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    (carrier,) = add_carriers(fake, "first")
    add_routes(fake, [carrier, UNKNOWN_ID])
    call = routed_call(api, fake)
    call.reject(503)
    assert (outcome(call), tried(call)) == (("hangup", "failed", "remote"), ["first.example"])
    assert [event.type for event in fake.events if event.resource_id == call.id][-2:] == ["call_updated", "call_hangup"]


def test_calls_of_groupcalls_and_flows_take_routes(api: ProbeClient, fake: FakeVoipbin) -> None:
    first, second = add_carriers(fake, "first", "second")
    add_routes(fake, [first, second])
    body = {"source": SOURCE, "destinations": [DESTINATION], "actions": [LONG]}
    require_success(api.post("/groupcalls", body))
    connect = {"type": "connect", "option": {"source": SOURCE, "destinations": [DESTINATION]}}
    forced = place_call(api, fake, actions=[connect, LONG])
    fake.clock.advance(1)
    forced.answer()
    fake.clock.advance(1)
    others = [call for call in fake.calls.values() if call is not forced]
    assert [tried(call) for call in others] == [["first.example"], ["first.example"]]
    for call in others:
        call.reject(503)
        assert tried(call) == ["first.example", "second.example"]


@pytest.mark.parametrize(("early", "goes_on"), [(True, False), (False, True)])
def test_a_ringing_call_whose_flow_runs_early_does_not_fail_over(
    api: ProbeClient, fake: FakeVoipbin, early: bool, goes_on: bool
) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    option = {"source": SOURCE, "destinations": [DESTINATION], "actions": [LONG], "early_execution": early}
    forced = place_call(api, fake, actions=[{"type": "call", "option": option}, LONG])
    forced.answer()
    fake.clock.advance(1)
    (call,) = (one for one in fake.calls.values() if one is not forced)
    call.ring()
    call.reject(503)
    assert (call.status == "ringing") is goes_on


def test_a_snapshot_holds_the_routes_and_attempts(api: ProbeClient, fake: FakeVoipbin) -> None:
    add_routes(fake, add_carriers(fake, "first", "second"))
    call = routed_call(api, fake)
    call.reject(503)
    snapshot = fake.snapshot()
    fake.calls[call.id].reject(503)
    fake.restore(snapshot)
    assert (fake.calls[call.id].status, len(fake.calls[call.id].invites), len(fake.routes)) == ("dialing", 2, 3)


def test_the_default_route_takes_no_id_from_the_generator() -> None:
    used, unused = FakeVoipbin(seed=7), FakeVoipbin(seed=7)
    (route,) = used.routes.values()
    assert (route.customer_id, route.provider_id, route.target) == (DEFAULT_CUSTOMER, used.provider.id, "all")
    assert [*used.routes] == [*unused.routes] != [*FakeVoipbin(seed=8).routes]
    assert used.ids.uuid() == FakeVoipbin(seed=7).ids.uuid()

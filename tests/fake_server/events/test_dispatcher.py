"""The delivery of webhooks: order, time, retries, snapshots and summary."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.clock import START

from .inbox import CREATED, DESTINATION, URI, Inbox, customer_of, place_call


def seconds(fake: FakeVoipbin, *types: str) -> list[float]:
    """Return the times of the attempts for webhooks of some types, in whole seconds from the start."""
    return [(one.at - START) // timedelta(seconds=1) for one in fake.webhooks.deliveries if one.type in types]


WITH_AN_ACTION = [
    *CREATED,
    "call_ringing",
    "call_progressing",
    "activeflow_updated",
    "call_updated",
    "activeflow_updated",
    "activeflow_updated",
    "call_updated",
    "call_terminating",
    "call_hangup",
]


def test_webhooks_of_a_complete_call_are_in_order(fake: FakeVoipbin, inbox: Inbox) -> None:
    place_call(fake, actions=[{"type": "beep"}])
    fake.clock.advance(100)
    assert inbox.types == WITH_AN_ACTION
    assert inbox.types == [event.type for event in fake.events]
    assert {one.status for one in fake.webhooks.deliveries} == {200}


def test_webhooks_of_a_request_are_delivered_before_its_response(fake: FakeVoipbin, inbox: Inbox) -> None:
    place_call(fake)
    assert inbox.types == CREATED


def test_each_webhook_is_delivered_at_its_own_time(fake: FakeVoipbin) -> None:
    times = []
    fake.webhooks.send_to(lambda webhook: times.append((webhook.json()["type"], fake.clock.now())), URI)
    place_call(fake)
    fake.clock.advance(1000)
    at = {type: (time - START) // timedelta(seconds=1) for type, time in times}
    assert (at["call_created"], at["call_ringing"], at["call_progressing"]) == (0, 2, 6)
    assert [one.at for one in fake.webhooks.deliveries] == [time for _, time in times]


def test_webhooks_of_several_calls_are_in_the_order_of_time(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.carrier().answers(after=3, destination="+12025550144").answers(after=9)
    destinations = [DESTINATION, {"type": "tel", "target": "+12025550144"}]
    first, second = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, destinations=destinations)[
        "call_ids"
    ]
    fake.clock.advance(100)
    answered = [one.json()["data"]["id"] for one in inbox.webhooks if one.json()["type"] == "call_progressing"]
    assert answered == [second, first]


def test_polling_delivers_webhooks(fake: FakeVoipbin, inbox: Inbox) -> None:
    id, api = place_call(fake), ProbeClient(FakeTarget(fake))
    statuses = [require_success(api.get(f"/calls/{id}"))["status"] for _ in range(3)]
    assert statuses == ["dialing", "ringing", "progressing"]
    assert inbox.types[2:] == ["call_ringing", "call_progressing"]


def test_transition_by_the_test_is_delivered_at_once(fake: FakeVoipbin, inbox: Inbox) -> None:
    call = fake.calls[place_call(fake)]
    call.ring()
    assert inbox.types[-1] == "call_ringing"
    call.hangup("busy")
    assert "call_hangup" in inbox.types


def test_transition_by_a_request_is_delivered_at_once(fake: FakeVoipbin, inbox: Inbox) -> None:
    id, api = place_call(fake), ProbeClient(FakeTarget(fake))
    require_success(api.post(f"/calls/{id}/hangup"))
    assert inbox.types[-1] == "call_canceling"
    require_success(api.get(f"/calls/{id}"))
    require_success(api.delete(f"/calls/{id}"))
    assert inbox.types[-1] == "call_deleted"


FAILURES = [500, 503, 599, ConnectionError("gone")]


@pytest.mark.parametrize("result", FAILURES, ids=str)
def test_failed_delivery_is_attempted_three_times_a_second_apart(fake: FakeVoipbin, result: int | Exception) -> None:
    inbox = Inbox(result)
    fake.webhooks.send_to(inbox, URI)
    place_call(fake)
    assert inbox.types == CREATED
    fake.clock.advance(0.9)
    assert len(inbox.webhooks) == 2
    fake.clock.advance(0.2)
    assert len(inbox.webhooks) == 4
    fake.clock.advance(0.85)
    assert inbox.types == CREATED * 2
    fake.clock.advance(1000)
    attempts = [one.attempt for one in fake.webhooks.deliveries if one.type == "call_created"]
    assert attempts == [1, 2, 3]
    assert seconds(fake, "call_created") == [0, 1, 2]
    assert inbox.webhooks[0].body == inbox.webhooks[2].body
    assert not fake.webhooks.pending


@pytest.mark.parametrize("status", [200, 202, 204, 301, 304, 400, 404, 410, 429, 499])
def test_any_status_below_500_counts_as_delivered(fake: FakeVoipbin, status: int) -> None:
    inbox = Inbox(status)
    fake.webhooks.send_to(inbox, URI)
    place_call(fake)
    fake.clock.advance(1)
    assert [one.status for one in fake.webhooks.deliveries] == [status] * 2
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_later_attempt_can_succeed(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503, 503, 200), URI)
    place_call(fake)
    fake.clock.advance(1.5)
    attempts = [(one.type, one.attempt, one.status) for one in fake.webhooks.deliveries]
    first = "activeflow_created"
    assert attempts == [(first, 1, 503), ("call_created", 1, 503), (first, 2, 200), ("call_created", 2, 200)]


def test_error_is_recorded_as_one_line(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(AssertionError("one\ntwo")), URI)
    place_call(fake)
    attempt = fake.webhooks.deliveries[0]
    assert (attempt.error, attempt.status, attempt.delivered) == ("AssertionError: one", None, False)


def test_invalid_result_of_a_function_is_recorded(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: "thanks", URI)
    place_call(fake)
    assert fake.webhooks.deliveries[0].error == "TypeError: a receiver must return a status or None, not str"


def test_pytest_fail_in_a_receiver_fails_the_test(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: pytest.fail("stop here"), URI)
    with pytest.raises(pytest.fail.Exception, match="stop here"):
        place_call(fake)
    fake.webhooks.send_to(Inbox(), URI)
    fake.clock.advance(0)
    assert [one.status for one in fake.webhooks.deliveries] == [None, 200]


def test_snapshot_contains_the_pending_webhooks(fake: FakeVoipbin) -> None:
    inbox = Inbox(503, 503, 200)
    fake.webhooks.send_to(inbox, URI)
    place_call(fake)
    before = fake.snapshot()
    fake.clock.advance(1.5)
    after = [str(one) for one in fake.webhooks.deliveries]
    assert (fake.webhooks.pending, len(after)) == (0, 4)
    for _ in range(2):
        fake.restore(before)
        assert (fake.webhooks.pending, len(fake.webhooks.deliveries)) == (2, 2)
        fake.clock.advance(1.5)
        assert [str(one) for one in fake.webhooks.deliveries] == after


def test_reset_removes_receivers_and_faults(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.webhooks.faults.add("drop")
    place_call(fake)
    fake.reset()
    assert (list(fake.webhooks.deliveries), fake.webhooks.faults.pending) == ([], ())
    seen = len(inbox.webhooks)
    place_call(fake)
    customer_of(fake).webhook_uri = URI
    fake.clock.advance(100)
    assert len(inbox.webhooks) == seen
    assert fake.webhooks.deliveries[0].attempt == 0


def test_snapshot_can_be_restored_during_a_delivery(fake: FakeVoipbin) -> None:
    before = fake.snapshot()
    fake.webhooks.send_to(lambda webhook: fake.restore(before), URI)
    place_call(fake)
    assert not fake.webhooks.pending
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI)
    place_call(fake)
    assert inbox.types == CREATED


def test_transcript_has_a_summary_of_the_webhooks(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503, 200), f"{URI}?key=hunter2")
    place_call(fake)
    assert "webhooks: 1 delivered, 1 failed attempts, 1 pending\n" in fake.transcript()
    assert f"\n  activeflow_created to {URI}: 503" in fake.transcript()
    fake.clock.advance(1)
    assert fake.webhooks.summary().startswith("webhooks: 2 delivered, 1 failed attempts, 0 pending")
    assert "hunter2" not in fake.transcript()


def test_summary_lists_only_the_first_failures(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503), URI)
    place_call(fake)
    fake.clock.advance(100)
    lines = fake.webhooks.summary().splitlines()
    assert len(lines) == 7
    assert lines[-1] == "  and 22 more failed attempts"
    assert f"  activeflow_created to {URI}, attempt 2: 503" in lines


def test_no_secret_is_shown(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.webhooks.send_to(Inbox(ValueError("no")), f"{URI}?secret=hunter2")
    ProbeClient(FakeTarget(fake)).get("/customer")
    place_call(fake)
    shown = [fake.transcript(), fake.webhooks.summary(), repr(list(fake.webhooks.deliveries)), repr(customer_of(fake))]
    shown += [repr(one) for one in (*inbox.webhooks, *fake.events[:1])]
    assert customer_of(fake).webhook_secret not in "".join(shown)
    assert "hunter2" not in "".join(map(str, fake.webhooks.deliveries))


@given(st.lists(st.sampled_from(["ring", "answer", "hangup", "advance", "poll"]), max_size=8), st.integers(0, 3))
def test_every_event_is_delivered_once_and_in_order(operations: list[str], failures: int) -> None:
    """For any operations, if at most two attempts fail."""
    fake = FakeVoipbin()
    inbox = Inbox(*[503] * min(failures, 2), 200)
    fake.webhooks.send_to(inbox, URI)
    call, api = fake.calls[place_call(fake)], ProbeClient(FakeTarget(fake))
    for operation in operations:
        if operation == "advance":
            fake.clock.advance(1.5)
        elif operation == "poll":
            require_success(api.get(f"/calls/{call.id}"))
        elif operation == "hangup":
            require_success(api.post(f"/calls/{call.id}/hangup"))
        elif (operation, call.status) in (("ring", "dialing"), ("answer", "dialing"), ("answer", "ringing")):
            getattr(call, operation)()
    fake.clock.advance(5000)
    arrived = [one.event for one in fake.webhooks.deliveries if one.delivered]
    key = attrgetter("at", "type", "resource_id")
    assert sorted(map(key, arrived)) == sorted(map(key, fake.events))
    if not failures:
        assert arrived == list(fake.events)
    times = [one.at for one in fake.webhooks.deliveries]
    assert times == sorted(times)

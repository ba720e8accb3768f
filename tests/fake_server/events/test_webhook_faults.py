"""Webhook faults: webhooks that are dropped, duplicated, delayed or reordered."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.webhook_faults import TYPES, WebhookFault
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.clock import START

from .inbox import LIFE


def received_events(fake: FakeVoipbin, *faults: WebhookFault | dict[str, Any]) -> list[tuple[int, str]]:
    """Place a call with webhook faults. Return the webhooks that arrive, each with its time in whole seconds."""
    arrived: list[tuple[int, str]] = []

    def receive(webhook: Any) -> None:
        arrived.append(((fake.clock.now() - START) // timedelta(seconds=1), webhook.json()["type"]))

    fake.webhooks.send_to(receive, "https://client.example/hooks")
    for one in faults:
        fake.webhooks.faults.add(one) if isinstance(one, WebhookFault) else fake.webhooks.faults.add(**one)
    ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id)
    fake.clock.advance(1000)
    return arrived


def types(arrived: list[tuple[int, str]]) -> list[str]:
    """Return the types without the times."""
    return [type for _, type in arrived]


def test_all_webhooks_arrive_without_faults(fake: FakeVoipbin) -> None:
    assert types(received_events(fake)) == LIFE


def test_dropped_webhook_is_not_sent(fake: FakeVoipbin) -> None:
    arrived = received_events(fake, {"kind": "drop", "event": "call_hangup"})
    assert types(arrived) == LIFE[:-1]
    last = fake.webhooks.deliveries[-1]
    assert (last.type, last.attempt, last.status) == ("call_hangup", 0, None)
    assert str(last).endswith("call_hangup to https://client.example/hooks: dropped by a webhook fault")
    assert not fake.webhooks.faults.pending


def test_armed_faults_are_those_of_one_moment(fake: FakeVoipbin) -> None:
    assert fake.webhooks.faults.armed == ()
    fake.webhooks.faults.add("drop", "call_created", times=2)
    before = fake.webhooks.faults.armed
    fake.webhooks.send_to(lambda _: None, "https://client.example/hooks")
    ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id)
    assert [(one.seen, one.applied) for one in (*before, *fake.webhooks.faults.armed)] == [(0, 0), (1, 1)]


def test_nth_webhook_is_dropped(fake: FakeVoipbin) -> None:
    assert types(received_events(fake, {"kind": "drop", "nth": 3})) == [*LIFE[:2], *LIFE[3:]]
    assert types(received_events(fake, {"kind": "drop", "event": "activeflow_*", "nth": 2, "times": 2})) == [
        one for one in LIFE if one != "activeflow_updated"
    ]


def test_unlimited_fault_drops_all_webhooks_of_a_type(fake: FakeVoipbin) -> None:
    assert types(received_events(fake, {"kind": "drop", "event": "activeflow_*", "times": None})) == [
        one for one in LIFE if not one.startswith("activeflow_")
    ]
    assert len(fake.webhooks.faults.pending) == 1
    fake.webhooks.faults.clear()
    assert types(received_events(fake)) == LIFE


def test_webhook_is_duplicated(fake: FakeVoipbin) -> None:
    arrived = received_events(fake, {"kind": "duplicate", "event": "call_ringing"})
    assert types(arrived) == [*LIFE[:3], "call_ringing", *LIFE[3:]]
    twice = [one for one in fake.webhooks.deliveries if one.type == "call_ringing"]
    assert twice[0].event is twice[1].event


def test_duplicate_can_be_delayed(fake: FakeVoipbin) -> None:
    arrived = received_events(fake, {"kind": "duplicate", "event": "call_ringing", "seconds": 60})
    assert types(arrived) == [*LIFE, "call_ringing"]
    assert arrived[-1] == (62, "call_ringing")


def test_webhook_is_delayed(fake: FakeVoipbin) -> None:
    arrived = received_events(fake, {"kind": "delay", "event": "call_ringing", "seconds": 30})
    assert types(arrived) == [*LIFE[:2], *LIFE[3:], "call_ringing"]
    assert arrived[-1] == (32, "call_ringing")


def test_delayed_webhook_shows_the_call_as_it_was(fake: FakeVoipbin) -> None:
    received_events(fake, {"kind": "delay", "event": "call_ringing", "seconds": 30})
    event = fake.webhooks.deliveries[-1].event
    assert event is not None
    assert event.data["status"] == "ringing"


def test_jitter_is_determined_by_the_seed() -> None:
    jitter = {"kind": "jitter", "times": None, "seconds": 60}
    orders = {seed: types(received_events(FakeVoipbin(seed=seed), jitter)) for seed in range(5)}
    for seed, order in orders.items():
        assert sorted(order) == sorted(LIFE)
        assert types(received_events(FakeVoipbin(seed=seed), jitter)) == order
    assert len({tuple(order) for order in orders.values()}) > 1
    assert LIFE not in orders.values()


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0), (0.25, 15), (0.75, 45)])
def test_jitter_delays_by_a_part_of_its_seconds(chance: float, seconds: float) -> None:
    later = WebhookFault("jitter", seconds=60).apply_to([START], lambda: chance)
    assert later == [START + timedelta(seconds=seconds)]


def test_several_faults_apply_to_one_webhook_in_order(fake: FakeVoipbin) -> None:
    duplicate, delay = (
        {"kind": "duplicate", "event": "call_ringing"},
        {"kind": "delay", "event": "call_*ing", "seconds": 60},
    )
    assert received_events(fake, duplicate, delay)[-2:] == [(62, "call_ringing"), (62, "call_ringing")]
    fake.reset()
    drop = {"kind": "drop", "event": "call_ringing"}
    assert "call_ringing" not in types(received_events(fake, duplicate, drop))


def test_webhook_of_a_flow_can_be_dropped(fake: FakeVoipbin) -> None:
    fake.webhooks.mount("https://client.example", lambda webhook: None)
    fake.webhooks.faults.add("drop", "webhook_send")
    for _ in range(2):
        fake.webhooks.send(fake.super_admin.customer_id, "https://client.example", "POST", "", "{}")
    assert [one.status for one in fake.webhooks.deliveries] == [None, 200]


def test_delayed_webhook_waits_for_the_clock(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: None, "https://client.example/hooks")
    fake.webhooks.faults.add("delay", times=None, seconds=5)
    ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id)
    fake.webhooks.deliver()
    assert (fake.webhooks.pending, fake.webhooks.due, list(fake.webhooks.deliveries)) == (2, False, [])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "loose"}, "unknown webhook fault 'loose'; expected one of delay, drop, duplicate, jitter"),
        ({"kind": []}, "unknown webhook fault []"),
        (
            {"kind": "drop", "event": "call_hungup"},
            "unknown webhook type 'call_hungup' (did you mean 'call_hangup'?)",
        ),
        ({"kind": "drop", "event": "x"}, "unknown webhook type 'x'; expected one of activeflow_"),
        ({"kind": "drop", "event": None}, "unknown webhook type None"),
        ({"kind": "drop", "nth": 0}, "nth=0 is not a whole number from 1"),
        ({"kind": "drop", "nth": True}, "nth=True is not a whole number from 1"),
        ({"kind": "drop", "times": 0}, "times=0 is not a whole number from 1"),
        ({"kind": "drop", "seconds": 1}, "drop does not accept seconds"),
        ({"kind": "delay"}, "delay needs seconds="),
        ({"kind": "jitter"}, "jitter needs seconds="),
        ({"kind": "delay", "seconds": -1}, "seconds=-1 is not a number of seconds"),
        ({"kind": "delay", "seconds": float("inf")}, "seconds=inf is not"),
        ({"kind": "delay", "seconds": "1"}, "seconds='1' is not"),
    ],
)
def test_invalid_fault_is_explained(fields: dict[str, Any], message: str) -> None:
    fake = FakeVoipbin()
    with pytest.raises(ValueError, match=re.escape(message)):
        fake.webhooks.faults.add(**fields)
    assert fake.webhooks.faults.pending == ()


@st.composite
def valid_faults(draw: st.DrawFn) -> WebhookFault:
    kind = draw(st.sampled_from(["drop", "duplicate", "delay", "jitter"]))
    event, nth = draw(st.sampled_from(["*", "call_*", "activeflow_*", *TYPES])), draw(st.integers(1, 4))
    times = draw(st.none() | st.integers(1, 4))
    return WebhookFault(kind, event, nth, times, None if kind == "drop" else draw(st.floats(0, 100)))


def expected(chosen: list[WebhookFault]) -> Counter[str]:
    """Return how often each type arrives, by an independent calculation for each event."""
    seen, found = Counter[int](), Counter[str]()
    for type in LIFE:
        copies = 1
        for number, one in enumerate(chosen):
            if not fnmatchcase(type, one.event):
                continue
            seen[number] += 1
            applies = seen[number] >= one.nth and (one.times is None or seen[number] < one.nth + one.times)
            copies *= {"drop": 0, "duplicate": 2}.get(one.kind, 1) if applies else 1
        found[type] += copies
    return +found


@given(st.lists(valid_faults(), max_size=4), st.integers(0, 5))
def test_number_of_webhooks_and_their_reproduction(chosen: list[WebhookFault], seed: int) -> None:
    fake = FakeVoipbin(seed=seed)
    arrived = received_events(fake, *chosen)
    assert Counter(types(arrived)) == expected(chosen)
    assert received_events(FakeVoipbin(seed=seed), *chosen) == arrived


@given(st.lists(valid_faults(), max_size=3))
def test_snapshot_contains_the_faults(chosen: list[WebhookFault]) -> None:
    fake = FakeVoipbin()
    fake.webhooks.send_to(lambda webhook: None, "https://client.example/hooks")
    for one in chosen:
        fake.webhooks.faults.add(one)
    ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id)
    before = fake.snapshot()
    fake.clock.advance(1000)
    after = [(one.at, str(one)) for one in fake.webhooks.deliveries]
    fake.restore(before)
    fake.clock.advance(1000)
    assert [(one.at, str(one)) for one in fake.webhooks.deliveries] == after

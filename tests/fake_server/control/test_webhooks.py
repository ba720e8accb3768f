"""Webhooks in the control API: deliveries, webhooks that were not sent, pending ones, receivers and faults."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.fake_server.events.webhook_faults import WebhookFault

from .conftest import ControlHarness

URI = "https://user:pass@client.example/hooks?token=secret"


def with_webhooks(*results: int, uri: str = URI) -> ControlHarness:
    """Return a fake whose receiver returns these statuses in turn, and 200 from then on."""
    harness, left = ControlHarness("manual"), list(results)
    harness.fake.webhooks.send_to(lambda _: left.pop(0) if left else 200, uri)
    return harness


def test_deliveries_have_their_outcome_and_their_body() -> None:
    harness = with_webhooks(500, 404)
    (call_id,) = harness.place()
    harness("POST", "/clock/advance", {"seconds": 5})
    found = harness("GET", "/webhooks/deliveries")
    assert [(one["number"], one["type"], one["attempt"], one["status"], one["delivered"]) for one in found] == [
        (1, "activeflow_created", 1, 500, False),
        (2, "call_created", 1, 404, True),
        (3, "activeflow_created", 2, 200, True),
    ]
    assert found[1]["resource_id"] == call_id
    assert json.loads(found[1]["body"])["data"]["id"] == call_id
    assert harness("GET", "/webhooks/deliveries?after=1&limit=1") == [found[1]]


def test_the_summary_counts_each_outcome_and_has_the_newest_deliveries_first() -> None:
    harness = with_webhooks(500)
    harness.place()
    shown = harness("GET", "/webhooks?limit=1")
    assert [shown[name] for name in ("delivered", "failed", "undeliverable", "pending", "due")] == [1, 1, 0, 1, 0]
    assert [(one["number"], one["type"], one["body"]) for one in shown["deliveries"]] == [(2, "call_created", "")]
    assert [(one["type"], one["attempt"]) for one in shown["queue"]] == [("activeflow_created", 2)]
    assert harness("GET", "/webhooks/pending") == shown["queue"]
    assert harness("GET", "/overview")["webhooks"] == harness("GET", "/webhooks?limit=50")


def test_a_webhook_that_was_not_sent_states_the_reason() -> None:
    harness = with_webhooks()
    harness.fake.webhooks._customer(None).webhook_uri = "https://elsewhere.example/"
    harness("POST", "/webhooks/faults", {"kind": "drop", "event": "call_created"})
    harness.place()
    first, second = harness("GET", "/webhooks/deliveries")
    assert "no receiver is mounted at https://elsewhere.example" in first["error"]
    assert second["error"] == "dropped by a webhook fault"
    assert [(one["attempt"], one["status"], one["delivered"]) for one in (first, second)] == [(0, None, False)] * 2
    assert harness("GET", "/webhooks")["undeliverable"] == 2


def test_a_mounted_receiver_gets_the_next_webhooks() -> None:
    harness = with_webhooks()
    harness.fake.webhooks._customer(None).webhook_uri = "https://elsewhere.example/"
    # Nothing listens there: the attempt fails, and is no longer undeliverable.
    body = {"uri": "https://elsewhere.example", "server": "http://127.0.0.1:9"}
    assert harness("POST", "/webhooks/receivers", body) is None
    harness.place()
    assert {one["attempt"] for one in harness("GET", "/webhooks/deliveries")} == {1}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"uri": "https://client.example", "server": "https://other.example"}, "a server on this machine"),
        ({"uri": "client.example", "server": "http://127.0.0.1:9"}, "is not a webhook URL"),
        ({"uri": "https://client.example"}, "server: is missing"),
    ],
)
def test_an_invalid_receiver_is_explained(harness: ControlHarness, body: Any, expected: str) -> None:
    status, reason, message = harness("POST", "/webhooks/receivers", body)
    assert (status, reason) == (400, "BAD_REQUEST") and expected in message


def test_a_webhook_fault_applies_and_is_cleared() -> None:
    harness = with_webhooks()
    (armed,) = harness("POST", "/webhooks/faults", {"kind": "delay", "event": "call_*", "seconds": 60, "times": 2})
    assert armed == {
        "fault": {"kind": "delay", "event": "call_*", "seconds": 60, "times": 2},
        "description": "delay: the webhook is sent 60 s later",
        "seen": 0,
        "applied": 0,
    }
    harness.place()
    assert harness("GET", "/webhooks/faults") == [{**armed, "seen": 1, "applied": 1}]
    assert [one["type"] for one in harness("GET", "/webhooks/pending")] == ["call_created"]
    assert harness("DELETE", "/webhooks/faults") is None
    assert harness("GET", "/webhooks/faults") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"kind": "dropp"},
            "unknown webhook fault 'dropp' (did you mean 'drop'?); expected one of delay, drop, duplicate, jitter",
        ),
        ({"kind": ["drop"]}, "unknown webhook fault"),
        ({"event": "call_hangup"}, "requires a kind"),
        ({"kind": "drop", "type": "call_hangup"}, "has no field 'type'"),
        ({"kind": "drop", "event": "call_hangupp"}, "did you mean 'call_hangup'?"),
        ({"kind": "drop", "event": 1}, "unknown webhook type 1"),
        ({"kind": "delay"}, "delay needs seconds"),
        ({"kind": "drop", "nth": 0}, "nth=0 is not a whole number from 1"),
        ([], "should be a mapping"),
    ],
)
def test_an_invalid_webhook_fault_is_explained(harness: ControlHarness, body: Any, expected: str) -> None:
    status, _, message = harness("POST", "/webhooks/faults", body)
    assert status == 400 and expected in message
    assert harness.fake.webhooks.faults.pending == ()


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (WebhookFault("drop"), "drop: the webhook is never sent"),
        (WebhookFault("duplicate"), "duplicate: the webhook is sent again, at once"),
        (WebhookFault("duplicate", seconds=3), "duplicate: the webhook is sent again, 3 s later"),
        (WebhookFault("jitter", seconds=0.5, nth=2, times=None), "jitter: the webhook is sent up to 0.5 s later"),
    ],
)
def test_a_webhook_fault_is_data_and_text(fault: WebhookFault, text: str) -> None:
    assert WebhookFault.from_dict(json.loads(json.dumps(fault.to_dict()))) == fault
    assert str(fault) == text


def test_webhooks_contain_no_credentials() -> None:
    harness = with_webhooks(500)
    actions = [
        {
            "type": "webhook_send",
            "option": {"uri": URI, "method": "POST", "data_type": "application/json", "data": "{}"},
        }
    ]
    flow = harness.fake.add_flow(actions)
    body = {
        "provider_id": harness.fake.provider.id,
        "flow_id": flow.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    (call_id,) = harness.post("/providercalls", body).json()["call_ids"]
    harness("POST", f"/calls/{call_id}/answer")
    harness("POST", "/clock/advance", {"seconds": 5})
    everything = json.dumps([harness("GET", f"/webhooks{path}") for path in ("", "/deliveries", "/pending")])
    assert "webhook_send" in everything
    assert "secret" not in everything and "user:pass" not in everything


def test_a_reset_and_a_snapshot_include_the_webhooks() -> None:
    harness = with_webhooks()
    harness.place()
    snapshot = harness("POST", "/snapshots")
    before = harness("GET", "/webhooks")
    harness("POST", "/reset")
    assert harness("GET", "/webhooks")["deliveries"] == []
    harness("POST", f"/snapshots/{snapshot['id']}/restore")
    assert harness("GET", "/webhooks") == before

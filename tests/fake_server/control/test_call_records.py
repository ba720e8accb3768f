"""What the control API shows of calls and around them: recordings, INVITEs, WebSockets."""

from __future__ import annotations

import json

from pytest_providercalls.contracts.probes import DESTINATION, ProbeClient
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .conftest import ControlHarness


def test_recordings_are_seeded_and_listed_newest_first(harness: ControlHarness) -> None:
    harness(
        "POST", "/seed", {"recordings": [{"duration": 60}, {"status": "recording", "duration": 1, "deleted": True}]}
    )
    newest, first = harness("GET", "/recordings")
    assert (newest["status"], first["status"]) == ("recording", "ended")
    assert (newest["tm_end"], first["tm_delete"]) == (None, None)
    assert newest["tm_delete"]


def test_a_call_has_the_invite_of_each_attempt(harness: ControlHarness) -> None:
    fake = harness.fake
    flaky = fake.add_provider(name="flaky", hostname="sip.flaky.example")
    fake.carrier(flaky).unreachable()
    fake.add_route(flaky)
    source = {"type": "tel", "target": "+12025550100"}
    id = harness.post("/calls", {"source": source, "destinations": [DESTINATION]}).json()["calls"][0]["id"]
    harness("POST", "/clock/advance", {"seconds": 60})
    call = harness("GET", f"/calls/{id}")
    hosts = [invite["uri"].partition("@")[2].partition(";")[0] for invite in call["invites"]]
    assert hosts == ["sip.flaky.example", "sip.carrier.example"]
    assert call["invite"] == call["invites"][-1]


def test_an_overview_has_the_websockets_and_their_messages(harness: ControlHarness) -> None:
    target = FakeTarget(harness.fake)
    customer = harness.fake.super_admin.customer_id
    for topic in ("call", "activeflow"):
        socket = ProbeClient(target).open_websocket()
        socket.send(json.dumps({"type": "subscribe", "topics": [f"customer_id:{customer}:{topic}"]}))
    socket.close()
    harness.place()
    found = harness("GET", "/overview")["websockets"]
    assert (found["opened"], found["open"], found["sent"], found["pending"]) == (2, 1, len(found["messages"]), 0)
    closed, opened = found["connections"]
    assert (closed["close_code"], closed["closed_because"]) == (1000, "the client closed it")
    assert (opened["topics"], opened["closed_because"]) == ([f"customer_id:{customer}:call"], "")
    oldest = found["messages"][-1]
    assert (oldest["websocket"], oldest["number"], oldest["type"]) == (1, 1, "call_created")
    assert oldest["topic"].startswith(f"customer_id:{customer}:call:")

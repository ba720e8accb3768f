"""Which events a client receives: their form and number in each edition, their order, and whose they are."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.dispatcher import SYSTEM

from .conftest import Place, connect, events, send, types

OF_A_CALL = ("call_created", "call_ringing", "call_progressing", "call_updated", "call_terminating", "call_hangup")


def topic(fake: FakeVoipbin, *rest: str) -> str:
    return ":".join(["customer_id", fake.super_admin.customer_id, *rest])


def post(fake: FakeVoipbin, path: str, body: dict[str, Any]) -> Any:
    target = f"/v1.0{path}?token={fake.super_admin.token}"
    return fake.handle(Request("POST", target, (), json.dumps(body).encode())).json()


def test_the_events_of_a_call_in_the_order_in_which_they_happen(place: Place) -> None:
    fake = FakeVoipbin()
    socket = connect(fake, None, topic(fake, "call"))
    received: list[Any] = []
    fake.webhooks.send_to(lambda webhook: received.append(webhook.json()), "https://client.example/hooks")
    id = place(fake)
    assert types(socket) == ["call_created"]
    fake.clock.advance(60)
    found = events(socket)
    assert ["call_created", *(one["type"] for one in found)] == list(OF_A_CALL)
    assert {one["data"]["id"] for one in found} == {id}
    # The same bodies as those of the webhooks.
    assert found == [one for one in received if one["type"] in OF_A_CALL[1:]]
    times = [message.at for message in fake.websockets[0].messages]
    assert times == sorted(times) and times[-1] > times[0]


def test_no_webhook_uri_is_needed(fake: FakeVoipbin, place: Place) -> None:
    assert fake.state.customers[fake.super_admin.customer_id].webhook_uri == ""
    socket = connect(fake, None, topic(fake, "call"))
    place(fake)
    assert socket.received() != []


@pytest.mark.parametrize(
    ("edition", "counts"),
    [
        ("documented", {"": 1, ":call": 1, ":call:": 1, ":call:{id}": 1, ":call:call_created": 0, ":webhook": 0}),
        ("server-2026-04", {"": 2, ":call": 1, ":call:": 1, ":call:{id}": 1, ":call:call_created": 0, ":webhook": 1}),
        ("server-2026-08", {"": 2, ":call": 2, ":call:": 2, ":call:{id}": 1, ":call:call_created": 1, ":webhook": 0}),
    ],
)
def test_how_often_an_event_arrives(edition: str, counts: dict[str, int], place: Place) -> None:
    fake = FakeVoipbin(edition)
    # The ids come from the seed, so that of the first call is known.
    id = place(FakeVoipbin(edition))
    sockets = {name: connect(fake, None, topic(fake) + name.format(id=id)) for name in counts}
    assert place(fake) == id
    found = {name: Counter(socket.received()) for name, socket in sockets.items()}
    created = {name: max(texts.values(), default=0) for name, texts in found.items()}
    assert created == counts
    sent = [message.topic for message in fake.websockets[0].messages if message.type == "call_created"]
    assert sent == sorted(set(sent), key=sent.index)


def test_several_matching_topics_of_one_connection_are_one(place: Place) -> None:
    fake = FakeVoipbin()
    socket = connect(fake, None, topic(fake), topic(fake, "call"), "customer_id", "")
    place(fake)
    assert types(socket).count("call_created") == 1


def test_an_event_is_the_resource_alone_on_the_newest_servers(place: Place) -> None:
    fake = FakeVoipbin("server-2026-08")
    socket = connect(fake, None, topic(fake, "call", "call_created"))
    id = place(fake)
    (event,) = events(socket)
    shown = fake.handle(Request("GET", f"/v1.0/calls/{id}?token={fake.super_admin.token}")).json()
    assert event.keys() == shown.keys()
    assert (event["id"], event["status"]) == (id, "dialing")


def test_another_customers_events_never_arrive(fake: FakeVoipbin, place: Place) -> None:
    admin = fake.customer_admin
    socket = connect(fake, admin, f"customer_id:{admin.customer_id}", f"agent_id:{admin.id}")
    place(fake)
    fake.clock.advance(60)
    assert socket.received() == []


def test_the_platforms_own_customer_has_no_events(fake: FakeVoipbin) -> None:
    from pytest_providercalls.fake_server.world.records import Activeflow

    socket = connect(fake, None, "customer_id", f"customer_id:{SYSTEM}")
    activeflow = Activeflow(id="x", tm_create=fake.clock.now(), customer_id=SYSTEM, flow_id=NIL)
    fake.world.emit("activeflow_created", activeflow)
    assert socket.received() == []


def test_an_unsubscribe_of_another_topic_stops_events_on_the_newest_servers(place: Place) -> None:
    fake = FakeVoipbin("server-2026-08")
    first, second = connect(fake, None, topic(fake, "call")), connect(fake)
    send(second, "unsubscribe", topic(fake, "message"))
    assert "the servers count it" in fake.requests[-1].notes[0]
    place(fake)
    # The unsubscribe of one client has unbound the queue of another one.
    assert first.received() == []
    send(first, "subscribe", topic(fake, "call"))
    place(fake)
    assert first.received() != []


def test_a_connection_that_ends_no_longer_counts(place: Place) -> None:
    fake = FakeVoipbin("server-2026-08")
    first = connect(fake, None, topic(fake, "call"), topic(fake, "call"))
    watching = connect(fake, None, "customer_id")
    place(fake)
    assert watching.received() != []
    first.close()
    place(fake)
    # Without the first connection, no scope of a customer is bound: "customer_id" alone names none.
    assert watching.received() == []


def test_a_call_of_an_agent_arrives_once_for_each_bound_scope(place: Place) -> None:
    fake = FakeVoipbin("server-2026-08")
    me = fake.super_admin
    address = dict(fake.state.agents[me.id].addresses[0]._asdict())
    socket = connect(fake, None, f"agent_id:{me.id}:call:call_created")
    place(fake, destinations=[address])
    assert len(socket.received()) == 1
    connect(fake, None, topic(fake, "call"))
    place(fake, destinations=[address])
    # The gateway now receives the event twice: for the agent, and for the customer.
    assert len(socket.received()) == 2


@pytest.mark.parametrize(
    ("data", "arrives"),
    [
        ('{"type":"order_paid","data":{"customer_id":"{customer}","id":"{customer}","total":1}}', True),
        ('{"type":"order_paid","data":{"customer_id":"nope"}}', False),
        ('{"type":"paid","data":{"customer_id":"{customer}"}}', False),
        ('{"type":"order_paid","data":[]}', False),
        ('["order_paid"]', False),
        ("not JSON", False),
    ],
)
def test_what_a_flow_sends_may_look_like_an_event(fake: FakeVoipbin, data: str, arrives: bool) -> None:
    customer = fake.super_admin.customer_id
    socket = connect(fake, None, topic(fake, "order"))
    option = {"uri": "https://client.example/", "method": "POST", "data": data.replace("{customer}", customer)}
    post(fake, "/activeflows", {"actions": [{"type": "webhook_send", "option": option}, {"type": "block"}]})
    fake.clock.advance(1)
    found = events(socket)
    assert bool(found) is arrives
    if arrives:
        body = found[0] if fake.edition.wraps_websocket_events else {"type": "order_paid", "data": found[0]}
        assert body["data"]["total"] == 1


def test_the_same_seed_sends_the_same_bytes(fake: FakeVoipbin, place: Place) -> None:
    def run() -> list[str]:
        again = FakeVoipbin(fake.edition.name)
        socket = connect(again, None, topic(again))
        place(again)
        again.clock.advance(60)
        return socket.received()

    first = run()
    assert first == run()
    assert first


def test_events_do_not_change_the_ids_of_later_records(fake: FakeVoipbin, place: Place) -> None:
    other = FakeVoipbin(fake.edition.name)
    connect(other, None, topic(other))
    assert [place(fake), place(fake)] == [place(other), place(other)]


def test_a_fake_on_real_time_sends_what_is_due_when_a_client_writes(place: Place) -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    socket = connect(fake, None, topic(fake, "call"))
    place(fake)
    before = fake.clock.now()
    send(socket, "subscribe")
    assert fake.clock.now() > before
    assert types(socket)[0] == "call_created"


# resets and snapshots


def test_a_reset_closes_all_and_forgets_them(fake: FakeVoipbin, place: Place) -> None:
    socket = connect(fake, None, topic(fake))
    fake.websockets.faults.add("delay", seconds=5)
    place(fake)
    fake.reset()
    assert (socket.close_code, len(fake.websockets), fake.websockets.pending) == (1012, 0, 0)
    assert fake.websockets.faults.pending == ()
    fake.clock.advance(60)
    new = connect(fake, None, topic(fake))
    assert (fake.websockets[0].number, new.close_code) == (1, None)


def test_a_snapshot_keeps_the_connections_that_existed(fake: FakeVoipbin, place: Place) -> None:
    first = connect(fake, None, topic(fake, "call"))
    moment = fake.snapshot()
    second = connect(fake, None, topic(fake, "call"))
    fake.restore(moment)
    assert (first.close_code, second.close_code, len(fake.websockets)) == (None, 1012, 1)
    place(fake)
    assert first.received() != []
    assert second.received() == []
    # Scopes of the closed connection are no longer counted.
    first.close()
    fake.restore(moment)
    assert len(fake.websockets) == 1


def test_a_fake_without_websockets_imports_nothing_for_them() -> None:
    import subprocess
    import sys

    program = """
import sys
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
fake = FakeVoipbin()
fake.handle(Request("GET", "/v1.0/calls"))
fake.reset()
fake.restore(fake.snapshot())
fake.transcript()
fake.close_websockets(1001, "")
print([name for name in sys.modules if "websocket" in name and not name.endswith("websocket_owner")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_test_and_a_server_that_are_the_first_get_the_same_websockets(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from pytest_providercalls.fake_server.websockets import hub

    class Slow(hub.WebSockets):
        def __init__(self, world: Any) -> None:
            time.sleep(0.02)
            super().__init__(world)

    monkeypatch.setattr(hub, "WebSockets", Slow)
    fake = FakeVoipbin()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: fake.websockets, range(4)))
    assert {id(one) for one in found} == {id(fake.websockets)}

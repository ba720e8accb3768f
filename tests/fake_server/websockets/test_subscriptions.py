"""What clients send: who may subscribe to which topics, what is ignored, and what closes the connection."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeSocket

from .conftest import Place, connect, events, send, types

USERS = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
TOPICS = {
    "own customer": "customer_id:{customer}",
    "own calls": "customer_id:{customer}:call",
    "one call": "customer_id:{customer}:call:f1f2f3f4-0000-4000-8000-00000000dead",
    "own agent": "agent_id:{agent}:call",
    "other customer": "customer_id:{other}:call",
    "other agent": "agent_id:{other}",
    "upper case": "customer_id:{CUSTOMER}:call",
    "no scope": "call:{customer}",
    "no id": "customer_id",
    "nil": "customer_id:00000000-0000-0000-0000-000000000000",
    "no uuid": "customer_id:*:call",
    "empty": "",
}
OWN = {"own customer", "own calls", "one call", "upper case"}
PERMITTED = {
    "super_admin": set(TOPICS),
    "customer_admin": OWN | {"own agent"},
    "customer_manager": OWN | {"own agent"},
    "customer_agent": {"own agent"},
}


@pytest.mark.parametrize("user", USERS)
def test_who_may_use_which_topic(fake: FakeVoipbin, user: str) -> None:
    who = getattr(fake, user)
    names = {"customer": who.customer_id, "CUSTOMER": who.customer_id.upper(), "agent": who.id, "other": "f" * 32}
    for type in ("subscribe", "unsubscribe"):
        permitted = set()
        for name, topic in TOPICS.items():
            socket = connect(fake, who)
            send(socket, type, topic.format(**names))
            assert (socket.close_code, fake.requests[-1].status) in ((None, 0), (1006, 1006))
            permitted |= {name} if socket.close_code is None else set()
        assert permitted == PERMITTED[user]


def test_an_access_key_is_a_customer_admin_and_no_agent(fake: FakeVoipbin) -> None:
    agent, admin = fake.customer_agent, fake.super_admin
    key = agent.accesskey
    assert connect(fake, None, f"customer_id:{agent.customer_id}:call", accesskey=key).close_code is None
    assert connect(fake, None, f"agent_id:{agent.id}", accesskey=key).close_code == 1006
    # Only in the documents does a super-admin's key have the super-admin's permission.
    other = connect(fake, None, f"customer_id:{agent.customer_id}", accesskey=admin.accesskey).close_code
    assert other == (None if fake.edition.accesskeys_inherit_permission else 1006)


def test_one_topic_that_is_not_permitted_refuses_all(fake: FakeVoipbin) -> None:
    admin = fake.customer_admin
    socket = connect(fake, admin, f"agent_id:{admin.id}", f"customer_id:{fake.super_admin.customer_id}")
    assert (socket.close_code, fake.websockets[0].topics) == (1006, ())
    assert fake.requests[-1].refused_by == "WS-TOPIC-03"
    assert "refused by WS-TOPIC-03" in fake.transcript()


def test_a_permission_counts_as_it_was_at_the_handshake(fake: FakeVoipbin) -> None:
    agent = fake.add_agent(Permission.CUSTOMER_ADMIN, username="one")
    topic = f"customer_id:{agent.customer_id}:call"
    socket = connect(fake, fake.identity(agent))
    agent.permission = 0
    fake.clock.advance(30 * 86_400)
    send(socket, "subscribe", topic)
    assert fake.websockets[0].topics == (topic,)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ('{"type":"subscribe","topics":["agent_id:%s"]}', 1),
        ('{"TYPE":"subscribe","Topics":["agent_id:%s"],"id":7}', 1),
        ('{"type":"subscribe","topics":["agent_id:%s"],"topics":null}', 0),
        ('{"type":"subscribe","topics":null}', 0),
        ('{"type":"subscribe"}', 0),
        ('{"type":"Subscribe","topics":["agent_id:%s"]}', 0),
        ('{"topics":["agent_id:%s"]}', 0),
        ('{"type":1,"topics":["agent_id:%s"]}', 0),
        ('{"type":"subscribe","topics":"agent_id:%s"}', 0),
        ('{"type":"subscribe","topics":["agent_id:%s"]}{}', 0),
        ("null", 0),
        ("", 0),
        ("\ud800", 0),
        ('{"type":"subscribe","topics":[],"x":' + "[" * 12_000 + "]" * 12_000 + "}", 0),
    ],
)
def test_a_message_is_read_as_go_reads_it(fake: FakeVoipbin, text: str, topics: int) -> None:
    socket = connect(fake, fake.customer_agent)
    socket.send(text.replace("%s", fake.customer_agent.id))
    assert (len(fake.websockets[0].topics), socket.close_code, socket.received()) == (topics, None, [])


def test_an_ignored_message_has_a_note(fake: FakeVoipbin) -> None:
    socket = connect(fake)
    socket.send("hello")
    send(socket, "publish")
    notes = [entry.notes for entry in fake.requests if entry.method == "WS"]
    assert "it is not a JSON object" in notes[0][0]
    assert "neither subscribe nor unsubscribe" in notes[1][0]


@given(st.text(max_size=30) | st.builds("customer_id:{}".format, st.uuids() | st.text(max_size=5)))
def test_a_client_without_permissions_never_subscribes_to_a_customer(topic: str) -> None:
    fake = FakeVoipbin()
    socket = connect(fake, fake.customer_agent)
    send(socket, "subscribe", topic)
    assert (socket.close_code, fake.websockets[0].topics) == (1006, ())


def test_after_the_end_of_a_connection_its_messages_are_ignored(fake: FakeVoipbin) -> None:
    socket = connect(fake, None, "a")
    socket.close()
    before = len(fake.requests)
    send(socket, "subscribe", "b")
    assert (fake.websockets[0].topics, len(fake.requests), fake.websockets[0].close_code) == ((), before, 1000)


def test_the_journal_has_each_message(fake: FakeVoipbin) -> None:
    admin = fake.customer_admin
    topic = f"customer_id:{admin.customer_id}:call"
    connect(fake, admin, topic)
    entry = fake.requests[-1]
    assert (entry.method, entry.url, entry.principal, entry.status) == ("WS", "/v1.0/ws?token=***", admin.username, 0)
    assert entry.json() == {"type": "subscribe", "topics": [topic]}
    assert ("WS-TOPIC-02", True) in entry.rule_outcomes
    assert admin.token not in fake.transcript() + repr(entry) + repr(fake.websockets[0])


def test_agents_see_their_own_calls_only(fake: FakeVoipbin, place: Place) -> None:
    me = fake.super_admin
    other = fake.identity(fake.add_agent(Permission.CUSTOMER_AGENT, username="other"))
    mine, theirs = connect(fake, me, f"agent_id:{me.id}:call"), connect(fake, other, f"agent_id:{other.id}")
    place(fake)
    assert (events(mine), events(theirs)) == ([], [])
    place(fake, destinations=[dict(fake.state.agents[me.id].addresses[0]._asdict())])
    found = events(mine)
    assert found and events(theirs) == []
    assert {event.get("data", event)["owner_id"] for event in found} == {me.id}


# what a test sees


def test_a_test_waits_for_a_subscription() -> None:
    fake = FakeVoipbin()
    topic = f"customer_id:{fake.super_admin.customer_id}:call"
    socket = connect(fake)
    with pytest.raises(AssertionError, match=r"no client has subscribed to 'x' within 0 s; WebSockets:\n  <WebSocket"):
        fake.websockets.wait_for_subscription("x", timeout=0)
    send(socket, "subscribe", topic)
    assert fake.websockets.wait_for_subscription(topic) is fake.websockets.wait_for_subscription()
    socket.close()
    with pytest.raises(AssertionError, match="closed with 1000"):
        fake.websockets.wait_for_subscription(topic, timeout=0)


def test_a_test_waits_for_several_clients() -> None:
    fake = FakeVoipbin()
    topic = f"customer_id:{fake.super_admin.customer_id}:call"
    connect(fake, None, topic)
    with pytest.raises(AssertionError, match=f"fewer than 2 clients have subscribed to '{topic}' within 0 s"):
        fake.websockets.wait_for_subscription(topic, timeout=0, clients=2)
    connect(fake, None, topic)
    assert fake.websockets.wait_for_subscription(topic, timeout=0, clients=2) is fake.websockets[0]


def test_an_async_test_waits_for_a_subscription() -> None:
    import asyncio

    fake = FakeVoipbin()

    async def main() -> int:
        waiting = asyncio.ensure_future(fake.websockets.subscription("x"))
        await asyncio.sleep(0)
        connect(fake, None, "x")
        return (await waiting).number

    assert asyncio.run(main()) == 1


def test_the_connections_are_a_sequence(fake: FakeVoipbin) -> None:
    first, _ = connect(fake), connect(fake, fake.customer_agent)
    first.close()
    assert [one.principal for one in fake.websockets] == ["super-admin", "customer-agent"]
    assert [one.number for one in fake.websockets.open] == [one.number for one in fake.websockets[1:]] == [2]
    assert repr(fake.websockets) == "<WebSockets: 1 open of 2>"
    assert "WebSockets: 2 opened, 1 open, 0 messages sent" in fake.transcript()


def test_ids_of_other_spellings_are_permitted_and_match_nothing(fake: FakeVoipbin, place: Place) -> None:
    customer = UUID(fake.super_admin.customer_id)
    user = fake.identity(fake.add_agent(Permission.CUSTOMER_ADMIN, username="one"))
    for spelling in (customer.hex, f"{{{customer}}}", customer.urn.replace("urn:uuid:", "urn:uuid:")):
        socket: FakeSocket = connect(fake, user)
        send(socket, "subscribe", f"customer_id:{spelling}")
        # The colons of a URN end the part that is read as an id.
        assert socket.close_code == (1006 if spelling.startswith("urn") else None)
        place(fake)
        assert socket.received() == []


def test_json_of_a_message(fake: FakeVoipbin, place: Place) -> None:
    socket = connect(fake, None, f"customer_id:{fake.super_admin.customer_id}:call")
    place(fake)
    (message, *_), text = fake.websockets[0].messages, socket.received()[0]
    assert message.json() == json.loads(text)
    assert types(socket) == []
    assert repr(message).startswith("<Message call_created at 2026-04-21")


def test_a_closed_connection_says_who_closed_it_and_why(fake: FakeVoipbin) -> None:
    refused = connect(fake, fake.customer_agent, f"customer_id:{fake.customer_agent.customer_id}")
    assert refused.close_code == 1006
    connect(fake).close()
    connect(fake)
    fake.websockets[2].close(1012, "restart")
    connect(fake)
    assert fake.websockets[3].closed_because == ""
    fake.websockets[3].close()
    assert [one.closed_because for one in fake.websockets] == [
        "VoIPbin refused a message: WS-TOPIC-02",
        "the client closed it",
        "VoIPbin's end closed it: restart",
        "VoIPbin's end closed it",
    ]


def test_a_client_that_ignores_pings_is_lost(fake: FakeVoipbin) -> None:
    socket = connect(fake)
    fake.clock.advance(3600)
    assert (socket.close_code, socket.pings) == (None, 360)
    socket.ignore_pings()
    fake.clock.advance(60)
    assert (socket.close_code, fake.websockets[0].closed_because) == (1006, "the connection was lost")

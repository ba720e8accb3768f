"""WebSocket faults: lost, late and duplicated messages, connections that close or fall silent, impossible faults."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.fake_server import FakeVoipbin, WebSocketFault

from .conftest import Place, connect, send, types

LATER = ["call_ringing", "call_progressing", "call_updated", "call_terminating", "call_hangup"]


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


def subscribed(fake: FakeVoipbin) -> Any:
    return connect(fake, None, f"customer_id:{fake.super_admin.customer_id}:call")


def test_a_message_is_lost(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("drop", "call_ringing")
    place(fake)
    fake.clock.advance(60)
    assert types(socket) == ["call_created", *LATER[1:]]
    assert [one.type for one in fake.websockets[0].messages] == ["call_created", *LATER[1:]]


def test_a_message_is_duplicated_at_once_or_later(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("duplicate", "call_created")
    fake.websockets.faults.add("duplicate", "call_ringing", seconds=30)
    place(fake)
    assert types(socket) == ["call_created"] * 2
    fake.clock.advance(31)
    assert (types(socket), fake.websockets.pending) == (LATER, 1)
    fake.clock.advance(1)
    assert (types(socket), fake.websockets.pending) == (["call_ringing"], 0)


def test_a_late_message_arrives_in_its_place(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("delay", "call_created", seconds=3)
    place(fake)
    assert "1 delayed (advance the clock)" in fake.transcript()
    fake.clock.advance(60)
    assert types(socket) == ["call_ringing", "call_created", *LATER[1:]]
    times = [message.at for message in fake.websockets[0].messages]
    assert times == sorted(times)


def test_a_late_message_of_a_closed_connection_is_lost(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("delay", "call_created", seconds=3)
    place(fake)
    socket.close()
    fake.clock.advance(5)
    assert (types(socket), fake.websockets.pending, fake.websockets[0].messages) == ([], 0, [])


@pytest.mark.parametrize(("code", "seen"), [(None, 1006), (1001, 1001), (4000, 4000)])
def test_a_message_closes_its_connection(fake: FakeVoipbin, place: Place, code: int | None, seen: int) -> None:
    first, second = subscribed(fake), subscribed(fake)
    fake.websockets.faults.add("close", "call_ringing", code=code)
    place(fake)
    fake.clock.advance(60)
    assert (types(first), first.close_code) == (["call_created"], seen)
    assert (types(second), second.close_code) == (["call_created", *LATER], None)


def test_a_message_silences_its_connection(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("silence", "call_ringing")
    place(fake)
    fake.clock.advance(60)
    assert (types(socket), socket.close_code, fake.websockets[0].silent) == (["call_created"], None, True)
    # It still listens.
    send(socket, "subscribe", "x")
    assert "x" in fake.websockets[0].topics


def test_nth_and_times_count_messages(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("drop", "call_*", nth=2, times=2)
    place(fake)
    fake.clock.advance(60)
    assert types(socket) == ["call_created", *LATER[2:]]


def test_all_faults_that_apply_are_applied(fake: FakeVoipbin, place: Place) -> None:
    socket = subscribed(fake)
    fake.websockets.faults.add("duplicate", "call_created")
    fake.websockets.faults.add("delay", "call_created", seconds=1)
    place(fake)
    assert types(socket) == []
    fake.clock.advance(1)
    assert types(socket) == ["call_created"] * 2


def test_a_test_closes_a_connection(fake: FakeVoipbin) -> None:
    socket = subscribed(fake)
    (connection,) = fake.websockets
    with pytest.raises(ValueError, match="code=1006 is not a close code, such as 1000, 1001 or 1012"):
        connection.close(1006)
    connection.close(1012, "restart")
    connection.close(1001)
    assert (socket.close_code, connection.close_code, connection.is_open, connection.topics) == (1012, 1012, False, ())
    assert repr(connection) == "<WebSocketConnection 1 of super-admin: closed with 1012, 0 messages>"


def test_a_fault_that_never_applies_is_reported(fake: FakeVoipbin, place: Place) -> None:
    subscribed(fake)
    fake.websockets.faults.add("close", "call_hangup", code=1012)
    fake.websockets.faults.add("drop", "call_created")
    place(fake)
    expected = "voipbin.websockets.faults.add('close', event='call_hangup', code=1012) was never triggered"
    assert fake.untriggered() == [expected]
    fake.websockets.faults.clear()
    assert fake.untriggered() == []


def test_a_snapshot_contains_the_faults(fake: FakeVoipbin) -> None:
    fake.websockets.faults.add("drop")
    moment = fake.snapshot()
    fake.websockets.faults.clear()
    fake.restore(moment)
    assert fake.websockets.faults.pending == (WebSocketFault("drop"),)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "closed"}, r"unknown message fault 'closed' \(did you mean 'close'\?\)"),
        ({"kind": "drop", "event": "ring"}, "unknown message type 'ring'"),
        ({"kind": "drop", "seconds": 1}, "drop does not accept seconds: a lost message is never sent"),
        ({"kind": "close", "seconds": 1}, "close does not accept seconds: the connection closes at once"),
        ({"kind": "silence", "seconds": 1}, "silence does not accept seconds"),
        ({"kind": "delay"}, "delay needs seconds=: the delay of a message"),
        ({"kind": "drop", "code": 1001}, "drop does not accept code; only close does"),
        ({"kind": "close", "code": 1006}, "code=1006 is not a close code"),
        ({"kind": "close", "code": True}, "code=True is not a close code"),
        ({"kind": "close", "code": 99}, "code=99 is not a close code"),
        ({"kind": "drop", "nth": 0}, "nth=0 is not a whole number from 1"),
    ],
)
def test_an_impossible_fault(fake: FakeVoipbin, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fake.websockets.faults.add(**fields)
    with pytest.raises(ValueError, match=message):
        WebSocketFault.from_dict(fields)


def test_a_fault_as_data() -> None:
    fault = WebSocketFault("close", "call_*", code=1012)
    assert WebSocketFault.from_dict(fault.to_dict()) == fault
    assert fault.to_dict() == {"kind": "close", "event": "call_*", "code": 1012}
    assert str(WebSocketFault("duplicate", seconds=2)) == "duplicate: the message is sent again, 2 s later"
    fake = FakeVoipbin()
    assert fake.websockets.faults.add(fault) is fault

"""WebSockets over real connections: frames, pings, closing, faults, and servers that end."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import HANDSHAKE
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports import websocket as module
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer
from pytest_providercalls.fake_server.websockets import hub
from pytest_providercalls.fake_server.websockets.connection import KEEPALIVE, Keepalive
from pytest_providercalls.fake_server.world.records import Activeflow
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

PATIENCE = 20
"""Seconds of real time for what takes milliseconds on an idle machine."""
EVENT = "activeflow_created"


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.fixture
def listener(server: LoopbackServer, fake: FakeVoipbin) -> Iterator[Listener]:
    listener = server.serve(FakeApp(fake))
    yield listener
    listener.close()


def url(listener: Listener, fake: FakeVoipbin) -> str:
    return f"ws://{listener.host}:{listener.port}/v1.0/ws?token={fake.super_admin.token}"


@contextmanager
def opened(listener: Listener, fake: FakeVoipbin, *topics: str) -> Iterator[ClientConnection]:
    """Open a WebSocket that is subscribed to some topics."""
    with connect(url(listener, fake), open_timeout=PATIENCE, close_timeout=PATIENCE) as client:
        if topics:
            client.send(json.dumps({"type": "subscribe", "topics": topics}))
            fake.websockets.wait_for_subscription(topics[-1], PATIENCE)
        yield client


def close_code(client: ClientConnection) -> int:
    """Return the code with which the server closes a connection; 1006 if there is no close frame."""
    with pytest.raises(ConnectionClosed) as raised:
        client.recv(PATIENCE)
    received = raised.value.rcvd
    return 1006 if received is None else received.code


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def emit(fake: FakeVoipbin) -> None:
    """Let something happen of which every subscriber to activeflows hears."""
    customer = fake.super_admin.customer_id
    activeflow = Activeflow(id=fake.ids.uuid(), tm_create=fake.clock.now(), customer_id=customer, flow_id=NIL)
    with fake.lock:
        fake.world.emit(EVENT, activeflow)


def test_an_event_reaches_the_client(listener: Listener, fake: FakeVoipbin) -> None:
    with opened(listener, fake, f"customer_id:{fake.super_admin.customer_id}:activeflow") as client:
        emit(fake)
        assert json.loads(client.recv(PATIENCE))["type"] == EVENT
        assert client.ping().wait(PATIENCE)
    wait_until(lambda: not fake.websockets.open)
    assert fake.websockets[0].close_code == 1000


def test_messages_in_parts_and_of_any_size(listener: Listener, fake: FakeVoipbin) -> None:
    topics = [f"customer_id:{number}" for number in range(5_000)]
    with opened(listener, fake) as client:
        text = json.dumps({"type": "subscribe", "topics": topics})
        client.send(text[start : start + 9_999] for start in range(0, len(text), 9_999))
        wait_until(lambda: fake.websockets[0].topics)
        assert len(fake.websockets[0].topics) == 5_000
        client.send(iter([b"bi", b"nary"]))
        assert close_code(client) == 1006
    assert fake.requests[-1].request_body == b"binary"


def test_a_refused_subscription_closes_without_a_close_frame(listener: Listener, fake: FakeVoipbin) -> None:
    target = url(listener, fake).replace(fake.super_admin.token, fake.customer_agent.token)
    with connect(target, open_timeout=PATIENCE) as client:
        client.send(json.dumps({"type": "subscribe", "topics": ["customer_id"]}))
        assert close_code(client) == 1006
    assert fake.websockets[0].close_code == 1006


@pytest.mark.parametrize("code", [None, 1000, 3001])
def test_the_clients_close_frame_is_answered(listener: Listener, fake: FakeVoipbin, code: int | None) -> None:
    with opened(listener, fake) as client:
        if code is None:
            with client.protocol_mutex:
                client.protocol.send_close()
                client.send_data()
        else:
            client.close(code, "done")
        assert close_code(client) == (code or 1005)
    wait_until(lambda: not fake.websockets.open)
    assert fake.websockets[0].close_code == (code or 1005)


def test_a_client_that_disappears_is_noticed(listener: Listener, fake: FakeVoipbin) -> None:
    with opened(listener, fake) as client:
        client.socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: not fake.websockets.open)
    assert fake.websockets[0].close_code == 1006


def raw(listener: Listener, fake: FakeVoipbin, *parts: bytes) -> bytes:
    """Open a WebSocket, send bytes, and return what the server sends after its handshake."""
    with closing(socket.create_connection((listener.host, listener.port), PATIENCE)) as connection:
        headers = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE)
        target = f"/v1.0/ws?token={fake.super_admin.token}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        for part in parts:
            connection.sendall(part)
        while data := connection.recv(65536):
            received += data
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"transfer-encoding" not in head.lower()
    return rest


def test_an_invalid_frame_is_a_protocol_error(listener: Listener, fake: FakeVoipbin) -> None:
    unmasked = Frame(Opcode.TEXT, b"{}").serialize(mask=False)
    assert raw(listener, fake, unmasked)[2:4] == (1002).to_bytes(2, "big")
    wait_until(lambda: not fake.websockets.open)


def test_bytes_after_the_end_are_ignored(listener: Listener, fake: FakeVoipbin) -> None:
    close = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big")).serialize(mask=True)
    late = Frame(Opcode.TEXT, b'{"type":"subscribe","topics":["x"]}').serialize(mask=True)
    assert raw(listener, fake, close + late)[2:4] == (1000).to_bytes(2, "big")
    assert [entry.method for entry in fake.requests] == ["GET"]


def test_a_refused_handshake_is_an_ordinary_response(listener: Listener, fake: FakeVoipbin) -> None:
    with (
        pytest.raises(InvalidStatus) as raised,
        connect(url(listener, fake).replace("token=", "token=x"), open_timeout=PATIENCE),
    ):
        pass
    response = raised.value.response
    assert (response.status_code, json.loads(response.body)["error"]["reason"]) == (401, "INVALID_CREDENTIALS")


# pings


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """A function that sets the time between pings, and that without a pong."""

    def set(period: float, wait: float) -> None:
        monkeypatch.setattr(hub, "KEEPALIVE", Keepalive(period, wait))

    return set


def test_the_times_are_the_servers() -> None:
    assert KEEPALIVE == (10, 60)


def test_the_server_sends_pings(listener: Listener, fake: FakeVoipbin, quick: Callable[[float, float], None]) -> None:
    quick(0.01, 60)
    pings = []
    with opened(listener, fake) as client:
        handle = client.protocol.recv_frame

        def recv_frame(frame: Frame) -> None:
            pings.append(frame)
            handle(frame)

        client.protocol.recv_frame = recv_frame  # type: ignore[method-assign]
        wait_until(lambda: len(pings) >= 3)
    assert {(frame.opcode, bytes(frame.data)) for frame in pings[:3]} == {(Opcode.PING, b"")}


def test_a_client_that_answers_no_ping_is_disconnected(
    listener: Listener, fake: FakeVoipbin, quick: Callable[[float, float], None]
) -> None:
    quick(60, 0.05)
    # Its own messages do not count.
    text = Frame(Opcode.TEXT, b"{}").serialize(mask=True)
    assert raw(listener, fake, text) == b""
    wait_until(lambda: not fake.websockets.open)
    assert fake.websockets[0].close_code == 1006


def test_a_pong_keeps_the_connection_open(
    listener: Listener, fake: FakeVoipbin, quick: Callable[[float, float], None]
) -> None:
    quick(0.02, 0.5)
    with opened(listener, fake) as client:
        time.sleep(0.01)
        for _ in range(3):
            assert client.ping().wait(PATIENCE)
        assert fake.websockets.open


# faults


def test_a_silent_connection_sends_neither_events_nor_pongs(listener: Listener, fake: FakeVoipbin) -> None:
    topic = f"customer_id:{fake.super_admin.customer_id}:activeflow"
    fake.websockets.faults.add("silence", EVENT)
    with opened(listener, fake, topic) as client:
        emit(fake)
        emit(fake)
        with pytest.raises(TimeoutError):
            client.recv(0.1)
        assert not client.ping().wait(0.1)
        # A client that closes need not wait for its timeout.
    assert close_code(client) == 1000


@pytest.mark.parametrize(("code", "seen"), [(None, 1006), (1012, 1012)])
def test_a_fault_closes_the_connection(listener: Listener, fake: FakeVoipbin, code: int | None, seen: int) -> None:
    topic = f"customer_id:{fake.super_admin.customer_id}:activeflow"
    fake.websockets.faults.add("close", EVENT, code=code)
    with opened(listener, fake, topic) as client:
        emit(fake)
        assert close_code(client) == seen


def test_a_reason_is_cut_to_what_a_close_frame_holds(listener: Listener, fake: FakeVoipbin) -> None:
    with opened(listener, fake) as client:
        fake.websockets[0].close(1012, "\u00e9" * 200)
        with pytest.raises(ConnectionClosed) as raised:
            client.recv(PATIENCE)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.reason == "\u00e9" * 61


def test_a_client_that_does_not_answer_a_close_frame_is_disconnected(
    listener: Listener, fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CLOSE_WAIT", 0.05)
    with closing(socket.create_connection((listener.host, listener.port), PATIENCE)) as connection:
        headers = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE)
        target = f"/v1.0/ws?token={fake.super_admin.token}"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
        assert connection.recv(65536)
        wait_until(lambda: fake.websockets.open)
        fake.websockets[0].close(1012)
        received = b""
        while data := connection.recv(65536):
            received += data
    assert received[2:4] == (1012).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ({"kind": "error", "status": 503}, InvalidStatus),
        ({"kind": "drop"}, (EOFError, ConnectionError, Exception)),
        ({"kind": "reset", "when": "before"}, (ConnectionError, Exception)),
    ],
)
def test_faults_of_requests_apply_to_the_handshake(
    listener: Listener, fake: FakeVoipbin, fault: dict[str, Any], raised: Any
) -> None:
    fake.faults.add(**fault, path="/ws")
    with pytest.raises(raised), connect(url(listener, fake), open_timeout=PATIENCE):
        pass
    assert fake.websockets.open == []
    with opened(listener, fake):
        assert len(fake.websockets.open) == 1


def test_a_delayed_handshake(listener: Listener, fake: FakeVoipbin) -> None:
    fake.faults.add("delay", seconds=0.05, path="/ws")
    with opened(listener, fake, "x"):
        assert fake.requests[0].fault.startswith("delay")
    fake.faults.add("timeout", path="/ws")
    with pytest.raises(TimeoutError), connect(url(listener, fake), open_timeout=0.1):
        pass


def test_a_client_that_gives_up_during_a_delay_has_no_websocket(listener: Listener, fake: FakeVoipbin) -> None:
    fake.faults.add("delay", seconds=30, path="/ws")
    with pytest.raises(TimeoutError), connect(url(listener, fake), open_timeout=0.1):
        pass
    wait_until(lambda: fake.websockets and not fake.websockets.open)
    assert fake.websockets[0].close_code == 1006


# the end


def test_a_server_that_ends_says_so(fake: FakeVoipbin) -> None:
    server = LoopbackServer().start()
    listener = server.serve(FakeApp(fake))
    with opened(listener, fake) as client:
        wait_until(lambda: fake.websockets.open)
        server.stop()
        assert close_code(client) == 1001
    assert fake.websockets[0].close_code == 1001
    # The loop has ended: nothing is sent, and nothing raises.
    fake.reset()


def test_a_port_that_is_closed_closes_its_websockets(server: LoopbackServer, fake: FakeVoipbin) -> None:
    listener = server.serve(FakeApp(fake))
    with opened(listener, fake) as client:
        listener.close()
        assert close_code(client) == 1001
        assert listener.connections == set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_does_not_touch_the_connections_of_its_parent(listener: Listener, fake: FakeVoipbin) -> None:
    topic = f"customer_id:{fake.super_admin.customer_id}:activeflow"
    with opened(listener, fake, topic) as client:
        child = os.fork()
        if not child:
            try:
                emit(fake)
                fake.reset()
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        emit(fake)
        assert json.loads(client.recv(PATIENCE))["type"] == EVENT
        with pytest.raises(TimeoutError):
            client.recv(0.05)
        assert fake.websockets.open


def test_without_the_library_the_client_is_told_what_to_install(
    listener: Listener, fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = module.__name__
    monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(sys.modules[name.rpartition(".")[0]], "websocket")
    monkeypatch.setitem(sys.modules, "websockets.protocol", None)
    with pytest.raises(InvalidStatus) as raised, connect(url(listener, fake), open_timeout=PATIENCE):
        pass
    assert raised.value.response.status_code == 501
    assert b"pip install 'pytest-providercalls[server]'" in raised.value.response.body


def test_nothing_is_logged_with_a_credential(
    listener: Listener, fake: FakeVoipbin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(listener, fake, "x"):
        pass
    # The client's own log has its URL; the server's has none.
    ours = [record.getMessage() for record in caplog.records if "client" not in record.name]
    assert [text for text in ours if fake.super_admin.token in text] == []

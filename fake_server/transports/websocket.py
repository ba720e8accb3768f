"""The connection below a WebSocket: frames, pings and the closing handshake, as gorilla/websocket has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from websockets import frames
from websockets.protocol import OPEN, SERVER
from websockets.protocol import Protocol as Frames

from ..websockets.connection import KEEPALIVE, Keepalive
from ..world.forks import FORKS
from .real_time_loop import UPGRADED

MAX_MESSAGE_SIZE: Final = 8 * 2**20
_CLOSE_WAIT: Final = 1.0
"""How long a client may take to respond to a close frame, in seconds."""
_ABNORMAL: Final = frames.CloseCode.ABNORMAL_CLOSURE
_GOING_AWAY: Final = frames.CloseCode.GOING_AWAY


class Connection(Protocol):
    """What receives the messages of a client. The fake implements it."""

    @property
    def keepalive(self) -> Keepalive: ...

    def receive(self, message: str | bytes, /) -> None: ...

    def lost(self, code: int, /) -> None: ...


class WebSocketProtocol(asyncio.Protocol):
    """One connection that has become a WebSocket (see websockets.connection.Wire). Its server's loop uses real time.

    `on_lost` is called when the connection has ended.
    """

    def __init__(self) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        self._loop = asyncio.get_running_loop()
        self._forks = FORKS.count
        self._frames = Frames(SERVER, max_size=MAX_MESSAGE_SIZE)
        self._keepalive = KEEPALIVE
        self._connection: Connection | None = None
        self._transport: asyncio.Transport | None = None
        self._address: object = None
        self._parts: list[bytes] = []
        self._is_text = True
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._is_silent = False
        self._close_early: tuple[int | None, str] | None = None

    def serve(self, connection: Connection) -> None:
        """Pass the messages of the client to a connection."""
        self._connection = connection
        self._keepalive = connection.keepalive

    # for the fake, in any thread

    def send(self, text: str, /) -> None:
        """Send a text message."""
        self._call_soon(self._send, text)

    def close(self, code: int | None, reason: str, /) -> None:
        """Close the connection, with a close frame unless the code is None."""
        self._call_soon(self._close, code, reason)

    def silence(self) -> None:
        """Send nothing more, except for the response to a close frame: a client that closes need not wait for it."""
        self._call_soon(self._silence)

    def _call_soon(self, function: Callable[..., None], *arguments: Any) -> None:
        # A forked child process shares the socket, but its copy of the loop does not run.
        if FORKS.count == self._forks:
            # The loop has ended with its server.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)

    # for the server, on its loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._address = transport.get_extra_info("peername")
        UPGRADED.add(self._address)
        self._start("ping", self._keepalive.period, self._ping)
        self._start("pong", self._keepalive.wait, self._expire)
        if self._close_early is not None:
            self._close(*self._close_early)

    def data_received(self, data: bytes) -> None:
        self._frames.receive_data(data)
        for frame in self._frames.events_received():
            assert isinstance(frame, frames.Frame)
            self._handle(frame)
        self._flush()

    def connection_lost(self, _exc: Exception | None) -> None:
        UPGRADED.discard(self._address)
        self._stop_timers()
        self._end(_ABNORMAL)
        self.on_lost()
        if self._transport is not None:
            # Python 3.10 warns about TLS transports that are not closed.
            self._transport.close()

    def go_away(self) -> None:
        """Close the connection because the server ends."""
        self._close(_GOING_AWAY, "the server ends")

    def _handle(self, frame: frames.Frame) -> None:
        if frame.opcode is frames.Opcode.PONG:
            self._start("pong", self._keepalive.wait, self._expire)
        elif frame.opcode is frames.Opcode.CLOSE:
            received = self._frames.close_rcvd
            self._end(received.code if received is not None else _ABNORMAL)
        elif frame.opcode is not frames.Opcode.PING:
            self._receive(frame)

    def _receive(self, frame: frames.Frame) -> None:
        """Pass on a message once its last part has arrived."""
        if frame.opcode is not frames.Opcode.CONT:
            self._is_text = frame.opcode is frames.Opcode.TEXT
        self._parts.append(bytes(frame.data))
        if frame.fin and self._connection is not None:
            message, self._parts = b"".join(self._parts), []
            # Go does not check the encoding of a text either.
            self._connection.receive(message.decode(errors="replace") if self._is_text else message)

    def _end(self, code: int) -> None:
        """Tell the fake, once, that the client has closed the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.lost(code)

    def _send(self, text: str) -> None:
        if self._frames.state is OPEN:
            self._frames.send_text(text.encode())
            self._flush()

    def _close(self, code: int | None, reason: str) -> None:
        if self._transport is None:
            self._close_early = code, reason
        elif code is None or self._frames.state is not OPEN:
            self._transport.close()
        else:
            self._frames.send_close(code, reason)
            self._flush()
            self._start("close", _CLOSE_WAIT, self._transport.close)

    def _silence(self) -> None:
        self._is_silent = True
        self._stop_timers()

    def _flush(self) -> None:
        for data in self._frames.data_to_send():
            if not data and self._transport is not None:
                self._transport.close()
            elif self._transport is not None and not (self._is_silent and self._frames.state is OPEN):
                self._transport.write(data)

    def _ping(self) -> None:
        if self._frames.state is OPEN:
            self._frames.send_ping(b"")
            self._flush()
            self._start("ping", self._keepalive.period, self._ping)

    def _expire(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _start(self, name: str, seconds: float, function: Callable[[], None]) -> None:
        """Start a timer, instead of an earlier one of the same name."""
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._loop.call_later(seconds, function)

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

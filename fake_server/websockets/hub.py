"""All WebSockets of a fake: what clients send, which events they receive, and what a test sees of both."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NamedTuple, overload

from ...contracts.http import Request
from ...contracts.models.websocket import SubscriptionMessage
from ...contracts.rules.telephony import websocket as rules
from ..events.dispatcher import SYSTEM
from ..events.due_queue import DueQueue
from ..events.event import Event
from ..wire import gojson
from ..wire.deep_json import decode_deep
from ..world.world import RequestRefused, RuleContext, World
from .connection import KEEPALIVE, NO_CLOSE_FRAME, Message, OpenedConnection, WebSocketConnection, Wire
from .faults import WebSocketFaults
from .topics import Publication, check_topics, publication_by_flow, publication_of, topics_of

_METHOD: Final = "WS"
"""The method of a client's message in the journal."""
_TIMEOUT: Final = 10.0


class _Delayed(NamedTuple):
    """A message that a fault delays."""

    due: datetime
    number: int
    connection: OpenedConnection
    message: Message


class WebSockets(Sequence[WebSocketConnection]):
    """The WebSockets of one fake in the order in which they were opened, including those that are closed."""

    # The fake's lock is held whenever a connection changes. `_changed` has a lock of its own, so that a thread that
    # waits for a subscription does not keep requests from being handled.

    def __init__(self, world: World) -> None:
        self._world = world
        self._connections: list[OpenedConnection] = []
        self._opened: dict[OpenedConnection, None] = {}
        """Those that are open, in the same order: an event need not look at all that were closed."""
        self._delayed = DueQueue[_Delayed]()
        self._scopes: Counter[str] = Counter()
        self._delay_count = 0
        self._changed = threading.Condition(threading.Lock())
        world.clock.on_advance(self._send_delayed)

    # for tests

    @overload
    def __getitem__(self, index: int) -> WebSocketConnection: ...

    @overload
    def __getitem__(self, index: slice) -> list[WebSocketConnection]: ...

    def __getitem__(self, index: int | slice) -> WebSocketConnection | list[WebSocketConnection]:
        found = self._connections[index]
        return [*found] if isinstance(found, list) else found

    def __len__(self) -> int:
        return len(self._connections)

    def __repr__(self) -> str:
        return f"<WebSockets: {len(self.open)} open of {len(self)}>"

    @property
    def open(self) -> list[WebSocketConnection]:
        """The connections that are open."""
        return [*self._open()]

    def _open(self) -> list[OpenedConnection]:
        # Copied in one step, which no other thread interrupts.
        return list(self._opened)

    @property
    def faults(self) -> WebSocketFaults:
        """The WebSocket faults that a test adds."""
        return WebSocketFaults(self._world)

    @property
    def pending(self) -> int:
        """The number of messages that a fault delays."""
        return len(self._delayed)

    def wait_for_subscription(
        self, topic: str = "", timeout: float = _TIMEOUT, *, clients: int = 1
    ) -> WebSocketConnection:
        """Wait until a client is subscribed to this very topic (by default, to any), and return its connection.

        With `clients`, wait until that many are, and return the connection that was opened first.

        VoIPbin acknowledges no subscription, and an event of which a client should hear must come after it. The timeout
        is in real seconds. Raises AssertionError if there is no subscription by then. In an async test, await
        `subscription`: a client on the same event loop could not subscribe while this method blocks the loop.
        """
        found: list[WebSocketConnection] = []

        def is_subscribed() -> bool:
            found[:] = [one for one in self.open if (topic in one.topics if topic else one.topics)]
            return len(found) >= clients

        with self._changed:
            if not self._changed.wait_for(is_subscribed, timeout):
                raise AssertionError(self._missing(topic, timeout, clients))
        return found[0]

    async def subscription(
        self, topic: str = "", timeout: float = _TIMEOUT, *, clients: int = 1
    ) -> WebSocketConnection:
        """Like `wait_for_subscription`, for async tests: the event loop runs while this waits."""
        return await asyncio.to_thread(self.wait_for_subscription, topic, timeout, clients=clients)

    def _missing(self, topic: str, timeout: float, clients: int) -> str:
        expected = "no client has" if clients == 1 else f"fewer than {clients} clients have"
        wanted = f"subscribed to {topic!r}" if topic else "subscribed to a topic"
        lines = [f"{expected} {wanted} within {timeout:g} s; WebSockets:"]
        lines += [f"{one!r}, subscribed to {', '.join(one.topics) or 'nothing'}" for one in self] or ["none"]
        return "\n  ".join(lines)

    def summary(self) -> str:
        """Return a line about the connections and their messages; an empty text if there were none."""
        if not self:
            return ""
        sent = sum(len(one.messages) for one in self)
        pending = f", {self.pending} delayed (advance the clock)" if self._delayed else ""
        return f"WebSockets: {len(self)} opened, {len(self.open)} open, {sent} messages sent{pending}"

    # connections

    def opened(self, ctx: RuleContext, wire: Wire) -> OpenedConnection:
        """Add a connection whose handshake has succeeded."""
        with self._change():
            keepalive = ctx.follows(rules.pings_are_answered, KEEPALIVE)
            connection = OpenedConnection(self, len(self) + 1, ctx, wire, keepalive)
            self._connections.append(connection)
            self._opened[connection] = None
        return connection

    def close(self, connection: WebSocketConnection, code: int | None, reason: str) -> None:
        """Close a connection from VoIPbin's end."""
        with self._change():
            if isinstance(connection, OpenedConnection):
                self._end(connection, code, reason, f"VoIPbin's end closed it{reason and f': {reason}'}")

    def lost(self, connection: OpenedConnection, code: int) -> None:
        """Note that the client has closed a connection."""
        with self._change():
            if connection.is_open:
                connection.close_code = code
                lost = code == NO_CLOSE_FRAME
                connection.closed_because = "the connection was lost" if lost else "the client closed it"
                self._release(connection)

    def forget(self, count: int, code: int, reason: str) -> None:
        """Close and forget all connections but the first `count` ones."""
        with self._change():
            for connection in self._connections[count:]:
                self._end(connection, code, reason, reason)
            del self._connections[count:]
            left = set(self._connections)
            self._delayed.keep(lambda one: one.connection in left)

    def close_all(self, code: int, reason: str) -> None:
        """Close all connections."""
        for connection in self._open():
            self.close(connection, code, reason)

    def _end(self, connection: OpenedConnection, code: int | None, reason: str = "", because: str = "") -> None:
        if connection.is_open:
            connection.end(code, reason, because)
            self._release(connection)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Hold the fake's lock inside the block, and then wake the threads that wait for a change."""
        with self._world.lock:
            yield
            with self._changed:
                self._changed.notify_all()

    # messages of clients

    def receive(self, connection: OpenedConnection, message: str | bytes) -> None:
        """Handle a message of a client: it subscribes, is ignored, or closes the connection."""
        if not connection.is_open:
            return
        with self._change():
            body = message.encode(errors="replace") if isinstance(message, str) else message
            request = Request(_METHOD, connection.url, (), body)
            self._world.clock.sync()
            ctx = self._world.open_context(request, connection.user)
            try:
                self._handle(ctx, connection, message)
            except RequestRefused as refused:
                ctx.entry.status = refused.answer.status
                self._end(connection, None, because=f"VoIPbin refused a message: {ctx.entry.refused_by}")

    def _handle(self, ctx: RuleContext, connection: OpenedConnection, message: str | bytes) -> None:
        ctx.require(rules.message_is_text, isinstance(message, str))
        parsed = _parsed(message if isinstance(message, bytes) else message.encode(errors="replace"))
        if parsed is None:
            ctx.entry.add_note("VoIPbin ignores this message: it is not a JSON object with a `type` and `topics`")
            self._ignore(connection, ctx.enforces(rules.invalid_messages_ignored))
            return
        topics = [topic or "" for topic in parsed.topics]
        check_topics(ctx, topics)
        if parsed.type == "subscribe":
            self._subscribe(ctx, connection, topics)
        elif parsed.type == "unsubscribe":
            ctx.apply(rules.unsubscribe_ends_delivery, self._unsubscribe, ctx, connection, topics)
        else:
            ctx.entry.add_note(f"VoIPbin ignores the type {parsed.type!r}: it is neither subscribe nor unsubscribe")
            self._ignore(connection, ctx.enforces(rules.unknown_types_ignored))
            return
        acknowledgement = ctx.follows(rules.not_acknowledged, None)
        if acknowledgement is not None:
            connection.say(acknowledgement)

    def _ignore(self, connection: OpenedConnection, is_ignored: bool) -> None:
        if not is_ignored:
            self._end(connection, None, because="VoIPbin refused a message")

    def _subscribe(self, ctx: RuleContext, connection: OpenedConnection, topics: list[str]) -> None:
        added: list[str] = []
        known: set[str] = set()
        for topic in topics:
            is_known = topic in known or connection.is_subscribed(topic)
            if not is_known or not ctx.enforces(rules.topic_counts_once):
                added.append(topic)
                known.add(topic)
            scope = _scope_of(topic)
            self._scopes[scope] += 1
            connection.scopes[scope] = connection.scopes.get(scope, 0) + 1
        connection.subscribe(added)

    def _unsubscribe(self, ctx: RuleContext, connection: OpenedConnection, topics: list[str]) -> None:
        for topic in topics:
            if connection.is_subscribed(topic):
                connection.unsubscribe(topic)
            elif self._world.edition.binds_websocket_scopes:
                ctx.entry.add_note(f"{topic!r} was not subscribed, but the servers count it and may stop other events")
            scope = _scope_of(topic)
            self._scopes[scope] = max(0, self._scopes[scope] - 1)
            connection.scopes[scope] = max(0, connection.scopes.get(scope, 0) - 1)

    def _release(self, connection: OpenedConnection) -> None:
        """Stop counting a connection that was closed."""
        self._opened.pop(connection, None)
        connection.forget_topics()
        for scope, count in connection.scopes.items():
            self._scopes[scope] = max(0, self._scopes[scope] - count)
        connection.scopes.clear()

    # events

    def publish(self, event: Event) -> None:
        """Send an event to the clients that are subscribed to it."""
        if self._connections:
            self._publish(publication_of(event))

    def publish_data(self, data: str) -> None:
        """Send the data of a flow's `webhook_send` to clients, if it looks like an event (flows.md 4.6)."""
        publication = publication_by_flow(data) if self._connections else None
        if publication is not None:
            self._publish(publication)

    def _publish(self, publication: Publication) -> None:
        if publication.customer_id == SYSTEM:
            return
        world = self._world
        self._send_delayed(world.clock.now())
        topics = world.follows(rules.published_under_topics, topics_of(world, publication))
        for topic in topics * self._copies(publication):
            for connection in self._open():
                if world.follows(rules.topics_match_by_prefix, connection.matches(topic), (connection, topic)):
                    wrapped = world.flag(rules.events_are_wrapped)
                    self._send(connection, topic, publication.type, publication.body(wrapped=wrapped))

    def _copies(self, publication: Publication) -> int:
        """Return how often the gateway receives an event: for each scope that is bound, and otherwise once."""
        if not self._world.flag(rules.scopes_are_bound):
            return 1
        return sum(self._scopes[f"{name}:{id}"] > 0 for name, id in publication.scopes)

    def _send(self, connection: OpenedConnection, topic: str, type: str, body: bytes) -> None:
        """Send a message: now, or as the faults determine."""
        now = self._world.clock.now()
        due_times: Sequence[datetime] = [now]
        for fault in self.faults.applying_to(type):
            if fault.kind == "close":
                self._end(connection, fault.code, because="a WebSocket fault closed it")
            elif fault.kind == "silence":
                connection.silence()
            due_times = fault.apply_to(due_times, float)
        for due in due_times:
            message = Message(due, topic, type, body)
            if due <= now:
                connection.deliver(message)
            else:
                self._delay_count += 1
                self._delayed.add(_Delayed(due, self._delay_count, connection, message))

    def _send_delayed(self, until: datetime) -> None:
        """Send the messages that are due until a time."""
        while (first := self._delayed.first) is not None and first.due <= until:
            delayed = self._delayed.take()
            delayed.connection.deliver(delayed.message)


def _parsed(body: bytes) -> SubscriptionMessage | None:
    """Return a client's message as Go parses it, or None if it cannot be parsed."""
    if _has_more(body):
        return None
    try:
        try:
            return gojson.decode(body, SubscriptionMessage)
        except gojson.TooDeep:
            return decode_deep(body, SubscriptionMessage)
    except gojson.InvalidJson:
        return None


def _has_more(body: bytes) -> bool:
    """Return whether something follows a JSON value. Only in the body of a request does the server ignore that."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return error.msg == "Extra data"
    except (ValueError, RecursionError):
        pass
    return False


def _scope_of(topic: str) -> str:
    """Return the first two parts of a topic, by which the gateway binds its queue."""
    return ":".join(topic.split(":")[:2])

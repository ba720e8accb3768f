"""One WebSocket: who opened it, what it is subscribed to, and what was sent to it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from ..world.world import RuleContext
from .faults import check_close_code

NO_CLOSE_FRAME: Final = 1006
"""The close code that a client sees if a connection ends without a close frame."""
_MAX_REASON: Final = 123
"""The maximum size of the reason in a close frame, in bytes."""


class Keepalive(NamedTuple):
    """How the server notices that a client has disappeared, in seconds."""

    period: float
    """The time between two pings."""
    wait: float
    """The time without a pong after which the connection is closed. Other messages do not count."""


KEEPALIVE: Final = Keepalive(period=10.0, wait=60.0)


class Wire(Protocol):
    """The connection below a WebSocket. Any thread may call it."""

    def send(self, text: str, /) -> None:
        """Send a text message."""

    def close(self, code: int | None, reason: str, /) -> None:
        """Close the connection, with a close frame unless the code is None."""

    def silence(self) -> None:
        """Send nothing more, except for the response to a close frame."""


class Hub(Protocol):
    """The WebSockets of a fake, which know what a message or the end of a connection means."""

    def close(self, connection: WebSocketConnection, code: int | None, reason: str, /) -> None: ...

    def receive(self, connection: OpenedConnection, message: str | bytes, /) -> None: ...

    def lost(self, connection: OpenedConnection, code: int, /) -> None: ...


class Message(NamedTuple):
    """A message that was sent to a client: when, under which topic, and of which event."""

    at: datetime
    topic: str
    type: str
    """The type of the event, such as `call_ringing`."""
    body: bytes

    def json(self) -> Any:
        """Return the body parsed as JSON."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        # An activeflow's actions may contain URLs with credentials.
        return f"<Message {self.type} at {self.at}>"


class WebSocketConnection:
    """A client's WebSocket, as a test sees it. It remains after the client has closed it.

    `opened` is the time, `url` the URL of the handshake without credentials, and `principal` the user.
    """

    def __init__(self, hub: Hub, number: int, ctx: RuleContext) -> None:
        self.number = number
        """1 for the first connection of the fake."""
        self.opened = ctx.entry.at
        self.url = ctx.entry.url
        self.principal = ctx.principal.name
        self.messages: list[Message] = []
        """The messages that were sent to the client, in order; a delayed one is added when it is sent."""
        self.close_code: int | None = None
        """None while it is open; then the code of the first close frame, or 1006 if there was none."""
        self.closed_because = ""
        """Who closed it and why, in words; empty while it is open."""
        self.silent = False
        """Whether a fault has silenced it."""
        self._hub = hub
        self._topics: dict[str, int] = {}
        """How often each topic counts."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that it is subscribed to, in the order of the subscriptions."""
        # In one step: other threads may be subscribing.
        return tuple(self._topics)

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed it."""
        return self.close_code is None

    @property
    def message_count(self) -> int:
        """The number of messages that were sent."""
        return len(self.messages)

    def __repr__(self) -> str:
        state = "open" if self.is_open else f"closed with {self.close_code}"
        return f"<WebSocketConnection {self.number} of {self.principal}: {state}, {len(self.messages)} messages>"

    def close(self, code: int | None = None, reason: str = "") -> None:
        """Close the connection as VoIPbin's end. Without a code there is no close frame, and the client sees 1006.

        Raises ValueError for a code that no close frame may contain. Closing it again has no effect.
        """
        if code is not None:
            check_close_code(code)
        self._hub.close(self, code, reason)


class OpenedConnection(WebSocketConnection):
    """The same, as a transport and the fake use it."""

    def __init__(self, hub: Hub, number: int, ctx: RuleContext, wire: Wire, keepalive: Keepalive) -> None:
        super().__init__(hub, number, ctx)
        self.keepalive = keepalive
        """What the transport does about pings."""
        self.user = ctx.principal
        """The user, as the credential of the handshake described it: it is not checked again."""
        self.scopes: dict[str, int] = {}
        """How often the connection counts for each customer and agent of its topics."""
        self._wire = wire
        self._lengths: Counter[int] = Counter()
        """The number of its topics of each length."""

    # for transports

    def receive(self, message: str | bytes) -> None:
        """Handle a message of the client: text, or bytes if it was binary."""
        self._hub.receive(self, message)

    def lost(self, code: int) -> None:
        """Note that the client has closed the connection, or that it was lost."""
        self._hub.lost(self, code)

    # for the fake

    def matches(self, topic: str) -> bool:
        """Return whether the connection is subscribed to a topic: to any beginning of it."""
        # Thousands of topics have only a few lengths.
        return any(topic[:length] in self._topics for length in self._lengths)

    def is_subscribed(self, topic: str) -> bool:
        """Return whether the connection is subscribed to this very topic."""
        return topic in self._topics

    def subscribe(self, topics: Iterable[str]) -> None:
        """Add topics, and count those once more that it is subscribed to."""
        added: dict[str, int] = {}
        for topic in topics:
            added[topic] = added.get(topic, self._topics.get(topic, 0)) + 1
        self._lengths.update(len(topic) for topic in added if topic not in self._topics)
        # In one step: other threads see all topics of a message, or none.
        self._topics.update(added)

    def unsubscribe(self, topic: str) -> None:
        """Count a topic once less, and remove it if nothing is left."""
        self._topics[topic] -= 1
        if not self._topics[topic]:
            del self._topics[topic]
            self._lengths[len(topic)] -= 1
            # Without those of which nothing is left.
            self._lengths = +self._lengths

    def forget_topics(self) -> None:
        """Remove all topics."""
        self._topics = {}
        self._lengths.clear()

    def deliver(self, message: Message) -> None:
        """Send a message, unless the connection was closed or silenced before its time."""
        if self.is_open and not self.silent:
            self.messages.append(message)
            self._wire.send(message.body.decode())

    def say(self, text: str) -> None:
        """Send a text that is not an event."""
        self._wire.send(text)

    def silence(self) -> None:
        """Send nothing more."""
        self.silent = True
        self._wire.silence()

    def end(self, code: int | None, reason: str, because: str) -> None:
        """Close the connection from this end."""
        self.close_code, self.closed_because = NO_CLOSE_FRAME if code is None else code, because
        self._wire.close(code, reason.encode()[:_MAX_REASON].decode(errors="ignore"))

"""Rules of GET /ws: the handshake, the messages of clients, who may subscribe to which topics, and the events."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any, Final

from ...answer import CLOSED, Answer, Body
from ...http import Response
from ...probes import HANDSHAKE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule
from ...target import Socket

_HANDSHAKE = "WebSocket: handshake"
_MESSAGES = "WebSocket: messages"
_PINGS = "WebSocket: pings"
_TOPICS = "WebSocket: topics"
_EVENTS = "WebSocket: events"
_ACCEPT: Final = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The response to the key of HANDSHAKE (RFC 6455, section 1.3)."""


def _http_error(status: int, message: str) -> Answer:
    return Answer(status, message=f"{message}\n", body=Body.HTTP_ERROR)


_BAD_REQUEST = _http_error(400, "Bad Request")
_UPGRADE_REQUIRED = _http_error(426, "Upgrade Required")


def _without(name: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a handshake without one of them."""
    return tuple(header for header in HANDSHAKE if header[0] != name)


# the handshake


@rule("WS-HS-01", _HANDSHAKE, Safety.READ)
def switches_protocols(api: ProbeClient) -> None:
    """GET /ws switches to a WebSocket: 101 with Sec-WebSocket-Accept, without an extension or a subprotocol."""
    response = api.get("/ws", headers=HANDSHAKE)
    require_equal("the status", response.status, 101)
    require_equal("Sec-WebSocket-Accept", response.header("Sec-WebSocket-Accept"), _ACCEPT)
    others = response.header("Sec-WebSocket-Extensions"), response.header("Sec-WebSocket-Protocol")
    require_equal("the extensions and the subprotocol", others, (None, None))


@rule(
    "WS-HS-02",
    _HANDSHAKE,
    Safety.READ,
    _BAD_REQUEST,
    server_2026_04=_BAD_REQUEST,
    hint="Open the URL with a WebSocket client: wss://api.voipbin.net/v1.0/ws.",
)
def connection_is_upgraded(api: ProbeClient) -> Response:
    """The handshake has `Connection: Upgrade`; an ordinary GET does not."""
    return api.get("/ws")


@rule(
    "WS-HS-03",
    _HANDSHAKE,
    Safety.READ,
    _UPGRADE_REQUIRED,
    server_2026_04=_UPGRADE_REQUIRED,
    hint="Send the header `Upgrade: websocket`, as WebSocket clients do. Some proxies remove it.",
)
def upgrade_is_websocket(api: ProbeClient) -> Response:
    """The handshake has `Upgrade: websocket`."""
    return api.get("/ws", headers=_without("Upgrade"))


@rule(
    "WS-HS-04",
    _HANDSHAKE,
    Safety.READ,
    _BAD_REQUEST,
    server_2026_04=_BAD_REQUEST,
    hint="Send the header `Sec-WebSocket-Version: 13`, the version of RFC 6455.",
)
def version_is_13(api: ProbeClient) -> Response:
    """The handshake has `Sec-WebSocket-Version: 13`."""
    return api.get("/ws", headers=_without("Sec-WebSocket-Version"))


@rule(
    "WS-HS-05",
    _HANDSHAKE,
    Safety.READ,
    _BAD_REQUEST,
    server_2026_04=_BAD_REQUEST,
    hint="Send a Sec-WebSocket-Key: the base64 form of 16 random bytes.",
)
def key_has_16_bytes(api: ProbeClient) -> Response:
    """The Sec-WebSocket-Key of the handshake is the base64 form of 16 bytes."""
    return api.get("/ws", headers=(*_without("Sec-WebSocket-Key"), ("Sec-WebSocket-Key", "c2hvcnQ=")))


@rule("WS-AUTH-01", _HANDSHAKE, Safety.READ, depends_on=("AU-02",))
def no_delegate_token(api: ProbeClient) -> None:
    """A delegate token opens no WebSocket: the response is 200 with an empty body (401 in April 2026)."""
    response = api.get("/ws", as_="delegate", headers=HANDSHAKE)
    require_equal("the status", response.status, 200 if api.edition.accepts_delegate_tokens else 401)
    require_equal("the body of a 200", response.body if response.status == 200 else b"", b"")


# messages of clients


@rule("WS-MSG-01", _MESSAGES, Safety.READ)
def not_acknowledged(api: ProbeClient) -> None:
    """The server sends nothing in response to a subscribe or an unsubscribe."""
    with closing(api.open_websocket("customer_admin")) as socket:
        for type in ("subscribe", "unsubscribe"):
            _send(socket, type, f"customer_id:{_customer(api)}:call")
        require_equal("the messages", socket.received(), [])


@rule("WS-MSG-02", _MESSAGES, Safety.READ)
def invalid_messages_ignored(api: ProbeClient) -> None:
    """A text that is not a JSON object with a `type` and `topics` is ignored, and the connection stays open."""
    with closing(api.open_websocket("customer_admin")) as socket:
        for text in ("subscribe", '{"type": "subscribe", "topics": "all"}', "[]"):
            socket.send(text)
        _require_open(socket)


@rule("WS-MSG-03", _MESSAGES, Safety.READ, CLOSED, server_2026_04=CLOSED, hint="Send the JSON as a text message.")
def message_is_text(api: ProbeClient) -> Response:
    """A binary message closes the connection."""
    with closing(api.open_websocket()) as socket:
        socket.send(b'{"type": "subscribe", "topics": []}')
        return _outcome(socket)


@rule("WS-MSG-04", _MESSAGES, Safety.READ)
def unknown_types_ignored(api: ProbeClient) -> None:
    """A message whose type is neither `subscribe` nor `unsubscribe` is ignored, if its topics are permitted."""
    with closing(api.open_websocket("customer_admin")) as socket:
        _send(socket, "publish", f"customer_id:{_customer(api)}:call")
        _require_open(socket)


@rule("WS-MSG-05", _MESSAGES, Safety.INERT, depends_on=("WS-EVT-02",))
def unsubscribe_ends_delivery(api: ProbeClient) -> None:
    """After an unsubscribe, no more events of exactly this topic arrive; other subscriptions continue."""
    topic = f"customer_id:{_customer(api)}:activeflow"
    with closing(_subscribed(api, topic, f"{topic}:none")) as socket:
        _unsubscribe(socket, f"{topic}:none")
        require_equal("events after another topic's unsubscribe", bool(_events_of_activeflow(api, socket)), True)
        _unsubscribe(socket, topic)
        require_equal("events after the unsubscribe", _events_of_activeflow(api, socket), [])


@rule("WS-MSG-06", _MESSAGES, Safety.INERT, depends_on=("WS-MSG-05",))
def topic_counts_once(api: ProbeClient) -> None:
    """Subscribing twice to the same topic is the same as once: one unsubscribe ends both."""
    topic = f"customer_id:{_customer(api)}:activeflow"
    with closing(_subscribed(api, topic, topic)) as socket:
        _unsubscribe(socket, topic)
        require_equal("the events after the unsubscribe", _events_of_activeflow(api, socket), [])


# pings


@rule("WS-PING-01", _PINGS, Safety.READ)
def pings_are_answered(api: ProbeClient) -> None:
    """The server sends a ping every 10 seconds. It closes a connection without a close frame after 60 seconds without a
    pong; other messages do not count."""
    with closing(api.open_websocket()) as socket:
        api.advance(25)
        require_equal("the pings in 25 seconds", socket.pings, 2)
        socket.ignore_pings()
        api.advance(50)
        _require_open(socket)
        socket.send("{}")
        api.advance(10)
        require_equal("the close code", socket.close_code, CLOSED.status)


# topics


@rule(
    "WS-TOPIC-01",
    _TOPICS,
    Safety.READ,
    CLOSED,
    server_2026_04=CLOSED,
    hint="Write `customer_id:`, the customer's id and, optionally, `:call` or another resource type; or begin with"
    " `agent_id:` and the agent's own id.",
)
def topic_names_a_scope(api: ProbeClient) -> Response:
    """A topic begins with `customer_id:` or `agent_id:` and a UUID; a message with any other closes the connection."""
    return _refused(api, "customer_admin", f"call:{_customer(api)}")


@rule(
    "WS-TOPIC-02",
    _TOPICS,
    Safety.READ,
    CLOSED,
    server_2026_04=CLOSED,
    hint="Open the WebSocket as an admin or a manager, or subscribe to topics of the agent: `agent_id:...`.",
)
def staff_only(api: ProbeClient) -> Response:
    """Only admins, managers and super-admins may subscribe to topics of a customer."""
    return _refused(api, "customer_agent", f"customer_id:{_customer(api, 'customer_agent')}:call")


@rule(
    "WS-TOPIC-03",
    _TOPICS,
    Safety.READ,
    CLOSED,
    server_2026_04=CLOSED,
    hint="Use the customer_id of the token's own customer: GET /customer.",
)
def own_customer_only(api: ProbeClient) -> Response:
    """The customer of a topic must be the user's own, unless the user is a super-admin."""
    return _refused(api, "customer_admin", f"customer_id:{_customer(api, 'super_admin')}:call")


@rule(
    "WS-TOPIC-04",
    _TOPICS,
    Safety.READ,
    CLOSED,
    server_2026_04=CLOSED,
    hint="Use the id of the token's own agent: GET /me. An access key has no agent.",
)
def own_agent_only(api: ProbeClient) -> Response:
    """The agent of a topic must be the user itself, unless the user is a super-admin."""
    return _refused(api, "customer_admin", f"agent_id:{api.identity('customer_manager').id}:call")


@rule(
    "WS-TOPIC-05",
    _TOPICS,
    Safety.READ,
    CLOSED,
    server_2026_04=CLOSED,
    hint="Open the WebSocket with the token of an agent, or with an access key.",
)
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token may only subscribe to topics with a resource id, of the resource types that it allows."""
    return _refused(api, "direct", f"customer_id:{_customer(api, 'super_admin')}:call")


@rule("WS-TOPIC-06", _TOPICS, Safety.INERT, depends_on=("WS-EVT-02",))
def super_admin_subscribes_to_all(api: ProbeClient) -> None:
    """A super-admin may subscribe to any topic: those of all customers and agents, and texts that are no topics."""
    topics = "nothing", f"agent_id:{UNKNOWN_ID}", f"customer_id:{_customer(api)}"
    with closing(_subscribed(api, *topics, as_="super_admin")) as socket:
        require_equal("events of another customer", bool(_events_of_activeflow(api, socket)), True)


# events


@rule("WS-EVT-01", _EVENTS, Safety.INERT, edition_flag="wraps_websocket_events", depends_on=("WS-EVT-02",))
def events_are_wrapped(api: ProbeClient) -> None:
    """An event has the body of its webhook, `{"type": ..., "data": ...}`; since August 2026 it is the resource alone,
    without the type of the event. The documents describe both."""
    with closing(_subscribed(api, f"customer_id:{_customer(api)}:activeflow:")) as socket:
        id = _activeflow(api)
        event = json.loads(socket.received()[0])
        wrapped = api.edition.wraps_websocket_events
        require_equal("the type", event.get("type"), "activeflow_created" if wrapped else None)
        require_equal("the id", (event["data"] if wrapped else event).get("id"), id)


@rule("WS-EVT-02", _EVENTS, Safety.INERT)
def topics_match_by_prefix(api: ProbeClient) -> None:
    """A subscription matches every topic that begins with its text, so `...:activeflow` matches all activeflows. `*` is
    an ordinary character."""
    for resource, arrives in (("activeflow", True), ("activefl", True), ("activeflow:*", False), ("call", False)):
        with closing(_subscribed(api, f"customer_id:{_customer(api)}:{resource}")) as socket:
            require_equal(f"events of {resource}", bool(_events_of_activeflow(api, socket)), arrives)


@rule("WS-EVT-03", _EVENTS, Safety.INERT, edition_value="second_websocket_topic", depends_on=("WS-EVT-02",))
def published_under_topics(api: ProbeClient) -> None:
    """An event is published under `customer_id:<id>:<resource>:<resource id>`. The servers publish it under a second
    topic too, so a subscription that matches both receives it twice."""
    second = api.edition.second_websocket_topic
    for suffix, copies in (("", 1 + bool(second)), (":activeflow", 1 + second.startswith("{resource}"))):
        with closing(_subscribed(api, f"customer_id:{_customer(api)}{suffix}")) as socket:
            found = _events_of_activeflow(api, socket)
            require_equal(f"copies of an event, to {suffix!r}", found.count(found[0]), copies)


@rule("WS-EVT-04", _EVENTS, Safety.BILLABLE, depends_on=("WS-EVT-02",))
def published_for_the_owner(api: ProbeClient) -> None:
    """An event of a call to an agent's address is also published for this agent, as `agent_id:<id>:call:<call id>`."""
    me = require_success(api.get("/me"))
    with closing(_subscribed(api, f"agent_id:{me['id']}:call", as_="super_admin")) as socket:
        api.place(destinations=me["addresses"][:1])
        require_equal("events of the agent's call", bool(socket.received()), True)
        api.place()
        require_equal("events of another call", socket.received(), [])


@rule(
    "WS-EVT-05",
    "WebSocket: scopes",
    Safety.INERT,
    edition_flag="binds_websocket_scopes",
    depends_on=("WS-EVT-02", "WS-MSG-05"),
)
def scopes_are_bound(api: ProbeClient) -> None:
    """Since August 2026, an unsubscribe from a topic that was never subscribed counts: if it names the customer of a
    subscription, its events stop."""
    topic = f"customer_id:{_customer(api)}"
    with closing(_subscribed(api, f"{topic}:activeflow")) as socket:
        _unsubscribe(socket, f"{topic}:call")
        arrives = not api.edition.binds_websocket_scopes
        require_equal("events after the unsubscribe", bool(_events_of_activeflow(api, socket)), arrives)


def _customer(api: ProbeClient, role: str = "customer_admin") -> str:
    return api.identity(role).customer_id


def _send(socket: Socket, type: str, *topics: str) -> None:
    socket.send(json.dumps({"type": type, "topics": topics}))


def _subscribed(api: ProbeClient, *topics: str, as_: str = "customer_admin") -> Socket:
    """Return a WebSocket that is subscribed to some topics."""
    socket = api.open_websocket(as_)
    _send(socket, "subscribe", *topics)
    # Another rule is about what arrives now.
    socket.received()
    return socket


def _unsubscribe(socket: Socket, topic: str) -> None:
    _send(socket, "unsubscribe", topic)
    # As after a subscribe.
    socket.received()


def _refused(api: ProbeClient, role: str, *topics: str) -> Response:
    """Return the outcome of a subscribe of a user."""
    with closing(api.open_websocket(role)) as socket:
        _send(socket, "subscribe", *topics)
        return _outcome(socket)


def _outcome(socket: Socket) -> Response:
    """Return the close code as a status; 200 if the WebSocket is open."""
    return Response(socket.close_code or 200)


def _require_open(socket: Socket) -> None:
    require_equal("the close code", socket.close_code, None)


def _activeflow(api: ProbeClient) -> str:
    """Create an activeflow, which is an event that rings no phone, and return its id."""
    id: str = require_success(api.post("/activeflows", {"actions": [{"type": "block"}]}, as_="customer_admin"))["id"]
    return id


def _events_of_activeflow(api: ProbeClient, socket: Socket) -> list[Any]:
    """Return the messages that arrive while an activeflow is created."""
    _activeflow(api)
    return [json.loads(text) for text in socket.received()]

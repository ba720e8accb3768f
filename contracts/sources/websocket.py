"""Sections on the WebSocket: its handshake, the messages of clients, topics and events."""

from __future__ import annotations

from collections.abc import Mapping

from .references import APRIL, File, Page, Section

_GORILLA = "https://github.com/gorilla/websocket/blob/e064f32e3674"
_DOCS = "bin-api-manager/docsdev/source"

SECTIONS: Mapping[str, Section] = {
    "WebSocket: handshake": Section(
        "Who may open the WebSocket, and which requests gorilla/websocket upgrades",
        (
            File("bin-api-manager/server/ws.go"),
            File("bin-api-manager/pkg/servicehandler/websock.go"),
            Page("gorilla/websocket, server.go:124-160", f"{_GORILLA}/server.go#L124-L160"),
        ),
    ),
    "WebSocket: messages": Section(
        "What the server does with each message of a client: it subscribes, ignores it, or closes the connection",
        (
            File("bin-api-manager/pkg/websockhandler/subscription.go", "126-241"),
            File("bin-api-manager/pkg/websockhandler/receive.go"),
            File("bin-api-manager/models/hook/hook.go"),
            File(f"{_DOCS}/websocket_struct.rst", "39-152"),
            File(f"{_DOCS}/websocket_struct.rst", "362-366"),
        ),
    ),
    "WebSocket: pings": Section(
        "How often the server sends a ping, and how long it waits for a pong",
        (
            File("bin-api-manager/pkg/websockhandler/subscription.go", "19-62"),
            File("bin-api-manager/pkg/websockhandler/subscription.go", "243-281"),
            File("bin-api-manager/pkg/websockhandler/subscription.go", "179-217", APRIL),
            File("bin-api-manager/pkg/websockhandler/receive.go"),
        ),
    ),
    "WebSocket: topics": Section(
        "The format of a topic, and who may subscribe to it",
        (
            File("bin-api-manager/pkg/websockhandler/etc.go", "13-85"),
            File(f"{_DOCS}/websocket_struct.rst", "154-228"),
            File(f"{_DOCS}/websocket_overview.rst", "112-163"),
        ),
    ),
    "WebSocket: events": Section(
        "Under which topics an event is published, how topics match, and what a client receives",
        (
            File("bin-api-manager/pkg/subscribehandler/webhookmanager.go", "104-270"),
            File("bin-api-manager/pkg/pubsubhandler/subscriber.go", "23-48"),
            File("bin-webhook-manager/pkg/webhookhandler/routingkey.go", "39-54"),
            File("bin-api-manager/pkg/subscribehandler/webhookmanager.go", "47-175", APRIL),
            File("bin-api-manager/pkg/zmqsubhandler/run.go", "37-102", APRIL),
            File(f"{_DOCS}/websocket_overview.rst", "224-258"),
            File(f"{_DOCS}/websocket_tutorial.rst", "314-404"),
        ),
    ),
    "WebSocket: scopes": Section(
        "The queue of a gateway is bound to the customers and agents of its clients' topics, which it counts",
        (
            File("bin-api-manager/pkg/websockhandler/scoperefcount.go"),
            File("bin-api-manager/pkg/websockhandler/bindpattern.go"),
            File("bin-api-manager/pkg/websockhandler/subscription.go", "186-241"),
        ),
    ),
}
"""Cited sections, and their references to public files and pages."""

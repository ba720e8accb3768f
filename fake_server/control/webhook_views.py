"""Convert a fake's webhooks and WebSockets to the response models of the control API."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ...contracts.redaction import redact_body
from ..events import OUTBOX
from ..events.outbox import without_query
from ..events.webhook_faults import ARMED
from . import models

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..events.event import Event
    from ..events.outbox import Attempt
    from ..websockets.connection import Message


def webhooks(fake: FakeVoipbin, limit: int) -> models.Webhooks:
    """Return all counts, and at most `limit` deliveries (newest first) and pending webhooks."""
    attempts = fake.webhooks.deliveries
    delivered = sum(one.delivered for one in attempts)
    undeliverable = sum(one.attempt == 0 for one in attempts)
    first = max(0, len(attempts) - limit)
    newest = [_delivery(first + 1 + index, one) for index, one in enumerate(attempts[first:])]
    return models.Webhooks(
        delivered=delivered,
        failed=len(attempts) - delivered - undeliverable,
        undeliverable=undeliverable,
        pending=fake.webhooks.pending,
        due=sum(one.due <= fake.clock.now() for one in OUTBOX.of(fake.state).queue),
        deliveries=tuple(reversed(newest)),
        queue=tuple(pending(fake, limit)),
        faults=tuple(faults(fake)),
    )


def deliveries(fake: FakeVoipbin, after: int, limit: int) -> list[models.Delivery]:
    """Return at most `limit` deliveries with their bodies, starting after the delivery number `after`."""
    attempts = fake.webhooks.deliveries[after : after + limit]
    return [_delivery(after + 1 + index, one, _body(one.event)) for index, one in enumerate(attempts)]


def _delivery(number: int, attempt: Attempt, body: str = "") -> models.Delivery:
    return models.Delivery(
        number=number,
        at=attempt.at,
        type=attempt.type,
        customer_id=attempt.customer_id,
        resource_id=_resource_id(attempt.event),
        url=without_query(attempt.url),
        attempt=attempt.attempt,
        status=attempt.status,
        error=attempt.error,
        delivered=attempt.delivered,
        body=body,
    )


def pending(fake: FakeVoipbin, limit: int) -> list[models.PendingWebhook]:
    """Return at most `limit` webhooks still to be delivered, the next one first."""
    return [
        models.PendingWebhook(
            due=one.due,
            type=one.type,
            customer_id=one.customer_id,
            resource_id=_resource_id(one.event),
            url=without_query(one.uri),
            attempt=one.attempt,
        )
        for one in islice(OUTBOX.of(fake.state).queue, limit)
    ]


def faults(fake: FakeVoipbin) -> list[models.ArmedWebhookFault]:
    """Return the webhook faults that can still apply."""
    return [
        models.ArmedWebhookFault(
            fault=one.fault.to_dict(), description=str(one.fault), seen=one.seen, applied=one.applied
        )
        for one in ARMED.of(fake.state)
    ]


def message(number: int, one: Message) -> models.WebSocketMessage:
    """Return a message of a WebSocket."""
    body = redact_body(one.body).decode(errors="replace")
    return models.WebSocketMessage(number=number, at=one.at, topic=one.topic, type=one.type, body=body)


def websocket_faults(fake: FakeVoipbin) -> list[models.ArmedWebSocketFault]:
    """Return the WebSocket faults that can still apply."""
    return [
        models.ArmedWebSocketFault(
            fault=one.fault.to_dict(), description=str(one.fault), seen=one.seen, applied=one.applied
        )
        for one in fake.websockets.faults.armed
    ]


def websockets(fake: FakeVoipbin, limit: int) -> models.WebSockets:
    """Return the numbers of WebSockets and messages, and at most `limit` of each, newest first."""
    every = fake.websockets
    connections = [*reversed(every[-limit:])]
    messages = [
        models.SentMessage(websocket=one.number, number=number, at=sent.at, topic=sent.topic, type=sent.type)
        for one in connections
        for number, sent in list(enumerate(one.messages, 1))[-limit:]
    ]
    messages.sort(key=lambda one: (one.at, one.websocket, one.number), reverse=True)
    return models.WebSockets(
        opened=len(every),
        open=len(every.open),
        sent=sum(one.message_count for one in every),
        pending=every.pending,
        connections=tuple(map(models.WebSocket.model_validate, connections)),
        messages=tuple(messages[:limit]),
    )


def _resource_id(event: Event | None) -> str:
    return event.resource_id if event else ""


def _body(event: Event | None) -> str:
    # A flow's actions may contain URLs with credentials.
    return redact_body(event.body).decode(errors="replace") if event else ""

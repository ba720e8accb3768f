"""The outbox: webhooks still to be delivered, and every attempt to deliver one."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ...contracts.light_imports import Value, dataclass
from ..wire.go_syntax import reject_constant
from .due_queue import DueQueue
from .event import Event

if TYPE_CHECKING:
    from .receivers import Mounts

TRIES = 3
PAUSE = timedelta(seconds=1)
"""The time between two attempts (flows.md 4.3)."""
SIGNATURE = "X-Voipbin-Signature"
SENT_BY_FLOW = "webhook_send"
"""The type of a webhook that an action of a flow sends."""


class QueuedWebhook(NamedTuple):
    """A webhook to deliver."""

    due: datetime
    number: int
    type: str
    customer_id: str
    uri: str
    method: str
    content_type: str
    event: Event | None
    data: bytes = b""
    attempt: int = 1
    dropped: bool = False

    @property
    def body(self) -> bytes:
        """The request body. An event is serialised only when it is sent: most are never read."""
        return self.data if self.event is None else self.event.body

    def headers(self, secret: str, body: bytes) -> list[tuple[str, str]]:
        """Return the headers as Go's client sends them. Without a secret, the body is not signed (flows.md 4.2)."""
        found = [("User-Agent", "Go-http-client/1.1")]
        if self.content_type:
            found.append(("Content-Type", self.content_type))
        if secret:
            found.append((SIGNATURE, f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"))
        return [*found, ("Accept-Encoding", "gzip")]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Attempt(Value):
    """One attempt to deliver a webhook.

    `type` is the event's, or `webhook_send`. `attempt` counts from 1. It is 0 if no request was sent; `error` then
    states the reason. `status` is the receiver's; without one, `error` describes the failure.
    """

    at: datetime
    type: str
    customer_id: str
    url: str = field(repr=False)
    attempt: int
    status: int | None = None
    error: str = ""
    event: Event | None = field(default=None, repr=False)

    @property
    def delivered(self) -> bool:
        """Whether VoIPbin accepts the response, as it does for each status below 500 (flows.md 4.3)."""
        return self.status is not None and self.status < 500

    def __str__(self) -> str:
        attempt = f", attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.type} to {without_query(self.url)}{attempt}: {self.error or self.status}"


def without_query(url: str) -> str:
    """Return a URL without the parts that may contain credentials."""
    scheme, mark, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


def is_json(text: str) -> bool:
    """Return whether the data of a flow's webhook is JSON."""
    try:
        json.loads(text, parse_constant=reject_constant)
    except (ValueError, RecursionError):
        return False
    return True


@dataclass(slots=True)
class Outbox:
    """The queued webhooks in the order of delivery, their receivers, and all attempts."""

    mounts: Mounts = ()
    queue: DueQueue[QueuedWebhook] = field(default_factory=DueQueue)
    attempts: list[Attempt] = field(default_factory=list)
    count: int = 0
    """The number of webhooks ever queued."""

    def add(self, webhook: QueuedWebhook, due_times: Sequence[datetime]) -> None:
        """Queue a webhook once for each time."""
        for due in due_times:
            self.count += 1
            self.queue.add(webhook._replace(due=due, number=self.count))

    def record_attempt(self, webhook: QueuedWebhook, at: datetime, status: int | None = None, error: str = "") -> None:
        """Record an attempt. Queue the webhook again if the attempt failed and was not the last one."""
        attempt = Attempt(
            at, webhook.type, webhook.customer_id, webhook.uri, webhook.attempt, status, error, webhook.event
        )
        self.attempts.append(attempt)
        if not attempt.delivered and 0 < webhook.attempt < TRIES:
            self.add(webhook._replace(attempt=webhook.attempt + 1), [at + PAUSE])

    def copy(self) -> Outbox:
        """Return an independent copy."""
        return replace(self, queue=self.queue.copy(), attempts=self.attempts.copy())

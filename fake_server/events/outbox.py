"""The webhooks that are on their way, and what became of each attempt to deliver one."""

from __future__ import annotations

import hashlib
import hmac
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from .webhook_faults import ArmedWebhookFault

if TYPE_CHECKING:
    from .events import Event
    from .receivers import Mounts

TRIES = 3
PAUSE = timedelta(seconds=1)
"""Between one try and the next (flows.md 4.3)."""
SIGNATURE = "X-Voipbin-Signature"
JSON = "application/json"


class QueuedWebhook(NamedTuple):
    """A webhook on its way: when it goes, its place among all, and what is sent. Letters sort by when they go."""

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
    lost: bool = False

    @property
    def body(self) -> bytes:
        """What is sent; an event is written down when it goes, since most are never looked at."""
        return self.data if self.event is None else self.event.body

    def headers(self, secret: str, body: bytes) -> list[tuple[str, str]]:
        """What goes with a body, as Go's client sends it; without a secret it is not signed (flows.md 4.2)."""
        found = [("User-Agent", "Go-http-client/1.1")]
        if self.content_type:
            found.append(("Content-Type", self.content_type))
        if secret:
            found.append((SIGNATURE, f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"))
        return [*found, ("Accept-Encoding", "gzip")]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a webhook.

    `type` is the event's, or `webhook_send`. `attempt` counts from 1; it is 0 where none was made, and `error` says
    why. `status` is what the receiver answered; without one `error` says what went wrong.
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
        """Whether VoIPbin is content: it is with every answer below 500 (flows.md 4.3)."""
        return self.status is not None and self.status < 500

    def __str__(self) -> str:
        tried = f", try {self.attempt}" if self.attempt > 1 else ""
        return f"{self.type} to {without_query(self.url)}{tried}: {self.error or self.status}"


def without_query(url: str) -> str:
    """A URL as it may be shown: what might be a credential is left out."""
    scheme, mark, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


@dataclass(slots=True)
class Outbox:
    """What a fake has to deliver, in the order in which it goes out; where to; and what became of it."""

    mounts: Mounts = ()
    faults: tuple[ArmedWebhookFault, ...] = ()
    letters: list[QueuedWebhook] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    count: int = 0
    """How many letters there have ever been."""

    def add(self, letter: QueuedWebhook, dues: Sequence[datetime]) -> None:
        """Put a letter among the others, once for each time at which it is to go."""
        for due in dues:
            self.count += 1
            insort(self.letters, letter._replace(due=due, number=self.count))

    def due(self, after: datetime) -> datetime | None:
        """When the next letter goes that goes after a time."""
        return next((letter.due for letter in self.letters if letter.due > after), None)

    def record_attempt(self, letter: QueuedWebhook, at: datetime, status: int | None = None, error: str = "") -> None:
        """Write down an attempt; one that failed is made again a while later, if it was not the last."""
        attempt = Attempt(at, letter.type, letter.customer_id, letter.uri, letter.attempt, status, error, letter.event)
        self.attempts.append(attempt)
        if not attempt.delivered and 0 < letter.attempt < TRIES:
            self.add(letter._replace(attempt=letter.attempt + 1), [at + PAUSE])

    def copy(self) -> Outbox:
        """An independent copy."""
        return replace(self, letters=self.letters.copy(), attempts=self.attempts.copy())

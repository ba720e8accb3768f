"""Webhooks: events sent to customers, delivered while the fake is idle, each at its own virtual time."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ...contracts.visible_text import visible_line
from ..wire.serializers import Renderer
from ..world.names import find
from ..world.records import Customer, EventRecord
from ..world.world import World
from . import OUTBOX
from .event import EVENTS, Event, EventLog

if TYPE_CHECKING:
    import httpx

    from .outbox import Attempt, Outbox, QueuedWebhook
    from .receivers import Mounts, Receiver
    from .webhook_faults import WebhookFaults

_log = logging.getLogger(__name__)
SYSTEM = "00000000-0000-0000-0000-000000000002"
"""The platform's own customer, who is never notified (flows.md 4.3)."""
_JSON = "application/json"
_SECRET = "Customer.webhook_secret"
_SHOWN = 5
_ERROR_LENGTH = 200


class Subscribers(Protocol):
    """The clients that receive events over a WebSocket. A higher layer implements it."""

    def publish(self, event: Event, /) -> None:
        """Send an event to those that are subscribed to it."""

    def publish_data(self, data: str, /) -> None:
        """Send the data of a flow's webhook, which may look like an event."""


class Webhooks:
    """The webhooks of one fake: their receivers, their faults, and every delivery."""

    # The first thread that leaves the fake idle delivers the webhooks, one at a time, while the fake's lock is free.
    # The receiver may send requests to the fake from any thread; their webhooks are delivered after the present one.

    subscribers: Subscribers | None = None
    """The clients that receive events otherwise; None as long as there are none."""

    def __init__(self, world: World, render: Renderer) -> None:
        self._world = world
        self._render = render
        self._deliverer: int | None = None
        world.emit = self.emit
        world.sends_events_of = self.sends_events_of
        world.clock.on_advance(self.advance_until)
        world.lock.on_release(self.deliver_if_idle)

    @property
    def _turn(self) -> threading.Condition:
        """Held while the outbox or the deliverer changes. Made when it is first used: few tests have webhooks."""
        # In one step: of two threads that use it first, both get the same one.
        made: threading.Condition | None = vars(self).get("_made_turn")
        return made or vars(self).setdefault("_made_turn", threading.Condition(threading.Lock()))

    # receivers

    def send_to(
        self, receiver: Receiver, uri: str = "", *, method: str = "POST", customer: Customer | str | None = None
    ) -> None:
        """Send a customer's webhooks to a receiver, as PUT /customer would configure it.

        The receiver is mounted at `uri`, which becomes the customer's webhook_uri. `uri` can be omitted if the receiver
        is the full URL of a server on this machine. The customer defaults to the super-admin's.
        """
        if isinstance(receiver, str) and not uri:
            uri = receiver
        else:
            self.mount(uri, receiver)
        with self._world.lock:
            owner = self._customer(customer)
            owner.webhook_uri, owner.webhook_method = uri, method

    def _customer(self, customer: Customer | str | None) -> Customer:
        if isinstance(customer, str):
            return find("customer", self._world.state.customers, customer)
        # The super-admin's customer is the first one.
        return customer or next(iter(self._world.state.customers.values()))

    def mount(self, uri: str, receiver: Receiver) -> None:
        """Send every webhook whose URL begins with `uri` to a receiver. The longest matching mount wins.

        A receiver is a function of a Webhook, sync or async, that returns a status or None for 200; an ASGI app; a
        WSGI app; or scheme, host and port of a server on this machine. Raises ValueError or TypeError for any other.
        """
        from . import receivers

        prefix, transport = receivers.prefix(uri), receivers.transport_of(receiver)
        with self._world.lock:
            others = (mount for mount in self._outbox.mounts if mount[0] != prefix)
            mounts = sorted([*others, (prefix, transport)], key=lambda mount: len(mount[0]), reverse=True)
            self._outbox.mounts = tuple(mounts)

    # deliveries

    @property
    def _outbox(self) -> Outbox:
        return OUTBOX.of(self._world.state)

    @property
    def deliveries(self) -> Sequence[Attempt]:
        """Every attempt to deliver a webhook, in order, including those that were not sent, with the reason."""
        return self._outbox.attempts

    @property
    def pending(self) -> int:
        """The number of webhooks still to be delivered: delayed, to be retried, or waiting for an event loop."""
        return len(self._outbox.queue)

    @property
    def due(self) -> bool:
        """Whether a webhook is to be delivered now."""
        outbox: Outbox | None = self._world.state.sections.get(OUTBOX)
        if outbox is None or outbox.queue.first is None:
            return False
        return outbox.queue.first.due <= self._world.clock.now()

    @property
    def faults(self) -> WebhookFaults:
        """The webhook faults that a test adds."""
        from .webhook_faults import WebhookFaults

        return WebhookFaults(self._world)

    def summary(self) -> str:
        """Return a few lines about the deliveries; an empty text if there were none."""
        failed = [one for one in self.deliveries if not one.delivered]
        if not (self.deliveries or self.pending):
            return ""
        delivered = len(self.deliveries) - len(failed)
        lines = [f"webhooks: {delivered} delivered, {len(failed)} failed attempts, {self.pending} pending"]
        if self.due:
            lines[0] += " (inside an event loop, deliver them with `await voipbin.webhooks.flush()`)"
        lines += self._undelivered()
        more = [f"and {len(failed) - _SHOWN} more failed attempts"] if failed[_SHOWN:] else []
        return "\n  ".join(map(visible_line, [*lines, *map(str, failed[:_SHOWN]), *more]))

    def _undelivered(self) -> list[str]:
        """Return the types of the pending webhooks, each with the seconds until it is due, as at most one line."""
        queue, now = self._outbox.queue, self._world.clock.now()
        if not queue:
            return []
        seconds = [(webhook.due - now).total_seconds() for webhook in queue]
        shown = [one.type + (f" (in {wait:g} s)" if wait > 0 else "") for one, wait in zip(queue, seconds, strict=True)]
        more = f", and {len(shown) - _SHOWN} more" if shown[_SHOWN:] else ""
        return [f"not delivered: {', '.join(shown[:_SHOWN])}{more}"]

    # sending

    def emit(self, type: str, record: EventRecord, /) -> None:
        """Record an event of a record. Queue its webhook if its customer receives webhooks."""
        # Every call has several events, so this makes as few calls as possible.
        state = self._world.state
        serializer = self._render.event_serializers[record.__class__.__name__]
        log: EventLog = state.sections[EVENTS]
        log.add(record.tm_update or record.tm_create, type, record, serializer)
        if self.subscribers is not None:
            self.subscribers.publish(log[-1])
        customer = state.customers.get(record.customer_id)
        if customer is not None and _has_webhooks(customer):
            self._enqueue(type, customer.id, customer.webhook_uri, customer.webhook_method, _JSON, log[-1])

    def sends_events_of(self, customer: Customer, /) -> bool:
        """Return whether a receiver of webhooks or a subscriber gets the events of a customer."""
        return self.subscribers is not None or _has_webhooks(customer)

    def send(self, customer_id: str, uri: str, method: str, data_type: str, data: str) -> None:
        """Queue a webhook of a flow (`webhook_send`, flows.md 4.6). Data that is not JSON is silently dropped."""
        from .outbox import SENT_BY_FLOW, is_json

        if is_json(data):
            with self._world.lock:
                self._enqueue(SENT_BY_FLOW, customer_id, uri, method, data_type, None, data.encode(errors="replace"))
                if self.subscribers is not None:
                    self.subscribers.publish_data(data)

    def _enqueue(
        self,
        type: str,
        customer_id: str,
        uri: str,
        method: str,
        content_type: str,
        event: Event | None,
        data: bytes = b"",
    ) -> None:
        from .outbox import QueuedWebhook

        outbox = self._outbox
        now = self._world.clock.now()
        webhook = QueuedWebhook(now, 0, type, customer_id, uri, method, content_type, event, data)
        due_times = self.faults.due_times(type, outbox.count)
        if not due_times:
            webhook, due_times = webhook._replace(dropped=True), [now]
        with self._turn:
            outbox.add(webhook, due_times)

    # delivering

    def deliver(self) -> None:
        """Deliver all webhooks that are due. Wait for another thread that is delivering them.

        You need not call this where requests are handled in the test's own thread. In an event loop it would block;
        use `flush` there. It does nothing when called during a delivery.
        """
        while self.due and self._deliverer != threading.get_ident():
            self._deliver()
            with self._turn:
                self._turn.wait_for(lambda: self._deliverer is None)

    def deliver_if_idle(self) -> bool:
        """Deliver all webhooks that are due, unless that would block an event loop or another thread does it.

        Returns whether any was delivered.
        """
        delivered = False
        # Again, for webhooks that were queued while the turn was given back.
        while self.due and not _in_event_loop() and self._deliver():
            delivered = True
        return delivered

    async def flush(self, advance: float = 0.0) -> None:
        """Deliver all webhooks that are due; then advance the clock and deliver each one at its time. For async tests.

        An app under test on the same loop receives its webhooks in this task. During a delivery, or while another
        thread delivers, the webhooks are left to that.
        """
        clock = self._world.clock
        target = clock.now_plus(advance)
        due: datetime | None = clock.now()
        while due is not None and due <= target:
            clock.advance(max(0.0, (due - clock.now()).total_seconds()))
            while self.due and await self._deliver_async():
                # Webhooks that the receivers caused now come before any later one.
                clock.advance(0)
            due = self._next_due(clock.now())
        clock.advance(max(0.0, (target - clock.now()).total_seconds()))

    def advance_until(self, target: datetime) -> None:
        """Let everything happen until a time. The webhooks of each event are delivered before the next event."""
        clock, calls = self._world.clock, self._world.call_controls
        time: datetime | None = clock.now()
        while time is not None and time <= target:
            clock.set(max(time, clock.now()))
            if self._waits():
                calls.advance_until(time)
            else:
                calls.advance_until(target, self._waits)
            while self._deliver_unlocked():
                # Events that the receivers caused now come before any later one.
                calls.advance_until(clock.now())
            time = self._next_due(max(time, clock.now()))

    def _waits(self) -> bool:
        """Return whether a webhook is still to be delivered. Until there is one, events follow each other at once."""
        return bool(self._world.state.sections[OUTBOX].queue)

    def _deliver_unlocked(self) -> bool:
        if not self.due:
            return False
        with self._world.lock_released():
            return self.deliver_if_idle()

    def _next_due(self, after: datetime) -> datetime | None:
        """Return when the next event happens, or the next webhook is due after a time."""
        due_times = (self._world.call_controls.next_due, self._outbox.queue.next_due(after))
        return min((due for due in due_times if due is not None), default=None)

    def _deliver(self) -> bool:
        """Deliver all webhooks that are due. Return False if another thread is delivering them."""
        from .receivers import deliver

        with self._my_turn() as mine:
            while mine and (webhook := self._take()):
                with self._recorded(webhook) as statuses:
                    statuses.append(deliver(self._mounts, self._request(webhook)))
        return mine

    async def _deliver_async(self) -> bool:
        """Deliver all webhooks that are due, on the running loop."""
        from .receivers import deliver_async

        with self._my_turn() as mine:
            while mine and (webhook := self._take()):
                with self._recorded(webhook) as statuses:
                    statuses.append(await deliver_async(self._mounts, self._request(webhook)))
        return mine

    @property
    def _mounts(self) -> Mounts:
        return self._outbox.mounts

    @contextmanager
    def _my_turn(self) -> Iterator[bool]:
        """Take the turn to deliver; yield False if another thread has it."""
        with self._turn:
            mine = self._deliverer is None
            if mine:
                self._deliverer = threading.get_ident()
        try:
            yield mine
        finally:
            if mine:
                with self._turn:
                    self._deliverer = None
                    self._turn.notify_all()

    def _take(self) -> QueuedWebhook | None:
        with self._turn:
            return self._outbox.queue.take() if self.due else None

    def _request(self, webhook: QueuedWebhook) -> httpx.Request:
        from .receivers import Undeliverable, request_of

        if webhook.dropped:
            raise Undeliverable("dropped by a webhook fault")
        # In an edition whose customers have no secret, nothing is signed.
        signs = _SECRET not in self._world.edition.unsupported_fields
        secret = self._world.state.customers[webhook.customer_id].webhook_secret if signs else ""

        def content() -> tuple[list[tuple[str, str]], bytes]:
            body = webhook.body
            return webhook.headers(secret, body), body

        # A flow's own webhook can have a content type that cannot be sent.
        lazily = webhook.event is not None
        return request_of(self._mounts, webhook.method, webhook.uri, content, lazily=lazily)

    @contextmanager
    def _recorded(self, webhook: QueuedWebhook) -> Iterator[list[int]]:
        """Record an attempt: the status that the block puts into the list, or the exception that it raises."""
        from .receivers import DeliveryTimeout, Undeliverable

        statuses: list[int] = []
        status, message = None, ""
        try:
            yield statuses
            (status,) = statuses
        except Undeliverable as error:
            webhook, message = webhook._replace(attempt=0), str(error)
        except DeliveryTimeout as error:
            message = str(error)
            # A test that passes shows no transcript, and only becomes slow.
            _log.warning("webhook %s: %s", webhook.type, message)
        except BaseException as error:
            message = f"{type(error).__name__}: {error}".partition("\n")[0][:_ERROR_LENGTH]
            # A failed assertion belongs to the receiver; pytest.fail(), an interrupt and a cancelled task do not.
            if not isinstance(error, Exception):
                raise
        finally:
            with self._turn:
                self._outbox.record_attempt(webhook, self._world.clock.now(), status, message)


def _has_webhooks(customer: Customer) -> bool:
    return bool(customer.webhook_uri) and customer.id != SYSTEM


def _in_event_loop() -> bool:
    """Return whether an event loop of asyncio or trio runs in this thread."""
    # Without the import there is no loop.
    asyncio: Any = sys.modules.get("asyncio")
    trio: Any = sys.modules.get("trio.lowlevel")
    return bool((asyncio and asyncio._get_running_loop()) or (trio and trio.in_trio_run()))

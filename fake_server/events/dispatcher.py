"""Webhooks: what a customer is told of its calls, delivered when a fake is at rest, each at its own virtual time."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from .outbox import JSON, Attempt, QueuedWebhook
from .webhook_faults import SENT_BY_FLOW, WebhookFaults

if TYPE_CHECKING:
    import httpx

    from ..core import FakeVoipbin
    from ..world.records import Customer
    from .events import Event
    from .receivers import Mounts, Receiver

SYSTEM = "00000000-0000-0000-0000-000000000002"
"""The platform's own customer, of whose calls nobody is told (flows.md 4.3)."""
_SECRET = "Customer.webhook_secret"
_SHOWN = 5
_ERROR = 200
"""How much of an error is kept."""


class Webhooks:
    """The webhooks of one fake: who receives them, what goes wrong on the way, and what became of each."""

    # A letter is delivered by whichever thread comes to rest first, by one at a time, and while the fake's lock is
    # free: the receiver may ask the fake from any thread, and what happens then is delivered after what is under way.

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake
        self._turn = threading.Condition(threading.Lock())
        self._deliverer: int | None = None

    # who receives

    def send_to(
        self, receiver: Receiver, uri: str = "", *, method: str = "POST", customer: Customer | str | None = None
    ) -> None:
        """Have a receiver get a customer's webhooks (the super-admin's unless told), as if PUT /customer had said so.

        The receiver is mounted at `uri`, which becomes the customer's webhook_uri. The full URL of a server on this
        machine needs no other `uri`.
        """
        if isinstance(receiver, str) and not uri:
            uri = receiver
        else:
            self.mount(uri, receiver)
        with self._fake.lock:
            owner = self._owner(customer)
            owner.webhook_uri, owner.webhook_method = uri, method

    def _owner(self, customer: Customer | str | None) -> Customer:
        id = customer if isinstance(customer, str) else customer.id if customer else self._fake.super_admin.customer_id
        return self._fake.state.customers[id]

    def mount(self, uri: str, receiver: Receiver) -> None:
        """Let every URL that begins with `uri` lead to a receiver; the longest beginning that is mounted decides.

        A receiver is a function of a Webhook, sync or async, that returns a status or None for 200; an ASGI app; a
        WSGI app; or scheme, host and port of a server on this machine. Raises ValueError or TypeError for another.
        """
        from . import receivers

        beginning, transport = receivers.prefix(uri), receivers.transport_of(receiver)
        with self._fake.lock:
            others = (mount for mount in self._fake.state.outbox.mounts if mount[0] != beginning)
            mounts = sorted([*others, (beginning, transport)], key=lambda mount: len(mount[0]), reverse=True)
            self._fake.state.outbox.mounts = tuple(mounts)

    # what became of them

    @property
    def deliveries(self) -> Sequence[Attempt]:
        """Every attempt to deliver a webhook, in order; also those that were never made, with the reason."""
        return self._fake.state.outbox.attempts

    @property
    def pending(self) -> int:
        """How many webhooks have still to be delivered: later, once more, or as soon as somebody lets them."""
        return len(self._fake.state.outbox.letters)

    @property
    def due(self) -> bool:
        """Whether a webhook waits that is to go now."""
        letters = self._fake.state.outbox.letters
        return bool(letters) and letters[0].due <= self._fake.clock.now()

    @property
    def faults(self) -> WebhookFaults:
        """What goes wrong on the way is said here."""
        return WebhookFaults(self._fake)

    def summary(self) -> str:
        """What became of them, in a few lines; empty if there were none."""
        failed = [one for one in self.deliveries if not one.delivered]
        if not (self.deliveries or self.pending):
            return ""
        delivered = len(self.deliveries) - len(failed)
        line = f"webhooks: {delivered} delivered, {len(failed)} attempts failed, {self.pending} on their way"
        if self.due:
            line += " (where an event loop runs, `await voipbin.webhooks.settle()` delivers them)"
        more = [f"and {len(failed) - _SHOWN} more attempts that failed"] if failed[_SHOWN:] else []
        return "\n  ".join([line, *map(str, failed[:_SHOWN]), *more])

    # what is sent

    def enqueue(self, event: Event) -> None:
        """Something has happened that a customer may want to be told of."""
        customer = self._fake.state.customers.get(event.customer_id)
        if customer is not None and customer.webhook_uri and customer.id != SYSTEM:
            self._post(event.type, customer.id, customer.webhook_uri, customer.webhook_method, JSON, event)

    def send(self, customer_id: str, uri: str, method: str, data_type: str, data: str) -> None:
        """Send JSON text of a flow's (`webhook_send`, flows.md 4.6). What is no JSON is not sent, nor told of."""
        if _is_json(data):
            with self._fake.lock:
                self._post(SENT_BY_FLOW, customer_id, uri, method, data_type, None, data.encode(errors="replace"))

    def _post(
        self, type: str, customer_id: str, uri: str, method: str, label: str, event: Event | None, data: bytes = b""
    ) -> None:
        outbox = self._fake.state.outbox
        letter = QueuedWebhook(self._fake.clock.now(), 0, type, customer_id, uri, method, label, event, data)
        dues = self.faults.due_times(type)
        if not dues:
            letter, dues = letter._replace(lost=True), [letter.due]
        with self._turn:
            outbox.add(letter, dues)

    # when it is delivered

    def deliver(self) -> None:
        """Deliver what is due, and return when nothing is: another thread that is at it is waited for.

        A test need not call this where requests are answered in its own thread. Where an event loop runs it would block
        that: there `settle` does it. Called from within a delivery it does nothing.
        """
        while self.due and self._deliverer != threading.get_ident():
            self._deliver()
            with self._turn:
                self._turn.wait_for(lambda: self._deliverer is None)

    def deliver_if_idle(self) -> bool:
        """The fake is at rest: deliver what is due, unless that would block an event loop, or somebody is at it.

        Returns whether anything was delivered.
        """
        delivered = False
        # Again, for what came in while the turn was being given back.
        while self.due and not _on_a_loop() and self._deliver():
            delivered = True
        return delivered

    async def flush(self, advance: float = 0.0) -> None:
        """Deliver what is due, then let seconds pass and deliver each webhook at its own time: for async tests.

        An app under test on the same loop gets its webhooks in this task. Called from within a delivery, or while
        another thread delivers, it leaves the webhooks to that.
        """
        clock = self._fake.clock
        target = clock.now_plus(advance)
        due: datetime | None = clock.now()
        while due is not None and due <= target:
            clock.advance(max(0.0, (due - clock.now()).total_seconds()))
            while self.due and await self._deliver_async():
                # What the receivers made happen now is told of before anything later.
                clock.advance(0)
            due = self._next(clock.now())
        clock.advance(max(0.0, (target - clock.now()).total_seconds()))

    def advance_until(self, target: datetime) -> None:
        """Let everything happen that is due until a time; what is told of each thing is delivered before the next."""
        fake = self._fake
        time: datetime | None = fake.clock.now()
        while time is not None and time <= target:
            fake.clock.set(max(time, fake.clock.now()))
            fake.call_engine.advance_until(time)
            while self._delivered_meanwhile():
                # What the receivers made happen now is told of before anything later.
                fake.call_engine.advance_until(fake.clock.now())
            time = self._next(max(time, fake.clock.now()))

    def _delivered_meanwhile(self) -> bool:
        if not self.due:
            return False
        with self._fake.lock_released():
            return self.deliver_if_idle()

    def _next(self, after: datetime) -> datetime | None:
        """When the next thing is due, be it a call's, or a webhook's that goes after a time."""
        dues = (self._fake.state.timeline.due, self._fake.state.outbox.due(after))
        return min((due for due in dues if due is not None), default=None)

    def _deliver(self) -> bool:
        """Deliver what is due, and return true; false if somebody else is at it."""
        from .receivers import deliver

        with self._my_turn() as mine:
            while mine and (letter := self._take()):
                with self._trying(letter) as answers:
                    answers.append(deliver(self._mounts, self._request(letter)))
        return mine

    async def _deliver_async(self) -> bool:
        """The same on the loop that runs."""
        from .receivers import deliver_async

        with self._my_turn() as mine:
            while mine and (letter := self._take()):
                with self._trying(letter) as answers:
                    answers.append(await deliver_async(self._mounts, self._request(letter)))
        return mine

    @property
    def _mounts(self) -> Mounts:
        return self._fake.state.outbox.mounts

    @contextmanager
    def _my_turn(self) -> Iterator[bool]:
        """Be the one who delivers; false if somebody else is."""
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
            return self._fake.state.outbox.letters.pop(0) if self.due else None

    def _request(self, letter: QueuedWebhook) -> httpx.Request:
        from .receivers import Undeliverable, request_of

        if letter.lost:
            raise Undeliverable("lost on the way, as a test has asked for")
        # An edition whose customers have no secret signs nothing.
        signs = _SECRET not in self._fake.edition.unsupported_fields
        secret = self._fake.state.customers[letter.customer_id].webhook_secret if signs else ""
        body = letter.body
        return request_of(self._mounts, letter.method, letter.uri, letter.headers(secret, body), body)

    @contextmanager
    def _trying(self, letter: QueuedWebhook) -> Iterator[list[int]]:
        """Write down what becomes of an attempt: the status that is put into the list, or what is raised."""
        from .receivers import Undeliverable

        answers: list[int] = []
        status, error = None, ""
        try:
            yield answers
            (status,) = answers
        except Undeliverable as why:
            letter, error = letter._replace(attempt=0), str(why)
        except BaseException as why:
            error = f"{type(why).__name__}: {why}".partition("\n")[0][:_ERROR]
            # A failed assertion is the receiver's; pytest.fail(), an interrupt and a cancelled task are not.
            if not isinstance(why, Exception):
                raise
        finally:
            with self._turn:
                self._fake.state.outbox.record_attempt(letter, self._fake.clock.now(), status, error)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _on_a_loop() -> bool:
    """Whether an event loop runs in this thread, be it asyncio's or trio's."""
    trio: Any = sys.modules.get("trio.lowlevel")
    return asyncio._get_running_loop() is not None or (trio is not None and trio.in_trio_run())

"""A fake under traffic, and the conditions that must hold after a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pytest_providercalls.fake_server import FakeVoipbin, Webhook
from pytest_providercalls.fake_server.world.journal import Exchange

from .. import invariants
from .traffic import Attempt, Client, Connection

CREDIT: Final = 10**15
"""The initial balance in millionths of a dollar, more than any round costs."""
_HOOKS: Final = "https://client.example/"
_DAY: Final = 86_400.0


class Side:
    """One fake and its clients."""

    def __init__(self, fake: FakeVoipbin, connect: Callable[[], Connection]) -> None:
        self.fake = fake
        self.connect = connect
        self._received: list[tuple[str, str]] = []
        self._refused: set[bytes] = set()

    def begin(self) -> None:
        """Prepare a fake that is new or was reset."""
        for customer in self.fake.state.customers.values():
            customer.balance_credit = CREDIT
        for script in ("busy", "never_answers", "hangs_up", "auth_fails"):
            provider = self.fake.add_provider(name=script, hostname="sip.x.example")
            getattr(self.fake.carrier(provider), script)()
        self._received.clear()
        self._refused.clear()
        self.fake.webhooks.send_to(self._receive, _HOOKS)

    def _receive(self, webhook: Webhook) -> int:
        # Fail for some webhooks, so that VoIPbin retries them.
        if sum(webhook.body[-40:]) % 17 == 0 and webhook.body not in self._refused:
            self._refused.add(webhook.body)
            return 503
        event = webhook.json()
        self._received.append((event["type"], event["data"]["id"]))
        return 200

    def clients(self, first: int, count: int, turns: int, seed: int) -> list[Client]:
        """Return clients, each with its own numbers."""
        return [Client(self.fake, self.connect(), first + number, turns, seed) for number in range(count)]

    def end(self, clients: Iterable[Client]) -> None:
        """Let all calls end. Raises AssertionError if something was lost or an invariant is violated."""
        fake = self.fake
        fake.faults.clear()
        fake.clock.advance(_DAY)
        fake.webhooks.deliver()
        attempts = {attempt.marker: attempt for client in clients for attempt in client.attempts}
        problems = [*self._check_journal(attempts), *self._check_calls(attempts), *self._check_webhooks()]
        assert problems == [], "\n".join(problems[:20])
        invariants.check(fake, CREDIT)
        active = [call for call in fake.calls.values() if call.status != "hangup" and not call.orphan]
        assert active == [], f"calls that have not ended after a day: {active[:3]}"

    def _check_journal(self, attempts: dict[str, Attempt]) -> Iterator[str]:
        """Each request has one journal entry, with the response that its client received."""
        entries = {_marker(entry): entry for entry in self.fake.requests}
        if len(entries) != len(self.fake.requests):
            yield "a request is in the journal twice"
        yield from (f"{marker} is in the journal, but no client sent it" for marker in entries.keys() - attempts)
        for marker, attempt in attempts.items():
            if marker not in entries:
                yield f"{marker} was sent, but is not in the journal"
            elif not _matches(entries[marker], attempt):
                yield f"{marker}: the client received {attempt.status or 'nothing'}, the journal has {entries[marker]}"

    def _check_calls(self, attempts: dict[str, Attempt]) -> Iterator[str]:
        """Each number of a successful request was called once and is in one record; other numbers were not called."""
        called = Counter(call.destination.target for call in self.fake.calls.values())
        recorded = Counter(one.target for record in self.fake.providercalls.values() for one in record.destinations)
        successful = {_marker(entry) for entry in self.fake.requests if entry.status == 200}
        for marker, attempt in attempts.items():
            for number in attempt.numbers:
                if (called[number], recorded[number]) != (marker in successful, marker in successful):
                    yield f"{marker}: {number} was called {called[number]} times and is in {recorded[number]} records"
            if attempt.numbers and attempt.record:
                stored = self.fake.providercalls[attempt.record["id"]]
                if list(stored.call_ids) != attempt.record["call_ids"]:
                    yield f"{marker}: the returned record differs from the stored one"

    def _check_webhooks(self) -> Iterator[str]:
        """Each event was received once as a webhook."""
        if self.fake.webhooks.pending:
            yield f"{self.fake.webhooks.pending} webhooks are still pending"
        events = Counter((event.type, event.resource_id) for event in self.fake.events)
        received = Counter(one for one in self._received if one[0] != "by_flow")
        if received != events:
            yield f"events and webhooks differ: {list(((events - received) + (received - events)).items())[:5]}"


def _marker(entry: Exchange) -> str:
    return entry.url.partition("soak=")[2]


def _matches(entry: Exchange, attempt: Attempt) -> bool:
    """Return whether the response that a client received matches the journal."""
    kind = entry.fault.partition(":")[0]
    if kind in ("", "corrupt (after)", "error (before)"):
        return attempt.status == entry.status
    if kind == "delay (after)":
        return attempt.status in (0, entry.status)
    if kind == "error (after)":
        return attempt.status == 503
    return attempt.status == 0 or not _has_body(entry)


def _has_body(entry: Exchange) -> bool:
    return entry.status != 204

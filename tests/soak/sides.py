"""A fake under traffic, and what must hold of it and of its clients after a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pytest_providercalls.fake_server import FakeVoipbin, Webhook
from pytest_providercalls.fake_server.world.journal import Exchange

from .. import books
from .traffic import Attempt, Client, Wire

CREDIT: Final = 10**15
"""More millionths of a dollar than any round costs."""
_HOOKS: Final = "https://client.example/"
_DAY: Final = 86_400.0


class Side:
    """One fake, and how clients get to it."""

    def __init__(self, fake: FakeVoipbin, wire: Callable[[], Wire]) -> None:
        self.fake = fake
        self.wire = wire
        self._received: list[tuple[str, str]] = []
        self._refused: set[bytes] = set()

    def begin(self) -> None:
        """Make a fake ready that is fresh, or was reset."""
        for customer in self.fake.state.customers.values():
            customer.balance_credit = CREDIT
        for script in ("busy", "never_answers", "hangs_up", "auth_fails"):
            provider = self.fake.add_provider(name=script, hostname="sip.x.example")
            getattr(self.fake.carrier(provider), script)()
        self._received.clear()
        self._refused.clear()
        self.fake.webhooks.send_to(self._receive, _HOOKS)

    def _receive(self, webhook: Webhook) -> int:
        # Every so often nobody is at home, and VoIPbin comes again.
        if sum(webhook.body[-40:]) % 17 == 0 and webhook.body not in self._refused:
            self._refused.add(webhook.body)
            return 503
        told = webhook.json()
        self._received.append((told["type"], told["data"]["id"]))
        return 200

    def clients(self, first: int, count: int, turns: int, seed: int) -> list[Client]:
        """Clients with numbers of their own."""
        return [Client(self.fake, self.wire(), first + number, turns, seed) for number in range(count)]

    def end(self, clients: Iterable[Client]) -> None:
        """Let everything come to its end, and raise AssertionError where something was lost or does not agree."""
        fake = self.fake
        fake.faults.clear()
        fake.clock.advance(_DAY)
        fake.webhooks.deliver()
        attempts = {attempt.marker: attempt for client in clients for attempt in client.attempts}
        wrong = [*self._seen(attempts), *self._placed(attempts), *self._told()]
        assert wrong == [], "\n".join(wrong[:20])
        books.check(fake, CREDIT)
        open = [call for call in fake.calls.values() if call.status != "hangup" and not call.orphan]
        assert open == [], f"calls are not over after a day: {open[:3]}"

    def _seen(self, attempts: dict[str, Attempt]) -> Iterator[str]:
        """Every request is in the journal, once; what a client was answered is what stands there, and conversely."""
        entries = {_marker(entry): entry for entry in self.fake.requests}
        if len(entries) != len(self.fake.requests):
            yield "a request is in the journal twice"
        yield from (f"{marker} is in the journal, and nobody has asked it" for marker in entries.keys() - attempts)
        for marker, attempt in attempts.items():
            if marker not in entries:
                yield f"{marker} was asked, and is not in the journal"
            elif not _agree(entries[marker], attempt):
                yield f"{marker}: {attempt.status or 'nothing'} was answered, and the journal says {entries[marker]}"

    def _placed(self, attempts: dict[str, Attempt]) -> Iterator[str]:
        """Whoever was to ring rang once, and is in one record; whoever was not is in none."""
        rung = Counter(call.destination.target for call in self.fake.calls.values())
        recorded = Counter(one.target for record in self.fake.providercalls.values() for one in record.destinations)
        done = {_marker(entry) for entry in self.fake.requests if entry.status == 200}
        for marker, attempt in attempts.items():
            for number in attempt.numbers:
                if (rung[number], recorded[number]) != (marker in done, marker in done):
                    yield f"{marker}: {number} was rung {rung[number]} times, and is in {recorded[number]} records"
            if attempt.numbers and attempt.record:
                kept = self.fake.providercalls[attempt.record["id"]]
                if list(kept.call_ids) != attempt.record["call_ids"]:
                    yield f"{marker}: the record that was answered is not the one that is kept"

    def _told(self) -> Iterator[str]:
        """Customers have been told everything, once."""
        if self.fake.webhooks.pending:
            yield f"{self.fake.webhooks.pending} webhooks wait still"
        told = Counter((event.type, event.resource_id) for event in self.fake.events)
        received = Counter(one for one in self._received if one[0] != "by_flow")
        if received != told:
            yield f"events and webhooks differ: {list(((told - received) + (received - told)).items())[:5]}"


def _marker(entry: Exchange) -> str:
    return entry.url.partition("soak=")[2]


def _agree(entry: Exchange, attempt: Attempt) -> bool:
    """Whether an answer that a client has seen, or not seen, is what the journal has."""
    kind = entry.fault.partition(":")[0]
    if kind in ("", "garble (after)", "answer (before)"):
        return attempt.status == entry.status
    if kind == "delay (after)":
        return attempt.status in (0, entry.status)
    if kind == "answer (after)":
        return attempt.status == 503
    return attempt.status == 0 or not _has_body(entry)


def _has_body(entry: Exchange) -> bool:
    return entry.status != 204

"""What a machine knows by itself, and how what a client does and says is held against that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from ..conformance.client_driver import OperationResult, ids_of
from ..conformance.client_rule import ClientRuleBroken
from ..conformance.harness import SentRequest
from .harness_pool import StatefulFake

RANKS: Mapping[str, int] = {
    "dialing": 0,
    "ringing": 1,
    "progressing": 2,
    "terminating": 3,
    "canceling": 3,
    "hangup": 4,
}
"""How far a call has come with each status (calls.md 2.1): it never goes back."""
HIDDEN = "$VOIPBIN_TOKEN"


class PerformedOperation(NamedTuple):
    """What the client did when it was asked for an operation."""

    operation: str
    outcome: OperationResult
    sent: list[SentRequest]
    token: str

    @property
    def hit_fault(self) -> bool:
        """Whether anything went wrong on the way."""
        return any(one.entry.fault for one in self.sent)

    @property
    def failed(self) -> bool:
        """Whether the caller was told that something went wrong."""
        return self.outcome.error is not None

    def __str__(self) -> str:
        return f"{self.operation} {self.outcome}".replace(self.token, HIDDEN)

    def __repr__(self) -> str:
        """Without what was sent: pytest shows under a failed test what functions were given."""
        return str(self)


@dataclass(slots=True)
class Record:
    """A providercall that exists, whoever made it and whoever knows of it."""

    id: str
    call_ids: tuple[str, ...]
    alive: bool = True


class ExpectedCalls(NamedTuple):
    """What a client was asked to place: whom to ring, and which of them the API rings: none where it refuses."""

    numbers: tuple[str, ...]
    rings: tuple[str, ...]


@dataclass
class Model:
    """What was placed, which records are alive, and how far the client has said that each call has come."""

    records: list[Record] = field(default_factory=list)
    placed: list[tuple[Any, Record]] = field(default_factory=list)
    """What `place` returned, and the record that it is about."""
    reported_progress: dict[str, int] = field(default_factory=dict)
    calls: int = 0

    def sync(self, fake: StatefulFake) -> tuple[list[Record], Counter[str]]:
        """The records and the phones that are new, by number: what the last step has really led to."""
        records = [Record(one.id, one.call_ids) for one in islice(fake.providercalls.values(), len(self.records), None)]
        rang = Counter(call.destination.target for call in islice(fake.calls.values(), self.calls, None))
        self.records += records
        self.calls = len(fake.calls)
        return records, rang

    def alive(self) -> set[str]:
        """The ids of the records that are not deleted."""
        return {record.id for record in self.records if record.alive}

    # what may be said and done; each complaint has a line of its own, by which Hypothesis tells mistakes apart

    def check_place(
        self, order: ExpectedCalls, done: PerformedOperation, records: list[Record], rang: Counter[str]
    ) -> None:
        """No phone rings more often than was asked for; one that returned rang exactly those that the API accepts."""
        for number, times in (rang - Counter(order.numbers)).items():
            asked = order.numbers.count(number)
            raise ClientRuleBroken(
                f"{number} rang {rang[number]} times, and was to ring {asked} times: {times} too many. {done}"
            )
        if not done.failed:
            if not order.rings:
                raise ClientRuleBroken(f"{done}, and VoIPbin refuses to place this: nothing rings")
            if rang != Counter(order.rings):
                raise ClientRuleBroken(
                    f"{done}, and this rang: {_numbers(rang)}; it should have: {_numbers(order.rings)}"
                )
            self.placed += [(done.outcome.value, record) for record in records]
        elif not (done.hit_fault or not order.rings or (order.numbers != order.rings and not done.sent)):
            raise ClientRuleBroken(f"{done}, though nothing went wrong")

    def check_list(self, done: PerformedOperation, before: set[str]) -> None:
        """A list has each record once that was alive all the time, and no other but those that were so for a while."""
        if failed_with_cause(done):
            return
        found = Counter(ids_of(done.outcome.value))
        now = self.alive()
        missing = (before & now) - found.keys()
        double = [id for id, times in found.items() if times > 1]
        strange = found.keys() - before - now
        if missing:
            raise ClientRuleBroken(f"{done} {found.total()} rows, and {len(missing)} of {len(now)} records are missing")
        if double:
            raise ClientRuleBroken(f"{done} {found.total()} rows, and {len(double)} records are there twice")
        if strange:
            raise ClientRuleBroken(
                f"{done} {found.total()} rows, and {len(strange)} are not of this list: they are deleted"
            )

    def check_get_record(self, record: Record | None, done: PerformedOperation) -> None:
        """A record that was read is the one that was asked for; of one that never was nothing is read."""
        value = done.outcome.value
        if record is None:
            if not done.failed and value is not None:
                raise ClientRuleBroken(f"{done} something, though there is no such thing")
            return
        if failed_with_cause(done):
            return
        if value is None:
            raise ClientRuleBroken(f"{done} nothing, though there is such a record")
        id = _shown(value, "id")
        if id is not None and id != record.id:
            raise ClientRuleBroken(f"{done} the record {id}, and was asked for {record.id}")

    def check_get_call(self, id: str, done: PerformedOperation, status: str | None, before: str, after: str) -> None:
        """What is said of a call is not older than what was said before, or than the question; and it is true."""
        if failed_with_cause(done):
            return
        if status is None or status not in RANKS:
            return
        rank = RANKS[status]
        if rank < self.reported_progress.get(id, 0):
            raise ClientRuleBroken(f"{done} {status!r}, and it said before that the call had come further")
        if rank < RANKS[before]:
            raise ClientRuleBroken(f"{done} {status!r}, and when it was asked the call was {before!r} already")
        if rank > RANKS[after]:
            raise ClientRuleBroken(f"{done} {status!r}, and the call is {after!r}")
        self.reported_progress[id] = rank

    def check_wait(self, record: Record, done: PerformedOperation, left: list[str], min_wait_timeout: float) -> None:
        """Waiting returns when every call of the record has ended, and not before."""
        if not done.failed:
            if left:
                raise ClientRuleBroken(f"{done}, and these calls have not ended: {', '.join(left)}")
            self.reported_progress.update(dict.fromkeys(record.call_ids, RANKS["hangup"]))
        elif not left or done.outcome.seconds < min_wait_timeout:
            failed_with_cause(done)

    def check_delete(self, record: Record | None, done: PerformedOperation, alive: bool) -> None:
        """A record that is said to be deleted is deleted; one that never was cannot be."""
        if record is None:
            if not done.failed:
                raise ClientRuleBroken(f"{done}, though there is no such record")
            return
        record.alive = alive
        if failed_with_cause(done):
            return
        if alive:
            raise ClientRuleBroken(f"{done}, and the record is not deleted")


def failed_with_cause(done: PerformedOperation) -> bool:
    """Whether the client failed, because something went wrong. Raises Broken where nothing did."""
    if done.failed and not done.hit_fault:
        raise ClientRuleBroken(f"{done}, though nothing went wrong")
    return done.failed


def _shown(value: Any, name: str) -> str | None:
    """A field of what an adapter returned, as text, if it shows one."""
    found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return None if found is None else str(getattr(found, "value", found))


def status_of(value: Any) -> str | None:
    """The status of a call as an adapter's `get_call` gave it: JSON, an object, an enum; None if it shows none."""
    return value if isinstance(value, str) else _shown(value, "status")


def _numbers(numbers: Iterable[str]) -> str:
    return ", ".join(sorted(Counter(numbers).elements())) or "nothing"

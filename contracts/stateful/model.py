"""The model of a state machine: what the client should do and report, and checks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from ..conformance.client_driver import OperationResult, ids_of
from ..conformance.exceptions import ClientRuleBroken
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
"""How far a call has progressed in each status (calls.md 2.1). A call never goes back."""
MASKED_TOKEN = "$VOIPBIN_TOKEN"


class PerformedOperation(NamedTuple):
    """One operation of the client: its result, and the requests that the client sent."""

    operation: str
    result: OperationResult
    sent: list[SentRequest]
    token: str

    @property
    def hit_fault(self) -> bool:
        """Whether a fault was injected into any of its requests."""
        return any(request.entry.fault for request in self.sent)

    @property
    def failed(self) -> bool:
        """Whether the operation raised an error."""
        return self.result.error is not None

    def __str__(self) -> str:
        return f"{self.operation} {self.result}".replace(self.token, MASKED_TOKEN)

    def __repr__(self) -> str:
        """Return the text without the requests: pytest prints arguments of functions below a failed test."""
        return str(self)


@dataclass(slots=True)
class Record:
    """A providercall that exists, whether or not the client placed it or knows of it."""

    id: str
    call_ids: tuple[str, ...]
    alive: bool = True


class ExpectedCalls(NamedTuple):
    """The numbers that a client was asked to call, and those that the API calls: none if it refuses the request."""

    numbers: tuple[str, ...]
    accepted: tuple[str, ...]


@dataclass
class Model:
    """What was placed, which records are alive, and how far the client has reported each call to be."""

    records: list[Record] = field(default_factory=list)
    placed: list[tuple[Any, Record]] = field(default_factory=list)
    """The return values of `place`, each with its record."""
    reported_progress: dict[str, int] = field(default_factory=dict)
    calls: int = 0

    def sync(self, fake: StatefulFake) -> tuple[list[Record], Counter[str]]:
        """Take over the fake's new records and calls. Return the records, and the number of calls to each number."""
        records = [Record(one.id, one.call_ids) for one in islice(fake.providercalls.values(), len(self.records), None)]
        called = Counter(call.destination.target for call in islice(fake.calls.values(), self.calls, None))
        self.records += records
        self.calls = len(fake.calls)
        return records, called

    def alive(self) -> set[str]:
        """Return the ids of the records that are not deleted."""
        return {record.id for record in self.records if record.alive}

    # The checks. Each failure is raised on a line of its own: Hypothesis distinguishes failures by their lines.

    def check_place(
        self, expected: ExpectedCalls, done: PerformedOperation, records: list[Record], called: Counter[str]
    ) -> None:
        """No number is called more often than requested. If `place` returns, exactly the accepted calls exist."""
        for number in called - Counter(expected.numbers):
            requested = expected.numbers.count(number)
            raise ClientRuleBroken(f"{number} was called {called[number]} times, expected {requested}. {done}")
        if not done.failed:
            if not expected.accepted:
                raise ClientRuleBroken(f"{done}, but VoIPbin refuses this request and places no call")
            if called != Counter(expected.accepted):
                raise ClientRuleBroken(
                    f"{done}, but the calls placed were to {_numbers(called)}; expected {_numbers(expected.accepted)}"
                )
            self.placed += [(done.result.value, record) for record in records]
        elif not (done.hit_fault or not expected.accepted or (expected.numbers != expected.accepted and not done.sent)):
            raise ClientRuleBroken(f"{done}, but there was no fault")

    def check_list(self, done: PerformedOperation, before: set[str]) -> None:
        """A list contains every record that was alive all the time, once, and no record that was never alive."""
        if failed_with_cause(done):
            return
        found = Counter(ids_of(done.result.value))
        now = self.alive()
        missing = (before & now) - found.keys()
        duplicates = [id for id, times in found.items() if times > 1]
        unexpected = found.keys() - before - now
        if missing:
            raise ClientRuleBroken(f"{done} {found.total()} rows; {len(missing)} of {len(now)} records are missing")
        if duplicates:
            raise ClientRuleBroken(f"{done} {found.total()} rows; duplicate records: {len(duplicates)}")
        if unexpected:
            raise ClientRuleBroken(f"{done} {found.total()} rows; deleted records: {len(unexpected)}")

    def check_get_record(self, record: Record | None, done: PerformedOperation) -> None:
        """A read returns the record that was requested, and nothing if that record does not exist."""
        value = done.result.value
        if record is None:
            if not done.failed and value is not None:
                raise ClientRuleBroken(f"{done} a value, but the id does not exist")
            return
        if failed_with_cause(done):
            return
        if value is None:
            raise ClientRuleBroken(f"{done} nothing, but the record exists")
        id = _text_of(value, "id")
        if id is not None and id != record.id:
            raise ClientRuleBroken(f"{done} the record {id}, expected {record.id}")

    def check_get_call(self, id: str, done: PerformedOperation, status: str | None, before: str, after: str) -> None:
        """A reported status is true, and not older than the read or than an earlier report."""
        if failed_with_cause(done):
            return
        if status is None or status not in RANKS:
            return
        rank = RANKS[status]
        if rank < self.reported_progress.get(id, 0):
            raise ClientRuleBroken(f"{done} {status!r}, but an earlier read returned a later status")
        if rank < RANKS[before]:
            raise ClientRuleBroken(f"{done} {status!r}, but the call was already {before!r} before the read")
        if rank > RANKS[after]:
            raise ClientRuleBroken(f"{done} {status!r}, but the call is {after!r}")
        self.reported_progress[id] = rank

    def check_wait(
        self, record: Record, done: PerformedOperation, unfinished: list[str], min_wait_timeout: float
    ) -> None:
        """Waiting returns when every call of the record has ended, and not before."""
        if not done.failed:
            if unfinished:
                raise ClientRuleBroken(f"{done}, but these calls have not ended: {', '.join(unfinished)}")
            self.reported_progress.update(dict.fromkeys(record.call_ids, RANKS["hangup"]))
        elif not unfinished or done.result.seconds < min_wait_timeout:
            failed_with_cause(done)

    def check_delete(self, record: Record | None, done: PerformedOperation, alive: bool) -> None:
        """If a deletion returns, the record existed, and is deleted."""
        if record is None:
            if not done.failed:
                raise ClientRuleBroken(f"{done}, but there is no such record")
            return
        record.alive = alive
        if failed_with_cause(done):
            return
        if alive:
            raise ClientRuleBroken(f"{done}, but the record is not deleted")


def failed_with_cause(done: PerformedOperation) -> bool:
    """Return whether the operation failed because of a fault. Raises ClientRuleBroken if it failed without one."""
    if done.failed and not done.hit_fault:
        raise ClientRuleBroken(f"{done}, but there was no fault")
    return done.failed


def _text_of(value: Any, name: str) -> str | None:
    """Return a field of an adapter's return value as text, None if it has no such field."""
    found = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    return None if found is None else str(getattr(found, "value", found))


def status_of(value: Any) -> str | None:
    """Return the status in what `get_call` returned: text, JSON, an object, an enum. None if there is none."""
    return value if isinstance(value, str) else _text_of(value, "status")


def _numbers(numbers: Iterable[str]) -> str:
    return ", ".join(sorted(Counter(numbers).elements())) or "none"

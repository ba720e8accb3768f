"""The steps of a state machine, as data: operations of the client, and other events.

`record` and `call` count back from the newest, which is 0. `fault` is one of pools.FAULTS.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from hypothesis import strategies as st

from ..probes import UNKNOWN_ID
from . import pools
from .session import Session


class Step(Protocol):
    """One step of an example. `operation` is the client operation that it requires, if any."""

    operation: ClassVar[str]

    def run(self, session: Session) -> None: ...


@dataclass(frozen=True)
class Place:
    """The client places a call to each number through a provider."""

    numbers: tuple[str, ...]
    provider: str
    fault: str
    operation: ClassVar[str] = "place"

    def run(self, session: Session) -> None:
        session.place(self.numbers, self.provider, self.fault)


@dataclass(frozen=True)
class ReadRecord:
    """The client reads a providercall, which may not exist."""

    record: int
    fault: str
    operation: ClassVar[str] = "get_record"

    def run(self, session: Session) -> None:
        found = _indexed(session.model.records, self.record)
        done = session.perform(self.operation, found.id if found else UNKNOWN_ID, fault=self.fault)
        session.model.check_get_record(found, done)


@dataclass(frozen=True)
class ListRecords:
    """The client lists all providercalls. The server limits the page size.

    The list changes after the first page. The fault applies to the second request.
    """

    page_size: int
    list_change: str
    fault: str
    operation: ClassVar[str] = "list_records"

    def run(self, session: Session) -> None:
        before = session.model.alive()
        with session.small_pages(self.page_size, self.list_change):
            done = session.perform(self.operation, fault=self.fault, nth=2)
        session.model.check_list(done, before)


@dataclass(frozen=True)
class ReadCall:
    """The client reads a call, which may not exist."""

    call: int
    fault: str
    operation: ClassVar[str] = "get_call"

    def run(self, session: Session) -> None:
        found = _indexed(list(session.fake.calls.values()), self.call)
        before = found.status if found else ""
        done = session.perform(self.operation, found.id if found else UNKNOWN_ID, fault=self.fault)
        if found is None:
            session.model.check_get_record(None, done)
            return
        status = session.status(done)
        session.model.check_get_call(found.id, done, status, before, found.status)
        session.count_event(f"call {status or 'status unknown'}")


@dataclass(frozen=True)
class Wait:
    """The client waits for a providercall that it has placed, if any. The fault applies to the second request."""

    placed: int
    fault: str
    operation: ClassVar[str] = "wait_until_done"

    def run(self, session: Session) -> None:
        if not session.model.placed:
            return
        value, record = session.model.placed[-1 - self.placed % len(session.model.placed)]
        with session.advancing_time():
            done = session.perform(self.operation, value, fault=self.fault, nth=2)
        calls = [session.fake.calls[id] for id in record.call_ids]
        unfinished = [f"{call.destination.target} ({call.status})" for call in calls if call.status != "hangup"]
        session.model.check_wait(record, done, unfinished, session.min_wait_timeout)


@dataclass(frozen=True)
class Delete:
    """The client deletes a providercall, which may not exist."""

    record: int
    fault: str
    operation: ClassVar[str] = "delete_record"

    def run(self, session: Session) -> None:
        found = _indexed(session.model.records, self.record)
        done = session.perform(self.operation, found.id if found else UNKNOWN_ID, fault=self.fault)
        alive = found is not None and session.fake.providercalls[found.id].tm_delete is None
        session.model.check_delete(found, done, alive)


@dataclass(frozen=True)
class OtherAdmin:
    """Another admin places calls, deletes a providercall, or replaces the provider."""

    action: str
    operation: ClassVar[str] = ""

    def run(self, session: Session) -> None:
        match self.action:
            case "place three":
                session.other_admin_places(3)
            case "place one":
                session.other_admin_places(1)
            case "delete the newest record":
                session.other_admin_deletes(-1)
            case "delete the oldest record":
                session.other_admin_deletes(0)
            case "replace the provider":
                session.replace_provider()


@dataclass(frozen=True)
class CalleeEvent:
    """The callee rings, answers, rejects or hangs up, if the call's status allows it."""

    call: int
    event: str
    operation: ClassVar[str] = ""

    def run(self, session: Session) -> None:
        found = _indexed(list(session.fake.calls.values()), self.call)
        if found is not None and found.status in pools.CALLEE_EVENTS[self.event]:
            getattr(found, self.event)(*([486] if self.event == "reject" else []))
            session.count_event(f"callee event: {self.event}")


@dataclass(frozen=True)
class AdvanceClock:
    """The clock advances, and all events scheduled until then happen."""

    seconds: int
    operation: ClassVar[str] = ""

    def run(self, session: Session) -> None:
        session.fake.clock.advance(self.seconds)


def _indexed(rows: Sequence[Any], index: int) -> Any:
    """Return a row, counted back from the newest, or None if there are fewer rows."""
    return rows[-1 - index] if index < len(rows) else None


_INDEX = st.sampled_from(range(4))
_FAULT = st.sampled_from(pools.FAULTS)
_STEPS: Mapping[type[Step], Mapping[str, st.SearchStrategy[Any]]] = {
    AdvanceClock: {"seconds": st.sampled_from(pools.SECONDS)},
    OtherAdmin: {"action": st.sampled_from(pools.OTHER_ADMIN_ACTIONS)},
    CalleeEvent: {"call": _INDEX, "event": st.sampled_from(tuple(pools.CALLEE_EVENTS))},
    ReadCall: {"call": _INDEX, "fault": _FAULT},
    ReadRecord: {"record": _INDEX, "fault": _FAULT},
    Delete: {"record": _INDEX, "fault": _FAULT},
    Wait: {"placed": _INDEX, "fault": _FAULT},
    Place: {"numbers": st.sampled_from(pools.NUMBERS), "provider": st.sampled_from(pools.PROVIDERS), "fault": _FAULT},
    ListRecords: {
        "page_size": st.sampled_from(pools.PAGE_SIZES),
        "list_change": st.sampled_from(pools.LIST_CHANGES),
        "fault": _FAULT,
    },
}


def steps(operations: Collection[str]) -> st.SearchStrategy[Step]:
    """Return a strategy for the steps that are possible with a client's operations."""
    possible = [step for step in _STEPS if not step.operation or step.operation in operations]
    return st.one_of([st.builds(step, **_STEPS[step]) for step in possible])

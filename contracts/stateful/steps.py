"""The steps of a history, as data: what the client is asked for, and what happens besides.

A record or a call is named by how many are newer: 0 is the newest one. A fault's name is one of draws.FAULTS.
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
    """Something that is done in a play; `asks` is the operation that the client must have for it, if any."""

    asks: ClassVar[str]

    def run(self, play: Session) -> None: ...


@dataclass(frozen=True)
class Place:
    """The client is to place a call to each number, through a provider."""

    numbers: tuple[str, ...]
    provider: str
    fault: str
    asks: ClassVar[str] = "place"

    def run(self, play: Session) -> None:
        play.place(self.numbers, self.provider, self.fault)


@dataclass(frozen=True)
class ReadRecord:
    """The client is to read a record, or one that does not exist."""

    record: int
    fault: str
    asks: ClassVar[str] = "get_record"

    def run(self, play: Session) -> None:
        found = _indexed(play.model.records, self.record)
        done = play.perform(self.asks, found.id if found else UNKNOWN_ID, fault=self.fault)
        play.model.check_get_record(found, done)


@dataclass(frozen=True)
class ListRecords:
    """The client is to read all records, of which the server gives a few to a page.

    `meanwhile` happens behind the first page, and the fault at the second.
    """

    page: int
    meanwhile: str
    fault: str
    asks: ClassVar[str] = "list_records"

    def run(self, play: Session) -> None:
        before = play.model.alive()
        with play.small_pages(self.page, self.meanwhile):
            done = play.perform(self.asks, fault=self.fault, nth=2)
        play.model.check_list(done, before)


@dataclass(frozen=True)
class ReadCall:
    """The client is to read a call, or one that does not exist."""

    call: int
    fault: str
    asks: ClassVar[str] = "get_call"

    def run(self, play: Session) -> None:
        found = _indexed(list(play.fake.calls.values()), self.call)
        before = found.status if found else ""
        done = play.perform(self.asks, found.id if found else UNKNOWN_ID, fault=self.fault)
        if found is None:
            play.model.check_get_record(None, done)
            return
        status = play.status(done)
        play.model.check_get_call(found.id, done, status, before, found.status)
        play.count_event(f"call {status or 'not read'}")


@dataclass(frozen=True)
class Wait:
    """The client is to wait for what it has placed, if it has placed anything; the fault is at its second request."""

    placed: int
    fault: str
    asks: ClassVar[str] = "wait_until_done"

    def run(self, play: Session) -> None:
        if not play.model.placed:
            return
        value, record = play.model.placed[-1 - self.placed % len(play.model.placed)]
        with play.advancing_time():
            done = play.perform(self.asks, value, fault=self.fault, nth=2)
        calls = [play.fake.calls[id] for id in record.call_ids]
        left = [f"{call.destination.target} ({call.status})" for call in calls if call.status != "hangup"]
        play.model.check_wait(record, done, left, play.min_wait_timeout)


@dataclass(frozen=True)
class Delete:
    """The client is to delete a record, or one that does not exist."""

    record: int
    fault: str
    asks: ClassVar[str] = "delete_record"

    def run(self, play: Session) -> None:
        found = _indexed(play.model.records, self.record)
        done = play.perform(self.asks, found.id if found else UNKNOWN_ID, fault=self.fault)
        alive = found is not None and play.fake.providercalls[found.id].tm_delete is None
        play.model.check_delete(found, done, alive)


@dataclass(frozen=True)
class OtherAdmin:
    """Another admin does something."""

    do: str
    asks: ClassVar[str] = ""

    def run(self, play: Session) -> None:
        match self.do:
            case "place three":
                play.other_admin_places(3)
            case "place one":
                play.other_admin_places(1)
            case "delete the newest record":
                play.other_admin_deletes(-1)
            case "delete the oldest record":
                play.other_admin_deletes(0)
            case "replace the provider":
                play.replace_provider()


@dataclass(frozen=True)
class CalleeEvent:
    """The far side of a call does something, if it can."""

    call: int
    does: str
    asks: ClassVar[str] = ""

    def run(self, play: Session) -> None:
        found = _indexed(list(play.fake.calls.values()), self.call)
        if found is not None and found.status in pools.MOVES[self.does]:
            getattr(found, self.does)(*([486] if self.does == "reject" else []))
            play.count_event(f"the far side of a call: {self.does}")


@dataclass(frozen=True)
class AdvanceClock:
    """Time passes, and everything happens that is due."""

    seconds: int
    asks: ClassVar[str] = ""

    def run(self, play: Session) -> None:
        play.fake.clock.advance(self.seconds)


def _indexed(rows: Sequence[Any], index: int) -> Any:
    """One of the rows, counted back from the newest; None where there are not so many."""
    return rows[-1 - index] if index < len(rows) else None


_INDEX = st.sampled_from(range(4))
_FAULT = st.sampled_from(pools.FAULTS)
_STEPS: Mapping[type[Step], Mapping[str, st.SearchStrategy[Any]]] = {
    AdvanceClock: {"seconds": st.sampled_from(pools.SECONDS)},
    OtherAdmin: {"do": st.sampled_from(pools.OTHERS)},
    CalleeEvent: {"call": _INDEX, "does": st.sampled_from(tuple(pools.MOVES))},
    ReadCall: {"call": _INDEX, "fault": _FAULT},
    ReadRecord: {"record": _INDEX, "fault": _FAULT},
    Delete: {"record": _INDEX, "fault": _FAULT},
    Wait: {"placed": _INDEX, "fault": _FAULT},
    Place: {"numbers": st.sampled_from(pools.NUMBERS), "through": st.sampled_from(pools.PROVIDERS), "fault": _FAULT},
    ListRecords: {
        "page": st.sampled_from(pools.PAGES),
        "meanwhile": st.sampled_from(pools.MEANWHILE),
        "fault": _FAULT,
    },
}


def steps(operations: Collection[str]) -> st.SearchStrategy[Step]:
    """The steps of a client that has some operations."""
    possible = [step for step in _STEPS if not step.asks or step.asks in operations]
    return st.one_of([st.builds(step, **_STEPS[step]) for step in possible])

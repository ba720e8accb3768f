"""The fake's tables. A page costs the same out of ten records as out of a million."""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeVar

from ..calls.schedule import Schedule
from ..events.outbox import Outbox
from . import records

if TYPE_CHECKING:
    from ..calls.carriers import ScriptLine
    from ..events.events import Event
    from ..gateway.rate_limits import Buckets
    from ..gateway.request_context import Principal
    from ..transports.faults import ArmedFault

R = TypeVar("R", bound=records.Record)
_customer_id = attrgetter("customer_id")


class Table(Mapping[str, R], Generic[R]):
    """Records by id, and in the order of their creation, also for each owner."""

    def __init__(self, owner: Callable[[R], str] | None = None) -> None:
        self._owner = owner
        self._by_id: dict[str, R] = {}
        # One call less than Mapping's own, on every request.
        self.get = self._by_id.get  # type: ignore[method-assign]
        self._rows: defaultdict[str, list[R]] = defaultdict(list)
        self._all = self._rows[""]

    def add(self, record: R) -> R:
        """Keep a record. Its creation time is not before that of any other."""
        self._by_id[record.id] = record
        self._all.append(record)
        if self._owner is not None:
            self._rows[self._owner(record)].append(record)
        return record

    def remove(self, record: R) -> None:
        """Forget a record as if it had never been."""
        del self._by_id[record.id]
        for key in {"", self._owner(record) if self._owner else ""}:
            self._rows[key][:] = [row for row in self._rows[key] if row is not record]

    def newest(
        self,
        before: datetime | None = None,
        owner: str = "",
        where: Callable[[R], bool] | None = None,
        alive: bool = True,
    ) -> Iterator[R]:
        """Records that were created before a time, newest first, then by id downwards; only those not deleted."""
        rows = self._rows.get(owner, [])
        end = len(rows) if before is None else bisect_left(rows, before, key=lambda row: row.tm_create)
        backwards = (rows[index] for index in range(end - 1, -1, -1))
        for _, same_time in groupby(backwards, key=lambda row: row.tm_create):
            for row in sorted(same_time, key=lambda row: row.id, reverse=True):
                if (row.tm_delete is None or not alive) and (where is None or where(row)):
                    yield row

    def page(
        self,
        size: int,
        before: datetime | None = None,
        owner: str = "",
        where: Callable[[R], bool] | None = None,
        alive: bool = True,
    ) -> list[R]:
        """The first `size` of `newest`."""
        return list(islice(self.newest(before, owner, where, alive), size))

    def after(self, count: int) -> list[R]:
        """All records but the first `count`, in the order of their creation."""
        return self._all[count:]

    def copy(self) -> Table[R]:
        """An independent copy: records are copied, their values are shared."""
        other = Table(self._owner)
        for record in self._all:
            other.add(copy.copy(record))
        return other

    def __getitem__(self, id: str) -> R:
        return self._by_id[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)


class State:
    """Everything that a fake knows, apart from its time and its randomness."""

    def __init__(self) -> None:
        self.customers: Table[records.Customer] = Table()
        self.agents: Table[records.Agent] = Table()
        self.accesskeys: Table[records.Accesskey] = Table(_customer_id)
        self.providers: Table[records.Provider] = Table()
        self.providercalls: Table[records.ProviderCall] = Table(_customer_id)
        self.calls: Table[records.Call] = Table(_customer_id)
        self.groupcalls: Table[records.Groupcall] = Table(_customer_id)
        self.flows: Table[records.Flow] = Table(_customer_id)
        self.activeflows: Table[records.Activeflow] = Table(_customer_id)
        self.billings: Table[records.Billing] = Table(_customer_id)
        self.tokens: dict[str, Principal] = {}
        """What each token says of its bearer."""
        self.secrets: dict[str, str] = {}
        """The id of the access key with each secret."""
        self.ending: dict[str, str] = {}
        """The calls that VoIPbin is hanging up, in order: the hangup_reason of each by its id."""
        self.bridges: dict[str, str] = {}
        """The flow of those who are called into each bridge, by the bridge's id."""
        self.fetchable: dict[str, tuple[records.Action, ...]] = {}
        """What a `fetch` action finds, by URL."""
        self.carriers: dict[str, tuple[ScriptLine, ...]] = {}
        """The script of each provider that has one."""
        self.faults: tuple[ArmedFault, ...] = ()
        """The faults that may still strike, in the order in which they were added."""
        self.buckets: Buckets = {}
        self.timeline = Schedule()
        self.events: list[Event] = []
        """What was told to customers, in the order in which it happened."""
        self.outbox = Outbox()
        self.addresses: dict[tuple[str, str, str], str] = {}
        """The id of the agent with each address of a customer's: customer, type, target."""

    def copy(self) -> State:
        """An independent copy."""
        other = State.__new__(State)
        for name, value in vars(self).items():
            setattr(other, name, value if isinstance(value, tuple) else value.copy())
        return other

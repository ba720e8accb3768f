"""The fake's tables, and the sections in which higher layers keep their state.

A page costs the same out of ten records as out of a million.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, MutableMapping, ValuesView
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, overload

from . import records
from .copies import copied
from .principal import Principal

S = TypeVar("S")
R = TypeVar("R", bound=records.Record)
_customer_id = attrgetter("customer_id")


class Table(Mapping[str, R], Generic[R]):
    """Records by id, and in the order of their creation: all of them, and those of each owner.

    Iterating yields the records of the moment at which it begins, also while other threads add some. The lists of the
    owners are completed when one is read: most requests add records, and few read a list.
    """

    def __init__(self, owner: Callable[[R], str] | None = None) -> None:
        self._owner = owner
        self._by_id: dict[str, R] = {}
        # Mapping's own would be one more call on every request.
        self.get = self._by_id.get  # type: ignore[method-assign]
        self._all: list[R] = []
        self._of_owner: defaultdict[str, list[R]] = defaultdict(list)
        self._listed = 0
        """How many of all records are listed by their owner."""

    def add(self, record: R) -> R:
        """Add a record. No earlier record has a later creation time."""
        self._by_id[record.id] = record
        self._all.append(record)
        return record

    def remove(self, record: R) -> None:
        """Remove a record without a trace."""
        del self._by_id[record.id]
        if _remove(self._all, record) < self._listed and self._owner is not None:
            self._listed -= 1
            _remove(self._of_owner[self._owner(record)], record)

    def _rows(self, owner: str) -> list[R]:
        """Return the records of an owner, or all of them for ""."""
        if not owner:
            return self._all
        if self._owner is not None:
            for record in self._all[self._listed :]:
                self._of_owner[self._owner(record)].append(record)
            self._listed = len(self._all)
        return self._of_owner.get(owner, [])

    def newest(
        self,
        before: datetime | None = None,
        owner: str = "",
        where: Callable[[R], bool] | None = None,
        alive: bool = True,
    ) -> Iterator[R]:
        """Yield the records created before a time: newest first, then by descending id. `alive` skips deleted ones."""
        rows = self._rows(owner)
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
        """Return the first `size` records of `newest`."""
        return list(islice(self.newest(before, owner, where, alive), size))

    def after(self, count: int) -> list[R]:
        """Return all records after the first `count`, in the order of their creation."""
        return self._all[count:]

    def created_after(self, time: datetime) -> list[R]:
        """Return all records that were created after a time, in the order of their creation."""
        return self._all[bisect_right(self._all, time, key=lambda row: row.tm_create) :]

    def copy(self) -> Table[R]:
        """Return an independent copy."""
        other = type(self)(self._owner)
        for record in self._all:
            other.add(copied(record))
        return other

    def __getitem__(self, id: str) -> R:
        return self._by_id[id]

    # A dictionary is copied in one step, which no other thread interrupts.

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_id))

    def values(self) -> ValuesView[R]:
        """Return the present records."""
        return self._by_id.copy().values()

    def items(self) -> ItemsView[str, R]:
        """Return the present records with their ids."""
        return self._by_id.copy().items()

    def __len__(self) -> int:
        return len(self._by_id)


def nothing() -> None:
    """Complete what is complete."""


def _after_completion(name: str) -> property:
    """Return an attribute that is complete when it is read."""

    def read(table: LateTable[Any]) -> object:
        table.complete()
        return vars(table)[name]

    def write(table: LateTable[Any], value: object) -> None:
        vars(table)[name] = value

    return property(read, write)


class LateTable(Table[R]):
    """A table that a higher layer completes before it is read."""

    if not TYPE_CHECKING:
        _by_id = _after_completion("_by_id")
        _all = _after_completion("_all")

    def __init__(self, owner: Callable[[R], str] | None = None) -> None:
        self.complete: Callable[[], None] = nothing
        """Adds the records that are not in the table yet, with `put`; called before the table is read or changed."""
        super().__init__(owner)
        # The one of Mapping reads the table, too.
        del self.get

    @property
    def size(self) -> int:
        """The number of records that are in the table already."""
        return len(vars(self)["_all"])

    @property
    def present(self) -> list[R]:
        """The records that are in the table already."""
        return [*vars(self)["_all"]]

    def count_with(self, ids: Iterable[str]) -> int:
        """Return how many records the table has when it has those with these ids, too."""
        present = vars(self)["_by_id"]
        return len(present) + sum(id not in present for id in ids)

    def put(self, position: int, record: R) -> None:
        """Add a record at its position. To repeat this, after an interrupt, changes nothing."""
        vars(self)["_by_id"][record.id] = record
        vars(self)["_all"][position : position + 1] = (record,)


def _remove(rows: list[R], record: R) -> int:
    """Remove a record from a list, and return its position. Most are removed soon after they were added."""
    position = next(index for index in range(len(rows) - 1, -1, -1) if rows[index] is record)
    del rows[position]
    return position


class Section(Generic[S]):
    """A part of the state that belongs to a higher layer: a tuple, or an object with `copy()`.

    `make` creates it when it is first used: most tests use a few. One that is `completable` has an attribute
    `complete`, which its state sets: see LateTable.
    """

    _late: ClassVar[dict[str, Section[Any]]] = {}

    def __init__(self, make: Callable[[], S], *, completable: bool = False) -> None:
        self.make = make
        self.completable = completable

    @classmethod
    def late(cls, name: str, make: Callable[[], S]) -> Section[S]:
        """Return the section of a module that is imported when it is first used.

        It remains the same if a test forgets the module, and it is imported again: as after `patch.dict(sys.modules)`.
        """
        if name not in cls._late:
            cls._late[name] = cls(make)
        return cls._late[name]

    def of(self, state: State) -> S:
        """Return the section of a state."""
        found: S = state.sections[self]
        return found

    def set(self, state: State, value: S) -> None:
        """Replace the section of a state."""
        state.sections[self] = value


class Sections(dict[Section[Any], Any]):
    """The sections of a state that have been used."""

    __slots__ = ("_complete",)

    def __init__(self, sections: Iterable[tuple[Section[Any], Any]] = ()) -> None:
        super().__init__(sections)
        self._complete: Callable[[], None] = nothing

    def __missing__(self, section: Section[Any]) -> Any:
        made = section.make()
        # Before others see it: an interrupt may come next.
        if section.completable:
            made.complete = self._complete
        # In one step: of two threads that use a section first, both get the same one.
        found = self.setdefault(section, made)
        # Until it is the latest: another thread may have connected those that were there.
        while section.completable and found.complete is not self._complete:
            found.complete = self._complete
        return found

    def connect(self, complete: Callable[[], None]) -> None:
        """Let a function complete the completable sections before they are read."""
        self._complete = complete
        for section, value in dict(self).items():
            if section.completable:
                value.complete = complete

    def copy(self) -> Sections:
        """Return an independent copy, which is not connected."""
        # Copied first, since another thread may use another section.
        sections = dict(self).items()
        return Sections((one, value if isinstance(value, tuple) else value.copy()) for one, value in sections)


class Part(Generic[S]):
    """A part of a state, made when it is first used. Python then finds it in the state itself.

    If it is `late`, it is a LateTable, which its state completes.
    """

    def __init__(self, empty: Callable[[], S], *, late: bool = False) -> None:
        self.empty = empty
        """Makes an empty one."""
        self.late = late

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, state: None, _: type) -> Part[S]: ...
    @overload
    def __get__(self, state: State, _: type) -> S: ...
    def __get__(self, state: State | None, _: type) -> S | Part[S]:
        if state is None:
            return self
        part = state.make(self._name)
        if self.late:
            part.complete = state.complete
        # In one step: of two threads that use a part first, both get the same one. An interrupt may come between the
        # others: they are repeated until the last one is done.
        made: S = state.own.setdefault(self._name, part)
        vars(state.shared)[self._name] = made
        vars(state)[self._name] = made
        return made


def _of_customers() -> Table[Any]:
    return Table(_customer_id)


def _of_customers_late() -> LateTable[Any]:
    return LateTable(_customer_id)


class State:
    """Everything that a fake remembers, apart from its time and its random generator.

    Each part is made when it is first used: most tests use a few. `make` returns a part by its name, always an equal
    one, which belongs to nobody else: by default an empty one, else a copy of that of the `initial` state.
    """

    customers = Part[Table[records.Customer]](Table)
    agents = Part[Table[records.Agent]](Table)
    accesskeys = Part[Table[records.Accesskey]](_of_customers)
    providers = Part[Table[records.Provider]](Table)
    providercalls = Part[Table[records.ProviderCall]](_of_customers)
    calls = Part[LateTable[records.Call]](_of_customers_late, late=True)
    groupcalls = Part[Table[records.Groupcall]](_of_customers)
    flows = Part[Table[records.Flow]](_of_customers)
    activeflows = Part[LateTable[records.Activeflow]](_of_customers_late, late=True)
    recordings = Part[Table[records.Recording]](_of_customers)
    billings = Part[Table[records.Billing]](_of_customers)
    tokens = Part[MutableMapping[str, Principal]](dict)
    """The identity behind each token."""
    secrets = Part[dict[str, str]](dict)
    """The id of the access key with each secret."""
    addresses = Part[dict[tuple[str, str, str], str]](dict)
    """The id of the agent with each address of a customer: customer, type, target."""

    def __init__(self, make: Callable[[str], Any] | None = None, initial: State | None = None) -> None:
        self.make = make or _empty_part
        self.sections: Sections = Sections() if initial is None else initial.sections.copy()
        self.own: dict[str, Any] = {}
        """The parts that were made."""
        self.shared = self
        """The same state for reading only: a part that it does not have yet is that of all fakes of the seed."""
        if initial is not None:
            self.shared = State.__new__(State)
            vars(self.shared).update(vars(initial))
        self.on_completion: Callable[[], None] = nothing
        """Adds the records that a higher layer has put off to the late tables."""

    def complete(self) -> None:
        """Complete the late tables."""
        self.on_completion()

    def has_used(self, name: str) -> bool:
        """Return whether a part has been used, so that it may have changed."""
        return name in vars(self)

    def parts(self) -> dict[str, Any]:
        """Return all parts by name: the tables and the indexes."""
        return {name: getattr(self, name) for name in _PARTS}

    def find(self, record: R) -> R:
        """Return the present record with the id of another one, such as one of an earlier state; else the other one."""
        for table in (*self.parts().values(), *self.sections.values()):
            if isinstance(table, Table) and type(found := table.get(record.id)) is type(record):
                return found
        return record

    def copy(self) -> State:
        """Return an independent copy, which no longer depends on what this state was made from."""
        other = State()
        self.complete()
        vars(other).update({name: self.copy_of(name) for name in _PARTS})
        for name, part in _PARTS.items():
            if part.late:
                vars(other)[name].complete = other.complete
        other.sections = self.sections.copy()
        return other

    def copy_of(self, name: str) -> Any:
        """Return an independent copy of a part."""
        part = vars(self).get(name)
        return self.make(name) if part is None else part.copy()


_PARTS: Final = {name: part for name, part in vars(State).items() if isinstance(part, Part)}
"""The parts of a state by name."""


def _empty_part(name: str) -> Any:
    return _PARTS[name].empty()

"""Events of calls, groupcalls, activeflows, recordings and agents, with their webhooks (calls.md 2.6; flows.md 4)."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from threading import Lock
from typing import Any, NamedTuple, overload

from ..wire import gojson
from ..wire.serializers import EventSerializer
from ..world.records import EventRecord
from ..world.state import Section, nothing
from ..world.values import Action


class Event(NamedTuple):
    """One event: its time, its type such as `call_ringing`, its customer, and the resource as it was then.

    The resource is serialised on access: few events are ever read.
    """

    at: datetime
    type: str
    customer_id: str
    record: EventRecord
    serializer: EventSerializer
    state: tuple[Any, ...]
    """The values of the fields that may change, at the time of the event."""

    @property
    def resource_id(self) -> str:
        """The resource's id."""
        return self.record.id

    def __repr__(self) -> str:
        # An activeflow's actions may contain URLs with credentials.
        return f"<Event {self.type} of {self.resource_id} at {self.at}>"

    @property
    def data(self) -> dict[str, Any]:
        """The resource as the event shows it: the same object as a GET at that moment."""
        return self.serializer.write(self.record, self.state)

    @property
    def body(self) -> bytes:
        """The body of the event's webhook: `{"type": ..., "data": ...}`, compact (flows.md 4.2)."""
        if _HISTORY in self.serializer.keys:
            at = self.serializer.keys.index(_HISTORY)
            if len(self.state[at]) > _SHORT:
                return self._long_body(at)
        return gojson.encode({"type": self.type, "data": self.data})

    def _long_body(self, at: int) -> bytes:
        """Return the same, of a long history: its actions were encoded for the bodies of earlier events."""
        history = self.state[at]
        data = self.serializer.write(self.record, (*self.state[:at], history[:1], *self.state[at + 1 :]))
        names = list(data)
        position = names.index(_HISTORY)
        before, after = names[:position], names[position + 1 :]
        start, end = (gojson.encode({name: data[name] for name in part}) for part in (before, after))
        actions = b",".join(map(_encoded, history, repeat(self.serializer)))
        head = b'{"type":%b,"data":%b,"%b":[' % (gojson.encode(self.type), start[:-1], _HISTORY.encode())
        return b"".join((head, actions, b"]," if after else b"]", end[1:], b"}"))


_HISTORY = "executed_actions"
"""The field of an activeflow that grows with each of its events."""
_SHORT = 16
_ENCODED: dict[int, tuple[Action, EventSerializer, bytes]] = {}
"""The newest actions of histories that were encoded, each by its identity: its option cannot be hashed."""
_MOST_ENCODED = 4096


def _encoded(action: Action, serializer: EventSerializer) -> bytes:
    """Return an action of a history as JSON."""
    known = _ENCODED.get(id(action))
    # The identity of an action that is gone may be another one's.
    if known is not None and known[0] is action and known[1] is serializer:
        return known[2]
    if len(_ENCODED) >= _MOST_ENCODED:
        _ENCODED.clear()
    (written,) = dict(serializer.layout.writers)[_HISTORY]((action,))
    encoded = gojson.encode(written)
    _ENCODED[id(action)] = action, serializer, encoded
    return encoded


class EventLog(Sequence[Event]):
    """Events in the order in which they happened. Each is built when it is read, and equal each time.

    All are kept in two lists. The garbage collector visits every object that holds others, again and again: with two or
    three for each event, thousands of calls would mostly wait for it.
    """

    __slots__ = ("_heads", "_indexed", "_indexing", "_of_resource", "_states", "_values", "complete")

    def __init__(self) -> None:
        self._heads: list[Any] = []
        """For each event its time, type, record and serializer."""
        self._states = array("q")
        """For each event where its state begins; _NEW for that of all new records."""
        self._values: list[Any] = []
        """The states of all events but those, one after the other: the values of the fields that may change."""
        self._of_resource: dict[str, list[int]] = {}
        """Where the events of each resource begin, as far as a reader of one resource has needed it."""
        self._indexed = 0
        self._indexing = Lock()
        self.complete: Callable[[], None] = nothing
        """Adds the events that are not in the log yet, with `put`; called before the log is read or changed."""

    @property
    def size(self) -> int:
        """The number of events that are in the log already."""
        return len(self._heads) // _WIDTH

    def put(self, position: int, at: datetime, type: str, record: EventRecord, serializer: EventSerializer) -> None:
        """Add an event of a new record at its position. To repeat this, after an interrupt, changes nothing."""
        self._states[position : position + 1] = _OF_NEW
        start = position * _WIDTH
        self._heads[start : start + _WIDTH] = (at, type, record, serializer)

    def add(self, at: datetime, type: str, record: EventRecord, serializer: EventSerializer) -> None:
        """Add an event of a record as it is now."""
        self.complete()
        now, begin = serializer.get(record), _NEW
        if now != serializer.new:
            begin = len(self._values)
            self._values += now
        # In place of one without a head: an interrupt may have prevented it.
        self._states[self.size :] = array("q", (begin,))
        # Last, and in one step: other threads may be reading.
        self._heads += (at, type, record, serializer)

    def of(self, id: str) -> list[Event]:
        """Return the events of one resource."""
        self.complete()
        with self._indexing:
            for start in range(self._indexed, len(self._heads), _WIDTH):
                self._of_resource.setdefault(self._heads[start + 2].id, []).append(start)
                self._indexed = start + _WIDTH
            starts = self._of_resource.get(id, ())
            return [*map(self._event, starts)]

    def copy(self) -> EventLog:
        """Return an independent copy."""
        self.complete()
        other = EventLog()
        other._heads, other._states, other._values = self._heads.copy(), self._states[:], self._values.copy()
        return other

    def __len__(self) -> int:
        self.complete()
        return self.size

    def __iter__(self) -> Iterator[Event]:
        self.complete()
        return map(self._event, range(0, len(self._heads), _WIDTH))

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> list[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | list[Event]:
        self.complete()
        starts = range(0, len(self._heads), _WIDTH)[index]
        return self._event(starts) if isinstance(starts, int) else list(map(self._event, starts))

    def _event(self, start: int) -> Event:
        at, type, record, serializer = self._heads[start : start + _WIDTH]
        begin = self._states[start // _WIDTH]
        state = serializer.new if begin == _NEW else tuple(self._values[begin : begin + len(serializer.keys)])
        return Event(at, type, record.customer_id, record, serializer, state)

    def __repr__(self) -> str:
        return repr(list(self))


_WIDTH = 4
"""The number of items of the head of an event."""
_NEW = -1
_OF_NEW = array("q", (_NEW,))
EVENTS = Section(EventLog, completable=True)
"""All events, in the order in which they happened."""

"""Calls that were placed, and their records, which are created when one is first read.

Annotations are evaluated, see world/records.py.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import partial
from threading import RLock
from typing import Any, Final, NamedTuple

from ...contracts.editions import Edition
from ...contracts.formats.go_uuids import NIL
from ...contracts.light_imports import maker, without_collections
from ..events.event import EVENTS
from ..wire.serializers import Renderer, renderer
from ..world.forks import FORKS
from ..world.records import Activeflow, Call
from ..world.state import Section, State
from ..world.values import Address, Frame
from ..world.world import World

MANY: Final = 1_000
"""So many calls create so many objects that much of their time would go into garbage collections."""


class _Fields(NamedTuple):
    id: str
    tm_create: datetime
    customer_id: str
    flow_id: str
    activeflow_id: str
    source: Address
    destination: Address
    owner_id: str
    metadata: Mapping[str, Any]
    provider_id: str
    anonymous: bool
    groupcall_id: str
    world: World
    variables: Mapping[str, str]
    stack: tuple[Frame, ...]
    on_complete_flow_id: str


class NewCall(_Fields):
    """A call that was placed: what its record and its activeflow are created from."""

    def call(self) -> Call:
        """Create its record."""
        return maker(Call)(
            id=self.id,
            tm_create=self.tm_create,
            customer_id=self.customer_id,
            flow_id=self.flow_id,
            activeflow_id=self.activeflow_id,
            source=self.source,
            destination=self.destination,
            owner_type="agent" if self.owner_id else "",
            owner_id=self.owner_id or NIL,
            metadata=self.metadata,
            provider_id=self.provider_id,
            anonymous=self.anonymous,
            groupcall_id=self.groupcall_id,
            call_engine=self.world.call_controls,
        )

    def activeflow(self) -> Activeflow:
        """Create its activeflow, which starts when the call is answered. Without a flow, it has no actions."""
        return maker(Activeflow)(
            id=self.activeflow_id,
            tm_create=self.tm_create,
            customer_id=self.customer_id,
            flow_id=self.flow_id,
            reference_type="call",
            reference_id=self.id,
            variables=self.variables,
            stack=self.stack,
            on_complete_flow_id=self.on_complete_flow_id,
        )


class NewCalls:
    """The calls of a state that have no records yet.

    Their records and events are created when a test or a request reads a table of them, or the list of events: most
    tests read the response to a request only. An interrupt, or the handler of a signal that reads or places calls, may
    come between any two steps. So each step can be repeated: a call keeps the records and positions that it got first.
    """

    def __init__(self) -> None:
        self._waiting: deque[NewCall] = deque()
        self._is_connected = False
        self._lock = RLock()
        self._forks = FORKS.count

    def add(self, state: State, edition: Edition, new: NewCall) -> None:
        """Add a call to a state, always the same one."""
        if not self._is_connected:
            state.on_completion = partial(self._create, state, renderer(edition))
            state.sections.connect(state.complete)
            self._is_connected = True
        self._waiting.append(new)

    def _create(self, state: State, render: Renderer) -> None:
        """Create all records and events, in the order in which the calls were placed."""
        if not self._waiting:
            return
        if self._forks != FORKS.count:
            # A forked child process does not have the thread that may have held the lock.
            self._lock, self._forks = RLock(), FORKS.count
        with self._lock, without_collections() if len(self._waiting) >= MANY else nullcontext():
            while (new := self._next()) is not None:
                _put(state, render, new)
                # The handler of a signal may have removed it.
                with suppress(ValueError):
                    self._waiting.remove(new)

    def _next(self) -> NewCall | None:
        # The handler of a signal may take the last one.
        with suppress(IndexError):
            if self._waiting:
                return self._waiting[0]
        return None

    @property
    def ids(self) -> list[str]:
        """The ids of these calls. After an interrupt, the last call may have its record already."""
        return [one.id for one in self._waiting.copy()]

    def __repr__(self) -> str:
        return f"<{len(self._waiting)} new calls>"

    def copy(self) -> "NewCalls":
        """Return those of a copy of the state, whose tables are complete."""
        return NewCalls()


def _put(state: State, render: Renderer, new: NewCall) -> None:
    """Put the records and the events of a call into the tables and the log."""
    calls, activeflows, events = state.calls, state.activeflows, EVENTS.of(state)
    made = new.activeflow(), new.call(), activeflows.size, calls.size, events.size
    # In one step: what was made first counts.
    activeflow, call, activeflow_at, call_at, event_at = vars(new).setdefault("made", made)
    serializers = render.event_serializers
    activeflows.put(activeflow_at, activeflow)
    events.put(event_at, new.tm_create, "activeflow_created", activeflow, serializers[Activeflow.__name__])
    calls.put(call_at, call)
    events.put(event_at + 1, new.tm_create, "call_created", call, serializers[Call.__name__])


NEW_CALLS: Section[NewCalls] = Section.late("new calls", NewCalls)


def count_calls(state: State) -> int:
    """Return the number of calls. This does not create the records of new ones."""
    return state.shared.calls.count_with(NEW_CALLS.of(state).ids)

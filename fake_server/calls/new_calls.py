"""Calls that were placed, and their records, which are created when one is first read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from threading import RLock
from typing import Any, NamedTuple

from ...contracts.formats.go_uuids import NIL
from ...contracts.light_imports import maker
from ..events.event import EVENTS
from ..wire.serializers import renderer
from ..world.records import Activeflow, Call, CallControls
from ..world.state import Section
from ..world.values import Address, Frame
from ..world.world import World


class NewCall(NamedTuple):
    """A call that was placed: all that its record and its activeflow are created from."""

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
    call_engine: CallControls
    variables: Mapping[str, str]
    stack: tuple[Frame, ...]
    on_complete_flow_id: str

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
            call_engine=self.call_engine,
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
    """The calls of a state of which nobody has read anything.

    Their records and events are created when a table of them, or the list of events, is first read: most tests read
    the response to a request only.
    """

    def __init__(self) -> None:
        # Reentrant, because a handler of a signal may read them, too.
        self._lock = RLock()
        self._waiting: deque[NewCall] = deque()
        self._is_read = True
        """Whether the tables show all calls: nothing is deferred."""

    def add(self, world: World, new: NewCall) -> None:
        """Add a call. Nobody receives its events."""
        with self._lock:
            if self._is_read:
                self._defer(world)
            self._waiting.append(new)

    def _defer(self, world: World) -> None:
        state, events = world.state, EVENTS.of(world.state)
        self._deferred = state.calls, state.activeflows, events
        self._calls = state.calls.defer(self._create)
        self._activeflows = state.activeflows.defer(self._create)
        self._events = events.defer(self._create)
        self._edition = world.edition
        self._is_read = False

    def _create(self) -> None:
        """Create all records and events, in the order in which the calls were placed."""
        with self._lock:
            # An interrupt may end this at any point: what is left is then created at the next access.
            while self._waiting:
                new = self._waiting[0]
                if new.id not in self._calls:
                    self._add(new)
                self._waiting.popleft()
            self._is_read = True
            for one in self._deferred:
                one.resume()

    def _add(self, new: NewCall) -> None:
        activeflow, call = new.activeflow(), new.call()
        serializers = renderer(self._edition).event_serializers
        self._activeflows.add(activeflow)
        self._events.add(new.tm_create, "activeflow_created", activeflow, serializers[Activeflow.__name__])
        self._events.add(new.tm_create, "call_created", call, serializers[Call.__name__])
        self._calls.add(call)

    def __repr__(self) -> str:
        return f"<{len(self._waiting)} new calls>"

    def copy(self) -> NewCalls:
        """Return those of a copy of the state, whose tables are complete."""
        return NewCalls()


NEW_CALLS = Section(NewCalls)

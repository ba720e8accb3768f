"""Events of flows. No webhook reports them: only a timeline shows them (flows.md 1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..world.records import Flow
from ..world.state import Section, State


class FlowEvent(NamedTuple):
    """One event: its time, its type such as `flow_created`, and the flow as it was then."""

    at: datetime
    type: str
    resource_id: str
    data: dict[str, Any]


class _FlowEvents:
    """The events of the flows that clients have created, in order, by the id of the flow."""

    def __init__(self) -> None:
        self.by_id: dict[str, list[FlowEvent]] = {}

    def copy(self) -> _FlowEvents:
        """Return an independent copy."""
        other = _FlowEvents()
        other.by_id = {id: events.copy() for id, events in self.by_id.items()}
        return other


_EVENTS: Section[_FlowEvents] = Section.late("events of flows", _FlowEvents)


def add_flow_event(state: State, type: str, flow: Flow, shown: dict[str, Any]) -> None:
    """Record an event of a flow, which is `shown` as a GET shows it at this moment."""
    event = FlowEvent(flow.tm_update or flow.tm_create, type, flow.id, shown)
    _EVENTS.of(state).by_id.setdefault(flow.id, []).append(event)


def flow_events(state: State, flow: Flow, shown: dict[str, Any]) -> Sequence[FlowEvent]:
    """Return the events of a flow in order. One that no client has created or changed has only its creation."""
    found = _EVENTS.of(state).by_id.get(flow.id)
    return [*found] if found else [FlowEvent(flow.tm_create, "flow_created", flow.id, shown)]

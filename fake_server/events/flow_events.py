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


_EVENTS: Section[list[FlowEvent]] = Section.late("events of flows", list)
"""The events of flows that clients have created, in order."""


def add_flow_event(state: State, type: str, flow: Flow, shown: dict[str, Any]) -> None:
    """Record an event of a flow, which is `shown` as a GET shows it at this moment."""
    _EVENTS.of(state).append(FlowEvent(flow.tm_update or flow.tm_create, type, flow.id, shown))


def flow_events(state: State, flow: Flow, shown: dict[str, Any]) -> Sequence[FlowEvent]:
    """Return the events of a flow in order. One that no client has created or changed has only its creation."""
    found = [event for event in _EVENTS.of(state) if event.resource_id == flow.id]
    return found or [FlowEvent(flow.tm_create, "flow_created", flow.id, shown)]

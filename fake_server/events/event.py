"""Events of calls, groupcalls, activeflows, recordings and agents, with their webhooks (calls.md 2.6; flows.md 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from ..wire import gojson
from ..wire.serializers import EventSerializer
from ..world.records import EventRecord
from ..world.state import Section


class Event(NamedTuple):
    """One event: its time, its type such as `call_ringing`, its customer, and the resource as it was then.

    Only the resource's fields that may change are stored, and serialised on access: few events are ever read.
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
        return gojson.encode({"type": self.type, "data": self.data})


EVENTS: Section[list[Event]] = Section(list)
"""All events, in the order in which they happened."""

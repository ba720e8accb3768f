"""Events: what customers are told of their calls, groupcalls and activeflows (calls.md 2.6; flows.md 4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..wire import gojson

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..wire.serializers import EventSerializer
    from ..world.records import Activeflow, Call, Groupcall


class Event(NamedTuple):
    """One event: when it happened, its type such as `call_ringing`, whose it is, and the resource as it was then.

    Of the resource only what may change is kept, and written when somebody looks: few events are ever looked at.
    """

    at: datetime
    type: str
    customer_id: str
    record: Call | Groupcall | Activeflow
    serializer: EventSerializer
    state: tuple[Any, ...]
    """The values then of the fields that may change."""

    @property
    def resource_id(self) -> str:
        """The resource's id."""
        return self.record.id

    def __repr__(self) -> str:
        # An activeflow's actions may have URLs with credentials.
        return f"<Event {self.type} of {self.resource_id} at {self.at}>"

    @property
    def data(self) -> dict[str, Any]:
        """The resource as the event shows it, the same object as a GET at that moment."""
        return self.serializer.write(self.record, self.state)

    @property
    def body(self) -> bytes:
        """What a webhook is sent: `{"type": ..., "data": ...}`, compact (flows.md 4.2)."""
        return gojson.encode({"type": self.type, "data": self.data})


def emit(fake: FakeVoipbin, type: str, record: Call | Groupcall | Activeflow) -> None:
    """Something has happened to a record, which is as it is after that."""
    at = record.tm_update or record.tm_create
    telling = fake.render.tellings[record.__class__.__name__]
    event = Event(at, type, record.customer_id, record, telling, telling.state_of(record))
    fake.state.events.append(event)
    fake.webhooks.enqueue(event)

"""Events: what VoIPbin tells a customer's webhook about calls, groupcalls and activeflows (calls.md 2.6; flows.md 4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from . import gojson

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .records import Activeflow, Call, Groupcall
    from .render import Picture


class Event(NamedTuple):
    """One event: when it happened, its type such as `call_ringing`, whose it is, and the resource as it was then."""

    at: datetime
    type: str
    customer_id: str
    resource_id: str
    picture: Picture

    @property
    def data(self) -> dict[str, Any]:
        """The resource as the event shows it, the same object as a GET at that moment."""
        return self.picture.written()

    @property
    def body(self) -> bytes:
        """What a webhook is sent: `{"type": ..., "data": ...}`, compact (flows.md 4.2)."""
        return gojson.encode({"type": self.type, "data": self.data})


def emit(fake: FakeVoipbin, type: str, record: Call | Groupcall | Activeflow) -> None:
    """Something has happened to a record, which is as it is after that."""
    at = record.tm_update or record.tm_create
    event = Event(at, type, record.customer_id, record.id, fake.render.picture(record))
    fake.state.events.append(event)

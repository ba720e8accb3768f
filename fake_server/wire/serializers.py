"""From records to answers: the wire models say which fields there are, the edition how they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from ...contracts.editions import Edition
from ...contracts.models import responses
from ..world import records
from . import gojson

Write = Callable[[Any], Any]
_TOLD = (records.Call, records.Groupcall, records.Activeflow)
"""What events tell of."""
_LASTING = frozenset(
    {
        *("id", "customer_id", "owner_type", "owner_id", "type", "direction", "tm_create", "source", "destination"),
        *("destinations", "metadata", "flow_id", "activeflow_id", "master_call_id", "master_groupcall_id"),
        *("groupcall_id", "ring_method", "answer_method", "reference_type", "reference_id", "webhook_uri"),
        *("webhook_method", "reference_activeflow_id", "on_complete_flow_id"),
    }
)
"""What does not change on them any more once somebody was told of it."""


@lru_cache(maxsize=1024)
def documented_time(time: datetime) -> str:
    """`2026-04-21 23:15:00.000000`, as the documents print times."""
    return time.replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=1024)
def rfc3339(time: datetime) -> str:
    """`2026-04-21T23:15:00.12Z`: RFC 3339 as Go prints it, trailing zeros dropped."""
    text = time.replace(tzinfo=None).isoformat("T", "microseconds")
    return text.rstrip("0").rstrip(".") + "Z"


def rfc3339_micro(time: datetime) -> str:
    """`2026-04-21T23:15:00.120000Z`: a page token of the servers."""
    return time.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


@dataclass(frozen=True, slots=True)
class RecordSerializer:
    """How one model is written: its keys and how to get them, which go when empty, which are written in a way."""

    keys: tuple[str, ...]
    get: Callable[[object], tuple[Any, ...]]
    omitted: tuple[str, ...]
    writers: tuple[tuple[str, Write], ...]

    def write(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """A record's values as the object that goes on the wire."""
        written: dict[str, Any] = dict(zip(self.keys, values))  # noqa: B905 - as long as each other
        for key, write in self.writers:
            value = written[key]
            if value is not None:
                written[key] = write(value)
        for key in self.omitted:
            if not written[key]:
                del written[key]
        return written


@dataclass(frozen=True, slots=True)
class EventSerializer:
    """How events tell of one kind of resource: which fields of it may change, and what they are while it is new."""

    layout: RecordSerializer
    keys: tuple[str, ...]
    get: Callable[[object], tuple[Any, ...]]
    new: tuple[Any, ...]

    def state_of(self, record: object) -> tuple[Any, ...]:
        """What may change of a record, as it is now. All that are new have it in common."""
        state = self.get(record)
        return self.new if state == self.new else state

    def write(self, record: object, state: tuple[Any, ...]) -> dict[str, Any]:
        """A record as the object that goes on the wire, as it was in a state."""
        then = dict(zip(self.layout.keys, self.layout.get(record)))  # noqa: B905 - as long as each other
        then.update(zip(self.keys, state))  # noqa: B905 - as long as each other
        return self.layout.write(tuple(then.values()))


def _telling(record: type[records.Record], layout: RecordSerializer) -> EventSerializer:
    keys = tuple(key for key in layout.keys if key not in _LASTING)
    new = {field.name: field.default for field in fields(record)}
    return EventSerializer(layout, keys, attrgetter(*keys), tuple(new[key] for key in keys))


class Renderer:
    """Writes records in the manner of one edition."""

    def __init__(self, edition: Edition) -> None:
        self.time = documented_time if edition.documented_timestamps else rfc3339
        self.page_token = documented_time if edition.documented_timestamps else rfc3339_micro
        # The same few addresses come again and again, and never change.
        self._address = lru_cache(maxsize=256)(self.__call__)
        self.layouts = {model.__name__: self._layout(model, edition) for model in responses.RESOURCES}
        self.tellings = {record.__name__: _telling(record, self.layouts[record.__name__]) for record in _TOLD}

    def __call__(self, record: object) -> dict[str, Any]:
        """A record as the object that goes on the wire."""
        layout = self.layouts[type(record).__name__]
        return layout.write(layout.get(record))

    def page(self, rows: Sequence[records.Record]) -> dict[str, Any]:
        """One page of a list: the token is the last row's creation time (gateway.md 6)."""
        token = self.page_token(rows[-1].tm_create) if rows else ""
        return {"result": [self(row) for row in rows], "next_page_token": token}

    def _layout(self, model: type[responses.WireModel], edition: Edition) -> RecordSerializer:
        fields = responses.fields_of(model, edition)
        return RecordSerializer(
            keys=tuple(fields),
            get=attrgetter(*fields),
            omitted=tuple(key for key, field in fields.items() if responses.is_omitted_when_empty(field, edition)),
            writers=tuple((key, write) for key in fields if (write := self._writer(key)) is not None),
        )

    def _writer(self, key: str) -> Write | None:
        """How a field's value is written; None for as it is. A field's name tells its kind, on every resource."""
        if key.startswith("tm_") or key == "health_checked_at":
            return self.time
        if key in ("source", "destination"):
            return self._address
        if key in ("destinations", "addresses"):
            return lambda values: list(map(self._address, values))
        if key in ("action", "current_action"):
            return self
        if key in ("actions", "executed_actions"):
            return lambda values: [self(value) for value in values]
        return gojson.sorted_keys if key in ("metadata", "option", "tech_headers") else None


@cache
def renderer(edition: Edition) -> Renderer:
    """The edition's renderer. It holds no state, so that all fakes of an edition share it."""
    return Renderer(edition)

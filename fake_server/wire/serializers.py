"""Serialise records as JSON objects: the wire models define the fields, the edition their format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import cache, lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ...contracts.editions import Edition
from ...contracts.light_imports import Value, dataclass
from ...contracts.models.layouts import LAYOUTS, fields_of, layout_of
from ..world import records
from ..world.values import Address
from . import gojson
from .providercall_json import RECURRING, ProviderCallWriter
from .timestamps import documented_time, rfc3339, rfc3339_micro

if TYPE_CHECKING:
    from ...contracts.models.responses import WireModel

Write = Callable[[Any], Any]
_EVENT_RECORDS = (records.Call, records.Groupcall, records.Activeflow, records.Recording, records.Agent)
"""The records that events are about."""
_CONSTANT = frozenset(
    {
        *("id", "customer_id", "owner_type", "owner_id", "type", "direction", "tm_create", "source", "destination"),
        *("destinations", "metadata", "flow_id", "activeflow_id", "master_groupcall_id"),
        *("groupcall_id", "ring_method", "answer_method", "reference_type", "reference_id", "webhook_uri"),
        *("webhook_method", "reference_activeflow_id", "on_complete_flow_id"),
    }
)
"""Their fields that never change after the first event."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RecordSerializer(Value):
    """Serialises one model: its keys, how to get their values, which are omitted when empty, which need a writer."""

    keys: tuple[str, ...]
    get: Callable[[object], tuple[Any, ...]]
    omitted: tuple[str, ...]
    writers: tuple[tuple[str, Write], ...]

    def write(self, values: tuple[Any, ...]) -> dict[str, Any]:
        """Return a record's values as a JSON object."""
        written: dict[str, Any] = dict(zip(self.keys, values))  # noqa: B905 - equally long
        for key, write in self.writers:
            value = written[key]
            if value is not None:
                written[key] = write(value)
        for key in self.omitted:
            if not written[key]:
                del written[key]
        return written


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventSerializer(Value):
    """Serialises the events of one resource: its fields that may change, and their values in a new record.

    `get` returns their present values. `new` is one tuple, which all events of new records share.
    """

    layout: RecordSerializer
    keys: tuple[str, ...]
    get: Callable[[object], tuple[Any, ...]]
    new: tuple[Any, ...]

    def write(self, record: object, state: tuple[Any, ...]) -> dict[str, Any]:
        """Return a record as a JSON object, as it was in a state."""
        then = dict(zip(self.layout.keys, self.layout.get(record)))  # noqa: B905 - equally long
        then.update(zip(self.keys, state))  # noqa: B905 - equally long
        return self.layout.write(tuple(then.values()))


def _event_serializer(record: type[records.Record], layout: RecordSerializer) -> EventSerializer:
    keys = tuple(key for key in layout.keys if key not in _CONSTANT)
    new = {field.name: field.default for field in fields(record)}
    return EventSerializer(layout, keys, attrgetter(*keys), tuple(new[key] for key in keys))


def add_model(model: type[WireModel]) -> None:
    """Add the model of a resource that is imported late. Its name is that of its record."""
    LAYOUTS[model.__name__] = layout_of(model)


class _Layouts(dict[str, RecordSerializer]):
    """The serialisers of an edition by the name of their record. Each is made when it is first used."""

    def __init__(self, make: Callable[[str], RecordSerializer]) -> None:
        self._make = make

    def __missing__(self, name: str) -> RecordSerializer:
        return self.setdefault(name, self._make(name))


class Renderer:
    """Serialises records in the format of one edition."""

    def __init__(self, edition: Edition) -> None:
        self.time = documented_time if edition.documented_timestamps else rfc3339
        self.page_token = documented_time if edition.documented_timestamps else rfc3339_micro
        # The same few addresses recur, and never change.
        self._address = lru_cache(maxsize=RECURRING)(self.__call__)
        self._providercall = ProviderCallWriter(fields_of(Address.__name__, edition), self.time)
        self.layouts = _Layouts(lambda name: self._layout(fields_of(name, edition)))
        self.event_serializers = {
            record.__name__: _event_serializer(record, self.layouts[record.__name__]) for record in _EVENT_RECORDS
        }

    def __call__(self, record: object) -> dict[str, Any]:
        """Return a record as a JSON object."""
        layout = self.layouts[type(record).__name__]
        return layout.write(layout.get(record))

    def encode(self, record: records.Record) -> bytes:
        """Return a record as JSON."""
        written = self._providercall.write(record) if isinstance(record, records.ProviderCall) else None
        return gojson.encode_response(self(record)) if written is None else written

    def page(self, rows: Sequence[records.Record]) -> dict[str, Any]:
        """Return one page of a list: its token is the creation time of the last row (gateway.md 6)."""
        token = self.page_token(rows[-1].tm_create) if rows else ""
        return {"result": [self(row) for row in rows], "next_page_token": token}

    def _addresses(self, values: Sequence[Address]) -> list[dict[str, Any]]:
        if len(values) <= RECURRING:
            return list(map(self._address, values))
        # So many differ: looking each up, and forgetting it again, takes longer than the rest.
        layout = self.layouts[Address.__name__]
        return [layout.write(layout.get(one)) for one in values]

    def _layout(self, fields: Mapping[str, bool]) -> RecordSerializer:
        return RecordSerializer(
            keys=tuple(fields),
            get=attrgetter(*fields),
            omitted=tuple(key for key, is_omitted in fields.items() if is_omitted),
            writers=tuple((key, write) for key in fields if (write := self._writer(key)) is not None),
        )

    def _writer(self, key: str) -> Write | None:
        """Return the writer of a field, if it needs one. The field's name decides, on every resource."""
        if key.startswith("tm_") or key == "health_checked_at":
            return self.time
        if key in ("source", "destination"):
            return self._address
        if key in ("destinations", "addresses"):
            return self._addresses
        if key in ("action", "current_action"):
            return self
        if key in ("chained_call_ids", "recording_ids"):
            return tuple
        if key in ("actions", "executed_actions"):
            return lambda values: [self(value) for value in values]
        return gojson.sorted_keys if key in ("metadata", "option", "tech_headers") else None


@cache
def renderer(edition: Edition) -> Renderer:
    """Return the edition's renderer. It has no state, so all fakes of an edition share it."""
    return Renderer(edition)

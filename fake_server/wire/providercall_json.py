"""A providercall as JSON, written in one step: the same bytes as its JSON object, encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring as text
from typing import Final, TypeVar

from ..world.records import ProviderCall
from ..world.values import Address
from .go_encoder import needs_escapes

T = TypeVar("T")
RECURRING: Final = 256
"""The number of addresses whose JSON is kept: the same few recur, and never change. Many are encoded faster at once."""


_cached: Final = lru_cache(maxsize=RECURRING)(text)
"""Returns the JSON of a text that recurs, such as the id of a provider."""


class ProviderCallWriter:
    """Writes the providercalls of one edition: every POST /providercalls returns one."""

    def __init__(self, address_fields: Mapping[str, bool], write_time: Callable[[datetime], str]) -> None:
        # Whether each field of an address is omitted when empty.
        self._address_keys = tuple((f'"{key}":', not omitted) for key, omitted in address_fields.items())
        self._address = lru_cache(maxsize=RECURRING)(self._write_address)
        self._write_time = write_time

    def write(self, record: ProviderCall) -> bytes | None:
        """Return a record as JSON; None if it needs the encoder."""
        created, updated = record.tm_create, record.tm_update
        try:
            if len(record.destinations) > RECURRING:
                return None
            source = "null" if record.source is None else self._address(record.source)
            time = f'"{self._write_time(created)}"'
            json = (
                f'{{"id":{text(record.id)},"customer_id":{_cached(record.customer_id)},'
                f'"provider_id":{_cached(record.provider_id)},"flow_id":{_cached(record.flow_id)},"source":{source},'
                f'"destinations":{_list(self._address, record.destinations)},"anonymous":{_cached(record.anonymous)},'
                f'"call_ids":{_list(text, record.call_ids)},"groupcall_ids":{_list(text, record.groupcall_ids)},'
                f'"tm_create":{time},'
                f'"tm_update":{time if updated is created else self._optional_time(updated)},'
                f'"tm_delete":{self._optional_time(record.tm_delete)}}}'
            )
        except (TypeError, AttributeError):
            # A test has put something else into a field.
            return None
        return None if needs_escapes(json) else json.encode()

    def _optional_time(self, time: datetime | None) -> str:
        return "null" if time is None else f'"{self._write_time(time)}"'

    def _write_address(self, address: Address) -> str:
        if type(address) is not Address:
            raise TypeError
        pairs = zip(self._address_keys, address)  # noqa: B905 - equally long
        return "{" + ",".join([key + text(value) for (key, always), value in pairs if value or always]) + "}"


def _list(write: Callable[[T], str], values: Sequence[T]) -> str:
    """Return values as JSON. Most lists have one, or none."""
    if len(values) == 1:
        return f"[{write(values[0])}]"
    return f"[{','.join(map(write, values))}]" if values else "[]"

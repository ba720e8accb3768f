"""Changes of records that several resources share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....contracts.rule import Rule
from ...world.records import Record
from ..request_context import RequestContext

_CHARACTERS, _DETAIL_BYTES = 255, 65_535


def fits_columns(fields: Mapping[str, Any]) -> bool:
    """Return whether texts fit the columns of the servers' database: 255 characters, or 65,535 bytes of detail."""
    texts = ((key, value) for key, value in fields.items() if isinstance(value, str))
    return all(
        len(text.encode()) <= _DETAIL_BYTES if key == "detail" else len(text) <= _CHARACTERS for key, text in texts
    )


def soft_delete(ctx: RequestContext, record: Record) -> None:
    """Mark a record as deleted."""
    record.tm_update = record.tm_delete = ctx.world.clock.timestamp()


def replace_fields(ctx: RequestContext, rule: Rule, record: Record, fields: Mapping[str, Any]) -> None:
    """Replace fields of a record. The rule applies to those that the client left empty."""
    if not all(fields.values()):
        fields = ctx.follows(rule, fields)
    for key, value in fields.items():
        setattr(record, key, value)
    record.tm_update = ctx.world.clock.timestamp()

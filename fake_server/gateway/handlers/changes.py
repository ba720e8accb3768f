"""Checks and changes that several resources share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ....contracts.rule import Rule
from ...world.records import Record
from ..request_context import RequestContext

_CHARACTERS, _DETAIL_BYTES = 255, 65_535
_LONGER = {"address": 1024, "webhook_uri": 1023}
"""The fields with more characters."""
_KIB = 1024
_OWN_VARIABLES = "voipbin."


def fits_columns(fields: Mapping[str, Any]) -> bool:
    """Return whether texts fit the columns of the servers' database: 255 characters or more, 65,535 bytes of detail."""
    texts = ((key, value) for key, value in fields.items() if isinstance(value, str))
    return all(
        len(text.encode()) <= _DETAIL_BYTES if key == "detail" else len(text) <= _LONGER.get(key, _CHARACTERS)
        for key, text in texts
    )


def is_url(text: str) -> bool:
    """Return whether a text is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def free_variables(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a client may set: not VoIPbin's own, and none with a blank name."""
    trimmed = {name.strip(): value for name, value in sent.items()}
    return {name: value for name, value in trimmed.items() if _is_free(name)}


def _is_free(name: str) -> bool:
    return name != "" and not name.lower().startswith(_OWN_VARIABLES)


def variables_error(variables: Mapping[str, str]) -> str | None:
    """Return the server's error for invalid variables (calls.md 1.6); None for valid ones."""
    if len(variables) > 100:
        return "too many variables (max 100)"
    if any(len(value.encode()) > 32 * _KIB for value in variables.values()):
        return "variable value exceeds 32KB"
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > 64 * _KIB:
        return "variables total size exceeds 64KB"
    return None


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

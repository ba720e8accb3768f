"""Redaction of the ids of tests: a parameter that is a credential is part of its test's id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ..contracts.redaction import MASK, redact_message, redact_text, redact_values


def redact_ids(metafunc: pytest.Metafunc) -> None:
    """Redact the ids of the calls of a test. They remain distinct; all others are unchanged."""
    calls = metafunc._calls
    for call in calls:
        for name, value in call.params.items():
            if isinstance(value, str):
                # For what it remembers: the name of the parameter tells that it is a credential.
                redact_text(f"{name} = {value!r}")
    redacted = [_redacted(call._idlist) for call in calls]
    if any(MASK in part for ids in redacted for part in ids):
        metafunc._calls = [replace(call, _idlist=ids) for call, ids in zip(calls, _distinct(redacted), strict=True)]


def _redacted(ids: Sequence[str]) -> list[str]:
    return [redact_values(redact_message(part)) if isinstance(part, str) else part for part in ids]


def _distinct(ids: list[list[str]]) -> list[list[str]]:
    """Number the ids that are equal, as pytest does."""
    counts, numbers = Counter(map(tuple, ids)), Counter[tuple[str, ...]]()
    distinct = []
    for parts in ids:
        key = tuple(parts)
        if counts[key] > 1:
            parts = [*parts[:-1], f"{parts[-1]}{numbers[key]}"]
            numbers[key] += 1
        distinct.append(parts)
    return distinct

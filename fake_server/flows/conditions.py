"""The comparisons of condition_datetime and condition_variable (flows.md 3.5)."""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ...contracts import models
from ...contracts.editions import Edition

Compare = Callable[[Any, Any], bool]

_SIGNS: Mapping[str, Compare] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_WORDS: Mapping[str, Compare] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
}


def _compare(condition: str, edition: Edition) -> Compare:
    """Return the comparison with a name. An unknown one never holds."""
    known = {**_SIGNS, **_WORDS} if edition.supports_named_conditions else _SIGNS
    return known.get(condition, lambda *_: False)


def time_matches(option: models.actions.ConditionDatetimeOption, now: datetime, edition: Edition) -> bool:
    """Return whether each given part compares to the UTC time. The option is the left operand."""
    if option.weekdays and now.isoweekday() % 7 not in option.weekdays:
        return False
    holds = _compare(option.condition, edition)
    parts = ((option.month, now.month, 1), (option.day, now.day, 1), (option.hour, now.hour, 0))
    return all(holds(given, is_) for given, is_, least in (*parts, (option.minute, now.minute, 0)) if given >= least)


def variable_matches(option: models.actions.ConditionVariableOption, text: str, edition: Edition) -> bool:
    """Return whether a text compares to the option's value. An invalid number never does."""
    holds = _compare(option.condition, edition)
    if option.value_type == "string":
        return holds(text, option.value_string)
    if option.value_type == "length":
        return holds(len(text.encode()), option.value_length)
    if option.value_type == "number":
        left, right = _float32(text), _float32(repr(option.value_number))
        return left is not None and right is not None and holds(left, right)
    return False


def _float32(text: str) -> float | None:
    """Parse a number as Go's ParseFloat does for 32 bits. Return None if it is invalid, e.g. has underscores."""
    if text != text.strip() or "_" in text:
        return None
    try:
        number: float = struct.unpack("f", struct.pack("f", float(text)))[0]
    except (ValueError, OverflowError):
        return None
    return number

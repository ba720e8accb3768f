"""The operations that are modelled, in one table."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import unquote

from . import accounts, calls, customers, flows
from .operation import Operation

OPERATIONS: tuple[Operation, ...] = (*calls.OPERATIONS, *flows.OPERATIONS, *accounts.OPERATIONS, *customers.OPERATIONS)
"""All modelled operations."""


def find(method: str, target: str) -> tuple[Operation, str] | None:
    """Return the operation of a request target and the id in its path ("" if none), or None if it is unknown."""
    path = unquote(target.partition("?")[0])
    for operation in OPERATIONS:
        match = _pattern(operation.path).fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict().get("id") or ""
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\{id\}", "(?P<id>[^/]+)"))

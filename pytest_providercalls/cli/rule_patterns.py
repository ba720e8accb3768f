"""Rule patterns: an id, the beginning of ids (`PC-`, `PC-PRE`), or a glob (`*-AUTH-*`)."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import translate
from re import IGNORECASE, match

from ..contracts.suggestions import suggestion
from .errors import UsageError

HELP = "an id, the beginning of ids such as PC-PRE, or a glob"


def matching_ids(pattern: str, ids: Iterable[str]) -> list[str]:
    """Return the id that equals a pattern, or all ids that match it, in any case. Raises UsageError if none does."""
    ids = list(ids)
    if pattern.upper() in ids:
        return [pattern.upper()]
    glob = pattern if set(pattern) & set("*?[") else f"{pattern.rstrip('-')}-*"
    found = [id for id in ids if match(translate(glob), id, IGNORECASE)]
    if not found:
        hint = suggestion(pattern.upper(), ids) or "; `providercalls rules` lists all rules"
        raise UsageError(f"unknown rule {pattern!r}{hint}")
    return found


def all_matching(patterns: Iterable[str], ids: Iterable[str]) -> frozenset[str]:
    """Return the ids that match any of the patterns. Raises UsageError if a pattern matches none."""
    ids = list(ids)
    return frozenset(id for pattern in patterns for id in matching_ids(pattern, ids))

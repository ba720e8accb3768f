"""Timestamps: how the documents and the servers print them, and how the servers' database parses them."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from functools import cache, lru_cache

_compiled = cache(re.compile)
_TIME = "([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
_WITHOUT_ZONE = len("2026-04-21 23:15:00.000000")


@lru_cache(maxsize=1024)
def documented_time(time: datetime) -> str:
    """Return `2026-04-21 23:15:00.000000`, as the documents print times."""
    return time.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


@lru_cache(maxsize=1024)
def rfc3339(time: datetime) -> str:
    """Return `2026-04-21T23:15:00.12Z`: RFC 3339 as Go prints it, without trailing zeros."""
    text = time.isoformat("T", "microseconds")[:_WITHOUT_ZONE]
    return text.rstrip("0").rstrip(".") + "Z"


def rfc3339_micro(time: datetime) -> str:
    """Return `2026-04-21T23:15:00.120000Z`: a page token of the servers."""
    return time.isoformat("T", "microseconds")[:_WITHOUT_ZONE] + "Z"


def parse_time(text: str) -> datetime | None:
    """Parse a time as the database does: RFC 3339, or with a space and no zone. Return None for any other text."""
    match = _compiled(_TIME).fullmatch(text)
    if match is None:
        return None
    day, time, fraction, zone = match.groups(default="")
    try:
        # Python 3.10 parses only fractions of 3 or 6 digits, and numeric zones.
        zone = "+00:00" if zone in ("", "Z") else zone
        found = datetime.fromisoformat(f"{day}T{time or '00:00:00'}{fraction or '.':0<7.7}{zone}")
        return found.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None

"""Timestamps: how the documents and the servers print them, and how the servers' database parses them."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

from ...contracts.light_imports import compiled

_TIME = "([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"


def documented_time(time: datetime) -> str:
    """Return `2026-04-21 23:15:00.000000`, as the documents print times."""
    return f"{_second(' ', time)}.{time.microsecond:06}"


def rfc3339(time: datetime) -> str:
    """Return `2026-04-21T23:15:00.12Z`: RFC 3339 as Go prints it, without trailing zeros."""
    fraction = f".{time.microsecond:06}".rstrip("0") if time.microsecond else ""
    return f"{_second('T', time)}{fraction}Z"


def rfc3339_micro(time: datetime) -> str:
    """Return `2026-04-21T23:15:00.120000Z`: a page token of the servers."""
    return f"{_second('T', time)}.{time.microsecond:06}Z"


def _second(separator: str, time: datetime) -> str:
    """Return a time without its fraction and zone. Most times of a test are within a few seconds."""
    return _written(separator, time.year, time.month, time.day, time.hour, time.minute, time.second)


@lru_cache(maxsize=256)
def _written(separator: str, year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    return f"{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}"


def parse_time(text: str) -> datetime | None:
    """Parse a time as the database does: RFC 3339, or with a space and no zone. Return None for any other text."""
    match = compiled(_TIME).fullmatch(text)
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

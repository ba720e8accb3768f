"""The country of a phone number, and the form in which the newest servers store an address target."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from . import plan


class _Plan(NamedTuple):
    """How the numbers of a country begin, and how long they are."""

    country: str
    lengths: frozenset[int]
    """The lengths of its numbers, the calling code included."""
    mobile: tuple[str, ...]
    """What its mobile numbers begin with, the calling code included."""


@cache
def _plan(row: str) -> _Plan:
    country, code, lengths, prefixes = row.split(" ")
    mobile = tuple(code + prefix.strip("*") for prefix in prefixes.strip("[]").split(",") if prefix)
    return _Plan(country, frozenset(len(code) + int(length) for length in lengths.split(",")), mobile)


_ROWS: tuple[tuple[str, str], ...] = tuple((row.split(" ", 2)[1], row) for row in plan.COUNTRIES)
"""The calling code and the row of each country. A row is split up when a number begins with its code."""
ALL: frozenset[str] = frozenset(row.partition(" ")[0] for row in plan.COUNTRIES)
"""Every country that `country_of` can return."""
_LONGEST_CODE = max(len(code) for code, _ in _ROWS)
_LONGEST_PREFIX = 7
"""No mobile number begins with more digits that matter, the calling code included."""


def country_of(number: str) -> str:
    """Return the country of a number, or "" if there is none with its calling code and exactly its length.

    The number is in international format, with or without plus, and without separators. The first country decides in
    which it is a mobile number, else the last one in which it may be a landline.
    """
    digits = number.removeprefix("+")
    # Many numbers have the same beginning, and nothing behind it matters but their length.
    return _country_for(digits[:_LONGEST_PREFIX], len(digits.encode()))


@lru_cache(maxsize=1024)
def _country_for(start: str, size: int) -> str:
    """Return the country of the numbers that begin like this and have this size."""
    landline = ""
    for country, mobile in _plans_for(start[:_LONGEST_CODE], size):
        if start.startswith(mobile):
            return country
        landline = country
    return landline


@lru_cache(maxsize=1024)
def _plans_for(start: str, size: int) -> list[tuple[str, tuple[str, ...]]]:
    """Return country and mobile prefixes of the plans whose numbers begin like this and have this size."""
    plans = [_plan(row) for code, row in _ROWS if start.startswith(code)]
    return [(one.country, one.mobile) for one in plans if size in one.lengths]


def normalise_target(type: str, target: str) -> str:
    """Return an address target in the form that the newest servers store in a call (calls.md 3.5)."""
    if type in ("tel", "whatsapp"):
        return _normalise_number(target)
    if type == "email":
        return target.strip().lower()
    return _normalise_sip(target) if type == "sip" else target


def _normalise_number(target: str) -> str:
    text = target.strip()
    digits = "".join(character for character in text if character in "0123456789")
    return ("+" if text.startswith("+") else "") + digits if digits else target


def _normalise_sip(target: str) -> str:
    """Lower the case of the host only: parameters and headers may depend on it."""
    text = target.strip()
    end = min((text.index(mark) for mark in ";?" if mark in text), default=len(text))
    user, at, host = text[:end].rpartition("@")
    return user + at + host.lower() + text[end:] if at else text

"""The country of a phone number, by its calling code, and the formats of phone numbers and address targets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from .country_codes import CALLING_CODES

CODES: Mapping[str, str] = {code: country for country, codes in CALLING_CODES.items() for code in codes.split()}
"""The country of each calling code."""
ALL: frozenset[str] = frozenset(CALLING_CODES)
"""Every country that `country_of` can return."""

_NON_DIGITS = re.compile("[^0-9]+")
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


@lru_cache(maxsize=1024)
def country_of(number: str) -> str:
    """Return the country of a number in international format, with or without plus, or "" if it is unknown."""
    digits = number.removeprefix("+")
    return next((CODES[digits[:size]] for size in (4, 3, 2, 1) if digits[:size] in CODES), "")


@lru_cache(maxsize=1024)
def is_phone_number(text: str) -> bool:
    """Return whether a text can be parsed as a phone number, as a US number if it has no plus (calls.md 3.5).

    It need not be E.164: letters count as keypad digits, and all other characters are ignored.
    """
    text = text.strip()
    digits = _NON_DIGITS.sub("", text.upper().translate(_KEYPAD))
    if not 2 <= len(digits) <= 17:
        return False
    return not text.startswith("+") or country_of(digits) != ""


def normalise_target(type: str, target: str) -> str:
    """Return an address target in the form that the newest servers store in a call (calls.md 3.5)."""
    if type == "tel":
        text = target.strip()
        digits = "".join(character for character in text if character in "0123456789")
        return ("+" if text.startswith("+") else "") + digits if digits else target
    if type == "sip":
        user, at, host = target.strip().partition("@")
        return user + at + host.lower()
    return target

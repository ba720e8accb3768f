"""What counts as a phone number: libphonenumber's parser, as far as it decides whether a text is one.

The servers' version is a port to Go, whose patterns are less strict than the original's: they may match anywhere in the
text. Numbers without a calling code are read as US numbers. Of national prefixes only that of +1 is known; another one
matters only in a number of 18 digits or more.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ....contracts.light_imports import compiled
from . import plan

_CALLING_CODES = frozenset(plan.CALLING_CODES.split())
_PUNCTUATION = (
    "\\-x\u2010-\u2015\u2212\u30fc\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000()\uff08\uff09\uff3b\uff3d.\\[\\]/~"
    "\u2053\u223c\uff5e"
)
_START = r"[+\uff0b\d]"
_SECOND_NUMBER = r"[\\/] *x"
_VIABLE = rf"\d{{2}}|(?:[{_PUNCTUATION}*]*\d){{3}}"
_EXTENSION = (
    r"(?:;ext=\d{1,7}"
    "|[ \u00a0\\t,]*(?:e?xt(?:ensi(?:o\u0301?|\u00f3))?n?|\uff45?\uff58\uff54\uff4e?|[,x\uff58#\uff03~\uff5e]"
    "|int|anexo|\uff49\uff4e\uff54)[:.\uff0e]?[ \u00a0\\t,\\-]*\\d{1,7}#?"
    r"|[- ]+\d{1,5}#)\Z"
)
_PLUS = "[+\uff0b]+"
_VANITY = "(?:.*?[A-Za-z]){3}"
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_LOCAL_DIGITS = str.maketrans(
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"
    "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9"
    "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19",
    3 * "0123456789",
)
_E164 = re.compile(r"\+[0-9]{7,15}").fullmatch
"""The usual form. With a known calling code, nothing else about such a text matters."""
_MAX_TEXT = 250
_MIN_DIGITS, _MAX_DIGITS = 2, 17
_INTERNATIONAL_PREFIX = "011"
_DEFAULT_CODE = "1"
_TRUNK_PREFIX = "1(?=[2-9][0-9]{9})"


def is_phone_number(text: str) -> bool:
    """Return whether a text can be parsed as a phone number. It need not be E.164, nor exist (calls.md 3.5)."""
    return calling_code(text) != ""


def calling_code(text: str) -> str:
    """Return the calling code of a phone number, such as "1", or "" for a text that cannot be parsed as one."""
    # Not remembered: of many numbers, which nearly all have this form, each would only displace another.
    if _E164(text) and (code := _known_code(text[1:4])):
        return code
    return _parsed_code(text)


@lru_cache(maxsize=1024)
def _known_code(digits: str) -> str:
    """Return the calling code with which some digits begin, or "" if there is none."""
    return next((digits[:size] for size in (1, 2, 3) if digits[:size] in _CALLING_CODES), "")


@lru_cache(maxsize=1024)
def _parsed_code(text: str) -> str:
    if len(text.encode()) > _MAX_TEXT:
        return ""
    number = _phone_context(text)
    if not compiled(_VIABLE).search(number):
        return ""
    extension = compiled(_EXTENSION).search(number)
    if extension and compiled(_VIABLE).search(number[: extension.start()]):
        number = number[: extension.start()]
    code, digits = _parts(number) or ("", "")
    if len(digits.encode()) < _MIN_DIGITS:
        return ""
    trunk = compiled(_TRUNK_PREFIX).match(digits)
    return code if len(digits.encode()) - bool(trunk) <= _MAX_DIGITS else ""


def _phone_context(text: str) -> str:
    """Return what may be a number: from the first digit or plus, or the parts of a `tel:` URI with a context."""
    before, context, after = text.partition(";phone-context=")
    if context and before:
        prefix = after.partition(";")[0] if after.startswith("+") else ""
        number = prefix + before.rpartition("tel:")[2]
    else:
        start = compiled(_START).search(text)
        number = compiled(_SECOND_NUMBER).split(text[start.start() :], maxsplit=1)[0] if start else ""
    return number.partition(";isub=")[0] or number


def _parts(number: str) -> tuple[str, str] | None:
    """Return the calling code and the digits after it; None if the code is unknown, or nothing follows it."""
    plus = compiled(_PLUS).match(number)
    if plus is None:
        digits = _normalise(number)
        rest = digits[len(_INTERNATIONAL_PREFIX) :]
        international = digits.startswith(_INTERNATIONAL_PREFIX) and not rest.startswith("0")
        return _split(rest) if international else (_DEFAULT_CODE, digits)
    digits = _normalise(number[plus.end() :])
    if len(digits.encode()) <= _MIN_DIGITS:
        return None
    found = _split(digits)
    # With an unknown calling code, the plus is ignored if an international prefix follows.
    again = digits.startswith(_INTERNATIONAL_PREFIX) and found is None
    return _split(digits[len(_INTERNATIONAL_PREFIX) :]) if again else found


def _split(digits: str) -> tuple[str, str] | None:
    if len(digits.encode()) <= _MIN_DIGITS:
        return None
    code = _known_code(digits[:3])
    return (code, digits[len(code) :]) if code else None


def _normalise(number: str) -> str:
    if compiled(_VANITY).search(number):
        return "".join(re.findall(r"[0-9+*]", number.upper().translate(_KEYPAD)))
    return "".join(re.findall(r"\d", number)).translate(_LOCAL_DIGITS)

"""Text without credentials: they are found by value, by name, and by shape.

Everything that is found in a text, in any of its readings, is marked in the text itself and replaced at the end, so no
search depends on what another one has replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from .known_values import KNOWN, is_ordinary
from .names import (
    HINTS,
    HINTS_ON_THE_WIRE,
    IN_A_FORM,
    IN_CODE,
    IN_MESSAGE,
    ON_THE_WIRE,
    TOKENS,
    Pattern,
    name_places,
    names_credential,
    value_of,
)
from .readings import Reading, readings

MASK: Final = "***"
_PASSES: Final = 4
"""How often a text with known values is redacted at most: nearly always, the second time changes nothing."""
_IS_ONE_TOKEN: Final = re.compile(r"(?:Bearer )?(?:eyJ[\w-]{10,}(?:\.[\w-]+)*|vb_[\w-]{20,})", re.ASCII).fullmatch
"""The usual header. No pattern finds another credential in it, so none of them need be compiled for it."""
_SEPARATOR: Final = re.compile(r"""[&;#\s"'<>\\]""").search
_IS_CODE: Final = re.compile(r"(?s:.*(?:[{}<>()\[\]]|\.\.\.).*)|[A-Za-z_]+(?:\.[A-Za-z_]+)+").fullmatch


class _Mark(NamedTuple):
    """A part of a text, and what replaces it."""

    start: int
    end: int
    replacement: str = MASK


def redact_text(text: str) -> str:
    """Return a text such as source code without credentials. Code that only names one is unchanged."""
    return _redact(text, IN_CODE)


def redact_message(text: str) -> str:
    """Return the message of an error, a line of a log, or the like without credentials: `token=...` has a value."""
    return _redact(text, IN_MESSAGE)


def redact_known(text: str) -> str:
    """Return a text without the values that are known to be secret."""
    return _replaced(text, _find_known(text))


def redact_values(text: str) -> str:
    """Return a text without the values that are known to be secret, and without tokens and access keys."""
    return _redact(text, TOKENS)


def redact_command(words: Iterable[str]) -> list[str]:
    """Return the words of a command without credentials: in a word, and in the one after an option such as --token."""
    redacted, option = list[str](), ""
    for word in words:
        is_credential = option.startswith("-") and not word.startswith("-") and names_credential(option.lstrip("-"))
        is_user = option in ("-u", "--user") and ":" in word
        redacted.append(MASK if is_credential or is_user else redact_message(redact_target(word)))
        option = word
    return redacted


@lru_cache(maxsize=256)
def redact_target(target: str) -> str:
    """Return a request target without the credentials that it names, which are known from now on."""
    if not ("=" in target or "%" in target or "eyJ" in target or "vb_" in target or "@" in target):
        return target
    return _replaced(target, _find_named(target, IN_A_FORM)) if _may_contain_credential(target) else target


def redact_body(body: bytes) -> bytes:
    """Return a body (JSON or, by mistake, a form) without the credentials that it names. They are known from now on."""
    if not body:
        return body
    # Searching text is faster than searching bytes.
    text = body.decode(errors="surrogateescape")
    if text.isascii() and "\\" not in text and not _may_contain_credential(text):
        return body
    patterns = ON_THE_WIRE if text.lstrip()[:1] in ("{", "[") else IN_A_FORM
    return _replaced(text, _find_named(text, patterns)).encode(errors="surrogateescape")


def learn_header(value: str) -> None:
    """Remember the credentials in a header, as it is and as UTF-8: it was read as Latin-1."""
    with suppress(UnicodeError):
        if (decoded := value.encode("latin-1").decode()) != value:
            learn_header(decoded)
    scheme, _, credential = value.partition(" ")
    _learn(value)
    if scheme.isalpha():
        _learn(credential.strip())
    if _IS_ONE_TOKEN(value):
        return
    for cookie in value.split(";"):
        _learn(cookie.partition("=")[2].strip().strip('"'))
    _find_named(value, IN_MESSAGE)


def learn_variables(environment: Mapping[str, str]) -> None:
    """Remember the credentials in environment variables such as VOIPBIN_TOKEN."""
    for name, value in environment.items():
        if "VOIPBIN" in name.upper() and names_credential(name):
            _learn(value)


KNOWN.on_forgotten += (redact_target.cache_clear,)


def _learn(value: str) -> None:
    """Remember a value, as it is and decoded."""
    if not is_ordinary(value):
        for reading in readings(value):
            KNOWN.add(reading.text.strip())
        KNOWN.add(unquote_plus(value).strip())


def _may_contain_credential(text: str) -> bool:
    """Return whether a text, possibly encoded, may contain a credential."""
    return "%" in text or any(map(text.casefold().__contains__, HINTS_ON_THE_WIRE))


def _redact(text: str, patterns: tuple[Pattern, ...]) -> str:
    for _ in range(_PASSES):
        marks = _find_named(text, patterns)
        # The values that the text itself names are secret in the rest of it, too.
        known = _find_known(text)
        redacted = _replaced(text, [*marks, *known])
        # A known value may begin or end in the middle of what then looks like a credential.
        if not known or redacted == text:
            return redacted
        text = redacted
    return text


def _find_known(text: str) -> list[_Mark]:
    if not KNOWN:
        return []
    return [_Mark(*reading.origin(*span)) for reading in readings(text) for span in KNOWN.spans(reading.text)]


def _find_named(text: str, patterns: tuple[Pattern, ...]) -> list[_Mark]:
    """Find the credentials that a name or a shape reveals, and remember them."""
    is_sent = patterns in (IN_A_FORM, ON_THE_WIRE)
    marks: list[_Mark] = []
    for level, reading in enumerate(readings(text)):
        folded = reading.text.casefold()
        if any(map(folded.__contains__, HINTS)):
            needs_names = any(pattern.regex.begins_with_name for pattern in patterns)
            names = name_places(reading.text) if needs_names else []
            for pattern in patterns:
                for found in pattern.regex.finditer(reading.text, names):
                    # An earlier level has judged what contains no escape of this one.
                    if (not level or reading.has_escape(*found.span())) and found.end(1) < found.end():
                        marks += _marked(found, pattern, reading, is_sent)
    return marks


def _marked(found: re.Match[str], pattern: Pattern, reading: Reading, is_sent: bool) -> Iterator[_Mark]:
    # An empty literal is no credential.
    if not pattern.accept(found) or (pattern.quoted and not value_of(found)):
        return
    end = found.end()
    # `%74oken=a%26b`: where only the name is decoded, the separator belongs to the value.
    decodes = not (pattern.quoted or reading.without_style)
    if decodes and found.end(1) and not reading.has_escape(found.end(1) - 1, found.end(1)):
        while reading.has_escape(end, end + 1):
            separator = _SEPARATOR(reading.text, end + 1)
            end = separator.start() if separator else len(reading.text)
    if pattern.certain and not reading.text.startswith("...", end):
        for value in pattern.values(value_of(found) + reading.text[found.end() : end]):
            # A text may be code, in which `{...}` or `config.token` takes the place of a value.
            if is_sent or not _IS_CODE(value):
                _learn(value)
    quote = (found[2] or '"') if pattern.quoted else ""
    yield _Mark(*reading.origin(found.end(1), end), f"{quote}{MASK}{quote}")


def _replaced(text: str, marks: Iterable[_Mark]) -> str:
    """Replace the marked parts of a text. Marks that overlap are replaced together."""
    parts, end, sorted_marks = list[str](), 0, sorted(marks, key=lambda mark: mark.start)
    for mark in sorted_marks:
        if mark.start >= end:
            parts += text[end : mark.start], mark.replacement
        end = max(end, mark.end)
    return "".join([*parts, text[end:]]) if parts else text

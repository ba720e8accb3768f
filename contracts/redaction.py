"""Redaction of credentials in text that is recorded or printed: by name, and by pattern where they have no name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final
from urllib.parse import unquote

MASK: Final = "***"
_WIRE: Final = ("password", "token", "accesskey", "webhook_secret")
"""The API's names of credentials."""
_OTHERS: Final = (
    r"(?:access|api|auth|bearer|delegate|direct|id|refresh|session)[_-]?token|passwd|api[_-]?key|access[_-]key"
    r"|(?:client[_-]?|signing[_-]?)?secret|signing[_-]?key|(?:proxy-)?authorization"
)
"""Other names, which clients use by mistake or send to other servers."""
_QUOTED: Final = r"""(\\*["'])(?:(?!\2)(?:\\.|.))*(?:\2)?"""
"""A quoted value; the quote is group 2, with backslashes in JSON inside a JSON string."""
_TRUNCATED: Final = _QUOTED.replace(r"(?!\2)", r"(?!\2|\.\.\.)")
"""The same, or its beginning: pytest replaces the middle of a long repr with three dots."""
_VALUE: Final = _QUOTED + r"|[\[{][^\]}]*[\]}]?|[^\s\"'\[{,}\]]+"
_TO_THE_END: Final = r"""[^&;#\s"'<>\\]+"""
_DECODINGS: Final = 3


def _json_spellings(name: str) -> str:
    """Return a pattern for each spelling of a key that Go's decoder reads as `name`: plain and with escapes."""
    # The pattern ignores case, which also covers the two other letters that Go folds: long s and the Kelvin sign.
    return "".join(rf"(?:{letter}|\\u{ord(letter):04x}|\\u{ord(letter.upper()):04x})" for letter in name)


def _endings(*names: str) -> list[str]:
    """Return every ending of the names, the longest first."""
    return sorted({name[start:] for name in names for start in range(len(name))}, key=len, reverse=True)


_NAME: Final = rf"(?:{'|'.join(_WIRE)}|{_OTHERS})"
_KEY: Final = rf"(?:(?:\w+-)*(?:{'|'.join(map(_json_spellings, _WIRE))}|{_OTHERS}))"
"""The names as JSON keys and as headers with a prefix, such as X-Auth-Token."""
_REST: Final = rf"(?:[\w-]*{_NAME}|{'|'.join(_endings(*_WIRE, 'authorization', 'api_key', 'access-key'))})?"
"""The rest of such a name after three dots."""
_SCHEME: Final = rf"(?:(?:{'|'.join(_endings('bearer', 'basic'))})?\s)?"
"""The rest of an Authorization scheme after three dots."""
_FIELD: Final = r"""(?-i:[a-z_]+)\\*["']\s*:"""
"""The rest of an ordinary field's name. The end of a credential that is a key has capital letters or digits."""
_compiled = partial(re.compile, flags=re.IGNORECASE | re.DOTALL)


def _in_quotes(found: re.Match[str]) -> str:
    quote = found[2] or '"'
    return f"{found[1]}{quote}{MASK}{quote}"


_Pattern = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_BY_PATTERN: Final[tuple[_Pattern, ...]] = (
    # A JSON web token, even a truncated one, and an access key.
    (re.compile(r"eyJ[\w-]{10,}(?:\.[\w-]*)*|vb_[\w-]{20,}|vb_[\w-]+(?=\.\.\.)"), MASK),
    (re.compile(r"""\b([Bb]earer\s+)(?![<{$*])[^\s"'\\,]{8,}"""), rf"\1{MASK}"),
    (re.compile(r"""(://)[^/\s:@"'?#]*:[^/\s@"'?#{]+@"""), rf"\1{MASK}@"),
)
_ON_THE_WIRE: Final[tuple[_Pattern, ...]] = (
    # In JSON, in the repr of a dict, and in a form.
    (_compiled(rf"""(["']{_KEY}\\*["'](?:\s*:\s*|\r?\n\r?\n))(?:{_VALUE})"""), _in_quotes),
    (_compiled(rf"((?<!page_){_NAME}(?:\[\])?=)(?:\w+ )?{_TO_THE_END}"), rf"\1{MASK}"),
    *_BY_PATTERN,
)
_IN_TEXT: Final[tuple[_Pattern, ...]] = (
    # After three dots: a value with part of its name, one without its name, and the end of one.
    (_compiled(rf"""(\.\.\.{_REST}\\*["']\s*:\s*)(?:{_TRUNCATED})"""), _in_quotes),
    (re.compile(r"""(\.\.\.:?\s*["'])[\w.=~-]{6,}(?=["'](?!\s*:))"""), rf"\1{MASK}"),
    (
        _compiled(rf"""(\.\.\.{_SCHEME})(?!{_FIELD})(?=[\w.=~-]{{6}})[\w=~-]*(?:\.[\w=~-]+){{0,2}}(?=["'&;\\])"""),
        rf"\1{MASK}",
    ),
    (_compiled(rf"""(["']{_KEY}\\*["']\s*:\s*)(?:{_TRUNCATED})"""), _in_quotes),
    (_compiled(rf"(\b{_NAME}\s*=\s*)(?:{_TRUNCATED})"), _in_quotes),
    (_compiled(rf"([?&;]{_NAME}=){_TO_THE_END}"), rf"\1{MASK}"),
    *_BY_PATTERN,
)
_HINTS: Final = ("token", "passw", "secret", "key", "auth", "earer", "eyj", "vb_", "@")
"""Every text with a credential contains one of these: a fast check, since most texts have none."""


def redact_text(text: str) -> str:
    """Return a text such as a traceback without credentials. Code that only names one is unchanged."""
    return _redact(text, _IN_TEXT)


@lru_cache(maxsize=256)
def redact_target(target: str) -> str:
    """Return a request target without credentials, however they are encoded; unchanged if it has none."""
    if not ("=" in target or "%" in target or "eyJ" in target or "vb_" in target or "@" in target):
        return target
    return _redact_encoded(target) if _may_contain_credential(target) else target


def redact_body(body: bytes) -> bytes:
    """Return a body (JSON or, by mistake, a form) without credentials; unchanged if it has none."""
    if not body:
        return body
    # Searching text is faster than searching bytes.
    text = body.decode(errors="surrogateescape")
    if text.isascii() and "\\" not in text and not _may_contain_credential(text):
        return body
    redacted = _redact(text, _ON_THE_WIRE) if text.lstrip()[:1] in ("{", "[") else _redact_encoded(text)
    return redacted.encode(errors="surrogateescape")


def _may_contain_credential(text: str) -> bool:
    """Return whether a text, possibly encoded, may contain a credential."""
    return "%" in text or any(map(text.lower().__contains__, _HINTS))


def _redact_encoded(text: str) -> str:
    """Redact a text that may be percent-encoded; return it decoded if only decoding reveals a credential."""
    redacted = _redact(text, _ON_THE_WIRE)
    for _ in range(_DECODINGS):
        if "%" not in text:
            break
        text = unquote(text)
        if (found := _redact(text, _ON_THE_WIRE)) != text:
            redacted = text = found
    return redacted


def _redact(text: str, patterns: tuple[_Pattern, ...]) -> str:
    for pattern, replacement in patterns:
        text = pattern.sub(replacement, text)
    return text

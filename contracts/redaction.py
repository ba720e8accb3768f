"""Credentials in what is written down: hidden by their names, and by their looks where nobody has named them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final
from urllib.parse import unquote

MASK: Final = "***"
_WIRE: Final = ("password", "token", "accesskey", "webhook_secret")
"""What the API calls its credentials."""
_OTHERS: Final = (
    r"(?:access|api|auth|bearer|delegate|direct|id|refresh|session)[_-]?token|passwd|api[_-]?key|access[_-]key"
    r"|(?:client[_-]?|signing[_-]?)?secret|signing[_-]?key|(?:proxy-)?authorization"
)
"""What clients call them by mistake, or send to others."""
_QUOTED: Final = r"""(\\*["'])(?:(?!\2)(?:\\.|.))*(?:\2)?"""
"""In quotes, the second group: with backslashes in JSON that is a string within JSON."""
_CUT: Final = _QUOTED.replace(r"(?!\2)", r"(?!\2|\.\.\.)")
"""The same, or its beginning: pytest cuts the middle out of a long repr, and puts three dots there."""
_VALUE: Final = _QUOTED + r"|[\[{][^\]}]*[\]}]?|[^\s\"'\[{,}\]]+"
_TO_THE_END: Final = r"""[^&;#\s"'<>\\]+"""
_DECODINGS: Final = 3


def _spelt(name: str) -> str:
    """A pattern for each spelling of a key that Go's decoder takes for `name`: as it is, and with escapes."""
    # Case aside, which is the pattern's; and so are the two odd letters that Go folds, long s and the Kelvin sign.
    return "".join(rf"(?:{letter}|\\u{ord(letter):04x}|\\u{ord(letter.upper()):04x})" for letter in name)


def _endings(*names: str) -> list[str]:
    """All that names can end in, the longest first."""
    return sorted({name[start:] for name in names for start in range(len(name))}, key=len, reverse=True)


_NAME: Final = rf"(?:{'|'.join(_WIRE)}|{_OTHERS})"
_KEY: Final = rf"(?:(?:\w+-)*(?:{'|'.join(map(_spelt, _WIRE))}|{_OTHERS}))"
"""The same as JSON's keys, and as headers with more words before it, such as X-Auth-Token."""
_REST: Final = rf"(?:[\w-]*{_NAME}|{'|'.join(_endings(*_WIRE, 'authorization', 'api_key', 'access-key'))})?"
"""What is left of such a name behind three dots."""
_SCHEME: Final = rf"(?:(?:{'|'.join(_endings('bearer', 'basic'))})?\s)?"
"""The same of an authorization's scheme."""
_compiled = partial(re.compile, flags=re.IGNORECASE | re.DOTALL)


def _in_quotes(found: re.Match[str]) -> str:
    quote = found[2] or '"'
    return f"{found[1]}{quote}{MASK}{quote}"


_Pattern = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_BY_LOOKS: Final[tuple[_Pattern, ...]] = (
    # A JSON web token, be it cut short, and an access key.
    (re.compile(r"eyJ[\w-]{10,}(?:\.[\w-]*)*|vb_[\w-]{20,}|vb_[\w-]+(?=\.\.\.)"), MASK),
    (re.compile(r"""\b([Bb]earer\s+)(?![<{$*])[^\s"'\\,]{8,}"""), rf"\1{MASK}"),
    (re.compile(r"""(://)[^/\s:@"'?#]*:[^/\s@"'?#{]+@"""), rf"\1{MASK}@"),
)
_ON_THE_WIRE: Final[tuple[_Pattern, ...]] = (
    # In JSON; in Python's spelling of it; as the part of a form.
    (_compiled(rf"""(["']{_KEY}\\*["'](?:\s*:\s*|\r?\n\r?\n))(?:{_VALUE})"""), _in_quotes),
    (_compiled(rf"((?<!page_){_NAME}(?:\[\])?=)(?:\w+ )?{_TO_THE_END}"), rf"\1{MASK}"),
    *_BY_LOOKS,
)
_IN_WORDS: Final[tuple[_Pattern, ...]] = (
    # Where the middle was cut out: a value whose name is there in part; one whose name is not; the end of one.
    (_compiled(rf"""(\.\.\.{_REST}\\*["']\s*:\s*)(?:{_CUT})"""), _in_quotes),
    (re.compile(r"""(\.\.\.:?\s*["'])[\w.=~-]{6,}(?=["'](?!\s*:))"""), rf"\1{MASK}"),
    (_compiled(rf"""(\.\.\.{_SCHEME})(?=[\w.=~-]{{6}})[\w=~-]*(?:\.[\w=~-]+){{0,2}}(?=["'&;\\])"""), rf"\1{MASK}"),
    (_compiled(rf"""(["']{_KEY}\\*["']\s*:\s*)(?:{_CUT})"""), _in_quotes),
    (_compiled(rf"(\b{_NAME}\s*=\s*)(?:{_CUT})"), _in_quotes),
    (_compiled(rf"([?&;]{_NAME}=){_TO_THE_END}"), rf"\1{MASK}"),
    *_BY_LOOKS,
)
_HINTS: Final = ("token", "passw", "secret", "key", "auth", "earer", "eyj", "vb_", "@")
"""One of these is in every text in which something is hidden; most have none, and every request's comes by here."""


def redact_text(text: str) -> str:
    """A text for people, such as a traceback, without credentials. Code in it that names one stays as it is."""
    return _replaced(text, _IN_WORDS)


@lru_cache(maxsize=256)
def redact_target(target: str) -> str:
    """A request target without credentials, however they are encoded. What has none is given as it is."""
    if not ("=" in target or "%" in target or "eyJ" in target or "vb_" in target or "@" in target):
        return target
    return _decoded(target) if _may_hide(target) else target


def redact_body(body: bytes) -> bytes:
    """A body without credentials, be it JSON or, by mistake, a form. What has none is given as it is."""
    if not body:
        return body
    # To look into text is faster than to look into bytes.
    text = body.decode(errors="surrogateescape")
    if text.isascii() and "\\" not in text and not _may_hide(text):
        return body
    hidden = _replaced(text, _ON_THE_WIRE) if text.lstrip()[:1] in ("{", "[") else _decoded(text)
    return hidden.encode(errors="surrogateescape")


def _may_hide(text: str) -> bool:
    """Whether there may be a credential in a text, be it encoded."""
    return "%" in text or any(map(text.lower().__contains__, _HINTS))


def _decoded(text: str) -> str:
    """The same of a text in which names and signs may be percent-encoded; decoded where that shows one."""
    hidden = _replaced(text, _ON_THE_WIRE)
    for _ in range(_DECODINGS):
        if "%" not in text:
            break
        text = unquote(text)
        if (found := _replaced(text, _ON_THE_WIRE)) != text:
            hidden = text = found
    return hidden


def _replaced(text: str, patterns: tuple[_Pattern, ...]) -> str:
    for pattern, replacement in patterns:
        text = pattern.sub(replacement, text)
    return text

"""Patterns of credentials: by the name next to them, and by their shape."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import Final, NamedTuple

from .known_values import base64_forms, is_ordinary

_WIRE: Final = ("password", "token", "accesskey", "webhook_secret")
"""The API's names of credentials."""
_OTHERS: Final = (
    r"(?:access|api|auth|bearer|delegate|direct|id|refresh|session)[_-]?token|passwd|passphrase|api[_-]?key|access[_-]key"
    r"|(?:client[_-]?|signing[_-]?)?secret(?:[_-]?key)?|(?:private|signing)[_-]?key|(?:proxy-)?authorization"
    r"|goog[_-]?signature"
)
"""Other names, which clients use by mistake or send to other servers."""
_NAME: Final = rf"(?<!page)(?<!page[_-])(?:{'|'.join(_WIRE)}|{_OTHERS})"
"""The end of a name, such as that of VOIPBIN_TOKEN and X-Auth-Token. A page token is not a credential."""
_NAME_IN_QUERY: Final = rf"(?:[\w-]*[_-])?{_NAME}"
_HEADER: Final = rf"(?:(?:set-)?cookie|{_NAME})"
_INDEX: Final = r"(?:\[[^\]\s]{0,20}\])?"
"""The brackets of `token[]=`."""
_QUOTED: Final = r"""(\\*(?:\'\'\'|\"\"\"|["']))(?:(?!\2)(?:\\.|.))*(?:\2)?"""
"""A quoted value; the quote is group 2, with backslashes in JSON inside a JSON string."""
_TRUNCATED: Final = _QUOTED.replace(r"(?!\2)", r"(?!\2|\.\.\.)")
"""The same, or its beginning: pytest replaces the middle of a long repr with three dots."""
_PREFIX: Final = r"[bru]{0,2}"
"""What may precede the quote in source code. An f-string is code."""
_TEXT: Final = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_ITEM: Final = r"""(?<!\\)"(?:\\.|[^"\\])*"?|[^\[\]{}]"""
_LIST: Final = r"[\[{](?:@|[\[{](?:@|[\[{](?:@)*[\]}]?)*[\]}]?)*[\]}]?".replace("@", _ITEM)
"""A list or an object of JSON, with what is nested in it. A bracket in a string does not end it."""
_VALUE: Final = rf"{_QUOTED}|{_LIST}|[^\s\"'\[{{,}}\]]+"
_TO_THE_END: Final = r"""[^&;#\s"'<>\\]+"""
_BARE: Final = r"""[^\s&;"'<>\\]*[^\s&;"'<>\\)\]},.:]"""
"""A value in running text, without the punctuation after it."""
_IN_A_URL: Final = rf"(?:{_BARE}|[)\]}},.:]{{3,}})".replace(r"\s&", r"\s#&")
"""The same in a URL that the text quotes. A mark or two are no value: `?token=, ...`."""
_NO_PLACEHOLDER: Final = r"(?![<{$]|%[sr]\b)"


def _endings(*names: str) -> list[str]:
    """Return every ending of the names, the longest first."""
    return sorted({name[start:] for name in names for start in range(len(name))}, key=len, reverse=True)


_REST: Final = rf"(?:[\w-]*{_NAME}|{'|'.join(_endings(*_WIRE, 'authorization', 'api_key', 'access-key'))})?"
"""The rest of such a name after three dots."""
_SCHEME: Final = rf"(?:(?:{'|'.join(_endings('bearer', 'basic'))})?\s)?"
"""The rest of an Authorization scheme after three dots."""
_FIELD: Final = r"""(?-i:[a-z_]+)\\*["']\s*:"""
"""The rest of an ordinary field's name. The end of a credential that is a key has capital letters or digits."""
_PROSE: Final = frozenset(
    [
        *("a", "an", "and", "are", "as", "false", "for", "has", "in", "is", "must", "none", "null", "of", "or", "the"),
        *("to", "true", "was", "will", "with", "bytes", "int", "str", "string"),
    ]
)
"""Words after a name that is not the name of a value."""
_AFTER_SCHEME: Final = re.compile(r"\A(?:bearer|basic)\s+", re.IGNORECASE)
EXPRESSION_END: Final = rf"""{_HEADER}(?:["']?[)\]]|\(\))*"""
"""The end of an expression such as `client.token`, `headers["Cookie"]` and `get_token()`."""


def names_credential(text: str) -> bool:
    """Return whether a text is the name of a credential."""
    return _CREDENTIAL.compiled.fullmatch(text) is not None


def value_of(found: re.Match[str]) -> str:
    """Return the value that a pattern found, without its quotes."""
    value = found[0][len(found[1]) :]
    quote = value[: len(value) - len(value.lstrip("\\")) + 1]
    if quote[-1:] not in ("'", '"'):
        return value
    quote = quote * 3 if value.startswith(quote * 3) else quote
    return value.removeprefix(quote).removesuffix(quote)


def _values(value: str) -> list[str]:
    return (
        re.findall(r"""["']([^"']*)["']""", value) if value[:1] in ("[", "{", "(") else [_AFTER_SCHEME.sub("", value)]
    )


def _user_and_password(value: str) -> list[str]:
    user, _, password = value.partition(":")
    return [value, password or user]


def _basic_credentials(value: str) -> list[str]:
    return [value, *_user_and_password(_decoded_base64(value).decode(errors="replace"))]


class Regex:
    """A regular expression that is compiled when it is first used: a session without failures needs few of them."""

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self._source, self._flags)

    @cached_property
    def begins_with_name(self) -> bool:
        """Whether a match begins with the name of a credential."""
        return self._source.startswith((f"({_NAME}", f"({_HEADER}"))

    def finditer(self, text: str, names: Sequence[int]) -> Iterator[re.Match[str]]:
        """Yield the matches in a text. `names` are its `name_places`."""
        if not self.begins_with_name:
            yield from self.compiled.finditer(text)
            return
        end, match_at = 0, self.compiled.match
        for place in names:
            found = match_at(text, place) if place >= end else None
            if found:
                end = found.end()
                yield found


class Pattern(NamedTuple):
    """What keeps its first group, and has the rest replaced. In `quoted` ones the second group is the value's quote.

    `accept` decides whether a match is a credential. If it is `certain`, the `values` in it are secret wherever they
    appear.
    """

    regex: Regex
    quoted: bool = False
    accept: Callable[[re.Match[str]], bool] = bool
    certain: bool = True
    values: Callable[[str], list[str]] = _values


def name_places(text: str) -> list[int]:
    """Return where a name of a credential begins. One search serves all patterns that begin with a name."""
    return [found.start() for found in _NAME_PLACES.compiled.finditer(text)]


_compiled = partial(Regex, flags=re.IGNORECASE | re.DOTALL)


_NAME_PLACES: Final = _compiled(rf"(?={_HEADER})")
_IS_NAME: Final = _compiled(_HEADER)
_CREDENTIAL: Final = _compiled(rf"[\w-]*{_HEADER}")


def _is_value(found: re.Match[str]) -> bool:
    return value_of(found).lower() not in _PROSE


def _is_assigned(found: re.Match[str]) -> bool:
    """Return whether a word after `token=` is its value. In `a URL with ?token= appears`, an ordinary word is none."""
    ends_url = found[1][-1].isspace() and found.string[max(0, found.start() - 1)] in "?&"
    return _is_value(found) and not (ends_url and is_ordinary(value_of(found)))


def _is_no_name(found: re.Match[str]) -> bool:
    """Return whether a pair in source code is not one of names, such as ("token", "accesskey")."""
    return not _IS_NAME.compiled.fullmatch(value_of(found))


def _is_extraordinary(found: re.Match[str]) -> bool:
    return not is_ordinary(value_of(found))


def _ends_text(found: re.Match[str]) -> bool:
    """Return whether a word after a name and a colon is a value: `password: x`, but not `invalid token: expired`."""
    ends = found.string.startswith(" (", found.end()) or found.string[found.end() : found.end() + 1] in (
        "",
        *"\n,;)}]'\"\\",
    )
    return _is_value(found) and (_is_extraordinary(found) or (ends and not found[1].lower().startswith("token")))


def _is_basic(found: re.Match[str]) -> bool:
    """Return whether the word after `Basic` is the base64 of a user and a password."""
    return b":" in _decoded_base64(value_of(found))


def _decoded_base64(text: str) -> bytes:
    encoded = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return b""


_JWT_IN_BASE64: Final = tuple(
    form for start in ("eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi") for form in sorted(base64_forms(start))
)
"""How a JSON web token begins inside of base64, by the first field of its header."""

TOKENS: Final = (
    # A JSON web token, even a truncated one, and an access key.
    Pattern(Regex(r"()(?:eyJ[\w-]{10,}(?:\.[\w-]*)*|vb_[\w-]{20,}|vb_[\w-]+(?=\.\.\.))")),
    Pattern(Regex(rf"()(?:{'|'.join(_JWT_IN_BASE64)})[\w+/=-]*"), certain=False),
)
_BY_SHAPE: Final = (
    *TOKENS,
    Pattern(Regex(r"""(\b(?:[Bb]earer|BEARER)\s+)(?![<{$*])[^\s"'\\,]{8,}""")),
    Pattern(_compiled(r"(\bbasic\s+)[\w+/-]{4,}={0,2}"), accept=_is_basic, values=_basic_credentials),
    # A client that does not escape its password may send an @ in it; a token may be the only part.
    Pattern(Regex(r"""(://)[^/\s:@"'?#]*:[^/\s"'?#{]*(?=@)"""), values=_user_and_password),
    Pattern(Regex(r"""(://)[^/\s:@"'?#{<$]{12,}(?=@)"""), accept=_is_extraordinary),
    Pattern(_compiled(r"""(\bsips?:)[^/\s:@"'?#]{0,60}:[^/\s@"'?#{]{1,200}(?=@)"""), values=_user_and_password),
)
_KEYED: Final = Pattern(_compiled(rf"""({_HEADER}{_INDEX}\\*["']\s*:\s*)(?:{_VALUE})"""), quoted=True)
_PAIR: Final = _compiled(
    rf"""((?:[(\[]|setattr\([^,()\n]{{1,60}},)\s*b?\\*["'][\w-]{{0,40}}{_HEADER}{_INDEX}\\*["']\s*,\s*b?)(?:{_QUOTED})(?=\s*,?\s*[)\]])"""
)
"""A pair such as ("token", "..."), and `setattr(client, "token", "...")`."""
_PART: Final = rf"""{_NAME}{_INDEX}["'][^\r\n]{{0,200}}\r?\n(?:[\w-]+:[^\r\n]*\r?\n){{0,9}}\r?\n"""
"""The head of a part of a form, from the end of its name."""
ON_THE_WIRE: Final = (
    # In JSON and in the repr of a dict, with what may be a URL in a string.
    _KEYED,
    Pattern(_compiled(rf"({_NAME}{_INDEX}=)(?:\w+ )?{_TO_THE_END}")),
    *_BY_SHAPE,
)
IN_A_FORM: Final = (
    # In a query or a form only `&` ends a value; in a form of several parts, an empty line begins it.
    Pattern(_compiled(rf"({_NAME}{_INDEX}=)[^&\r\n]+")),
    Pattern(_compiled(rf"({_PART})[^\r\n]+")),
    _KEYED,
    *_BY_SHAPE,
)
IN_CODE: Final = (
    # After three dots: a value with part of its name, one without its name, and the end of one.
    Pattern(_compiled(rf"""(\.\.\.{_REST}\\*["']\s*:\s*)(?:{_TRUNCATED})"""), quoted=True, certain=False),
    Pattern(Regex(r"""(\.\.\.:?\s*["'])[\w.=~-]{6,}(?=["'](?!\s*:))"""), certain=False),
    Pattern(
        _compiled(rf"""(\.\.\.{_SCHEME})(?!{_FIELD})(?=[\w.=~-]{{6}})[\w=~-]*(?:\.[\w=~-]+){{0,2}}(?=["'&;\\])"""),
        certain=False,
    ),
    # A key or an argument and its value, which is a literal.
    Pattern(_compiled(rf"""({_HEADER}{_INDEX}\\*["']\s*:\s*b?)(?:{_TRUNCATED}|\d+)"""), quoted=True),
    Pattern(_compiled(rf"({_NAME}\s*:?=\s*[(\[]{{0,2}}\s*{_PREFIX})(?:{_TRUNCATED})"), quoted=True),
    # `headers["Authorization"] = "..."`, `token: str | None = "..."`.
    Pattern(_compiled(rf"""({_HEADER}["']\s*\]\s*=\s*{_PREFIX})(?:{_TRUNCATED})"""), quoted=True),
    Pattern(
        _compiled(
            rf"({_NAME}\s*:\s*[\w.]+(?:\[[\w., ]{{0,40}}\])?(?:\s*\|\s*[\w.]+){{0,2}}\s*=\s*{_PREFIX})"
            rf"(?:{_TRUNCATED})"
        ),
        quoted=True,
    ),
    Pattern(_compiled(rf"""([?&;"']{_NAME_IN_QUERY}{_INDEX}=){_NO_PLACEHOLDER}{_IN_A_URL}""")),
    # --token ..., name='token', value='...', auth=("user", "..."), BasicAuth("user", "...").
    Pattern(_PAIR, quoted=True, accept=_is_no_name),
    Pattern(_compiled(rf"""(["']--(?:[\w-]{{0,40}}-)?{_NAME}["']\s*,\s*)(?!["']-)(?:{_QUOTED})"""), quoted=True),
    Pattern(
        _compiled(
            rf"""((?:name|key)\\*["']?\s*[=:]\s*\\*["'][\w-]{{0,40}}{_HEADER}\\*["']\s*,?\s*"""
            rf"""(?:[\w-]{{1,20}}={_TEXT}\s+){{0,4}}\\*["']?value\\*["']?\s*[=:]\s*)"""
            rf"(?:{_QUOTED})"
        ),
        quoted=True,
    ),
    Pattern(
        _compiled(
            rf"""((?:\bauth\\*["']?\s*[=:]\s*[(\[]|(?:Basic|Digest|Proxy)Auth\()\s*{_TEXT}\s*,\s*)(?:{_QUOTED})"""
        ),
        quoted=True,
    ),
    Pattern(_compiled(r"""(\b(?:netloc|userinfo)=b?["'])[^:@"'/\s]*:[^"'/\s]+(?=["'@])"""), values=_user_and_password),
    *_BY_SHAPE,
)
IN_MESSAGE: Final = (
    *IN_CODE,
    Pattern(_PAIR, quoted=True),
    Pattern(
        _compiled(
            rf"({_NAME}{_INDEX}\s?=\s?)(?!=|-+>){_NO_PLACEHOLDER}"
            rf"(?:(?:[\w.]{{0,60}}[(\[{{=]){{1,3}}{_PREFIX}{_TEXT}|(?:(?:bearer|basic)\s+)?{_BARE})"
        ),
        accept=_is_assigned,
        certain=False,
    ),
    Pattern(_compiled(rf"({_NAME}\s*:\s*){_NO_PLACEHOLDER}{_BARE}"), accept=_ends_text, certain=False),
    # `token: "..."`, `:token => "..."`, `{"token": ["..."]}`, `token "..." is invalid`, `<token>...</token>`.
    Pattern(
        _compiled(rf"""({_NAME}\\*["']?(?:\s*=>\s*|\s*:\s+))(?:{_QUOTED})"""),
        quoted=True,
        accept=_is_value,
        certain=False,
    ),
    Pattern(_compiled(rf"""({_HEADER}{_INDEX}\\*["']\s*:\s*)[\[(][^\])]*[\])]?""")),
    Pattern(_compiled(rf"""({_HEADER}{_INDEX}\\*["']\s*:\s*)\{{(?:[^{{}}]|\{{[^{{}}]*\}}?)*\}}?"""), certain=False),
    Pattern(_compiled(rf"""(name=\\*["']?[\w-]{{0,40}}{_PART})[^\r\n]+""")),
    Pattern(_compiled(rf"({_NAME}\s+(?:(?:is|was)\s+)?)(?:{_QUOTED})"), quoted=True, accept=_is_extraordinary),
    Pattern(_compiled(rf"({_NAME}\s+(?:(?:is|was)\s+)?)(`+)[^`\n]+`+"), quoted=True, accept=_is_extraordinary),
    Pattern(_compiled(rf"(<(?:\w{{1,20}}:)?{_NAME}(?:\s[^<>]{{0,200}})?>(?:<!\[CDATA\[)?)[^<>\s\]]+(?=(?:\]\]>)?</)")),
    # The explanations of an assertion: `token: "..." != "..."`, and `+  where "..." = Client().token`.
    Pattern(_compiled(rf"""({_NAME}\\*["']?\s*:\s*)(?:{_QUOTED})(?=\s*!=)"""), quoted=True),
    Pattern(_compiled(rf"""({_NAME}\\*["']?\s*:\s*{_TEXT}\s*!=\s*)(?:{_QUOTED})"""), quoted=True),
    Pattern(
        _compiled(
            rf"""(\+\s+where\s+b?)(["'])(?:(?!\2)(?:\\.|[^\n]))*\2(?=\s=\s[^\n]{{0,300}}\.\w{{0,40}}{_NAME}(?=\n|\Z))"""
        ),
        quoted=True,
    ),
    Pattern(
        _compiled(
            r"((?:authorization|cookie|x-(?!idempotency-|request-)[\w-]{0,20}(?:key|token))\s*:\s+)(?!(?:\w+\s+)?[<{$*])[^\r\n\"'\\]+"
        ),
        certain=False,
    ),
    Pattern(
        _compiled(rf"(--(?:[\w-]{{0,40}}-)?{_NAME}(?:=|\s+))(?!-){_NO_PLACEHOLDER}{_BARE}"),
        accept=_is_value,
        certain=False,
    ),
    Pattern(_compiled(r"""((?<!\S)(?:-u\s?|--user[\s=]))[^\s"':]+:[^\s"']+"""), certain=False),
)
HINTS_ON_THE_WIRE: Final = (
    *("token", "passw", "passph", "secret", "key", "auth", "cookie", "goog"),
    *("earer", "eyj", "vb_", "@", "basic"),
)
"""Every request with a credential contains one of these: a fast check, since most have none."""
HINTS: Final = (
    *HINTS_ON_THE_WIRE,
    *("user", "-u", "..."),
    *(form.casefold() for form in _JWT_IN_BASE64),
)
"""The same for any text."""

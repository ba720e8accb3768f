"""The secrets that this process knows: those that its fakes issued, and those that clients sent.

A known secret is found wherever it appears, whatever the text around it is.
"""

from __future__ import annotations

import base64
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

from ..light_imports import compiled

_HEAD: Final = 6
"""The number of characters by which a value is looked up, which is the length of the shortest value."""
_COMPARED: Final = 64
"""The number of characters of a longer value that are looked up. The rest is compared."""
_LONGEST: Final = 1 << 16
_SEARCHED_ONE_BY_ONE: Final = 150
"""With more heads, one look at each character of the text is faster than one search for each head."""
_REMEMBERED: Final = 10_000
_NEVER_SPLIT: Final = 12
"""A shorter value counts only as a whole word: `test_1` is not part of `test_12`."""
_WORD: Final = r"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)"
_ORDINARY: Final = (
    # Few characters; one character again and again, which fills a field; words such as `not-a-token`; the id of a
    # record; what is redacted already; what a client should have replaced by a value.
    rf"(?s:.{{0,{_HEAD - 1}}}|(.)\1*)|(?=.{{,15}}\Z){_WORD}(?:[-_.]{_WORD})*"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?s:.*\*\*\*.*)"
    r"|<[\w -]+>|\{\{?\w+\}?\}|\$\{?[A-Z_]+\}?"
)
"""A pattern that is compiled when the first value is judged."""
_AROUND: Final = " \t=:;,&?"
"""What may surround a value that a client has put together incorrectly, such as `Bearer ` without a token."""
_IS_JWT: Final = r"eyJ[\w-]{10,}(?:\.[\w-]*)*"
"""JSON web tokens, of which there are many, are found by their shape."""
_IS_WORD: Final = r"[\w*]"
_BASE64: Final = r"[\w+/=-]*"
_BASE64_BEFORE: Final = r"[\w+/-]*\Z"
_URL_SAFE: Final = str.maketrans("+/", "-_")
_Index = defaultdict[str, dict[int, dict[str, list[str]]]]
"""How values are written, by their head, and then by the length and the text of what is looked up."""


def is_ordinary(value: str) -> bool:
    """Return whether a value may be ordinary text: too short, a word or two, or a record's id.

    Such a value is redacted only where its name tells that it is a credential.
    """
    return compiled(_ORDINARY).fullmatch(value.strip(_AROUND)) is not None


class _Generation:
    """Some values, and an index of how they are written: as they are, in a form, and in base64."""

    def __init__(self) -> None:
        self.values: dict[str, None] = {}
        self._indexed = 0
        self._heads: set[str] = set()
        self._plain: _Index = defaultdict(dict)
        self._base64: _Index = defaultdict(dict)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a text contains a value."""
        self._complete_index()
        end, heads = 0, self._heads
        for at in _places(text, heads):
            head = text[at : at + _HEAD]
            if at < end:
                continue
            if head in self._plain and (size := _longest_value(text, at, self._plain[head], whole=True)):
                end = at + size
                yield at, end
            elif head in self._base64 and (size := _longest_value(text, at, self._base64[head], whole=False)):
                start, end = _base64_run(text, at, at + size)
                yield start, end

    def _complete_index(self) -> None:
        if self._indexed == len(self.values):
            return
        # Copied, since another thread may add a value.
        for value in list(islice(list(self.values), self._indexed, None)):
            self._indexed += 1
            if len(value) > _LONGEST or is_ordinary(value) or compiled(_IS_JWT).fullmatch(value):
                continue
            for written in {value, value.replace(" ", "+")}:
                self._add(self._plain, written)
            for written in base64_forms(value):
                self._add(self._base64, written)

    def _add(self, index: _Index, written: str) -> None:
        head, compared = written[:_HEAD], written[:_COMPARED]
        self._heads.add(head)
        index[head].setdefault(len(compared), {}).setdefault(compared, []).append(written)


def _places(text: str, heads: set[str]) -> list[int]:
    """Return where one of the heads begins, in order."""
    if len(heads) > _SEARCHED_ONE_BY_ONE:
        return [at for at in range(len(text) - _HEAD + 1) if text[at : at + _HEAD] in heads]
    places = list[int]()
    for head in heads:
        at = text.find(head)
        while at >= 0:
            places.append(at)
            at = text.find(head, at + 1)
    return sorted(places)


def _longest_value(text: str, at: int, by_length: dict[int, dict[str, list[str]]], *, whole: bool) -> int:
    """Return the length of the longest value at a place; 0 without one."""
    for length in sorted(by_length, reverse=True):
        for value in by_length[length].get(text[at : at + length], ())[:_COMPARED]:
            size = len(value) if text.startswith(value, at) else length
            if not whole or size >= _NEVER_SPLIT or _is_word(text, at, at + size):
                return size
    return 0


def _is_word(text: str, start: int, end: int) -> bool:
    return not ((start and compiled(_IS_WORD).match(text[start - 1])) or compiled(_IS_WORD).match(text, end))


def base64_forms(value: str) -> set[str]:
    """Return how a value is written inside of base64: the characters that do not depend on its neighbours."""
    data, forms = value.encode(errors="surrogatepass"), set()
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data + bytes(2)).decode()
        form = encoded[-(-8 * offset // 6) : 8 * (offset + len(data)) // 6]
        forms |= {form, form.translate(_URL_SAFE)}
    return {form for form in forms if len(form) >= _HEAD}


def _base64_run(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the base64 around a value: the characters at its ends contain a part of it."""
    before = compiled(_BASE64_BEFORE, re.ASCII).search(text, max(0, start - _COMPARED), start)
    after = compiled(_BASE64, re.ASCII).match(text, end)
    return before.start() if before else start, after.end() if after else end


class KnownValues:
    """Values that are secret wherever they appear. Adding one is fast; they are indexed when a text is redacted.

    They outlive the test that sent them: a client of a wider scope keeps its token, and reports are written at the end
    of the session. The oldest are forgotten: at least the newest `remembered / 2` are known. Thread-safe.
    """

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._half = remembered // 2
        self._new, self._old = _Generation(), _Generation()
        self._lock = threading.Lock()
        self.on_forgotten: tuple[Callable[[], None], ...] = ()
        """What is called when old values are forgotten: who remembers what it has added must then add it again."""
        self._later: deque[Callable[[], object]] = deque()
        self._count = 0

    @property
    def count(self) -> int:
        """The number of values that were added, which grows with each that was not known."""
        self._add_deferred()
        return self._count

    def add(self, *values: str) -> None:
        """Remember values. Ordinary ones are ignored, see `is_ordinary`, and tokens, which have a shape."""
        remembered = self._new.values
        before = len(remembered)
        remembered.update(dict.fromkeys(values))
        self._count += len(remembered) - before
        if len(remembered) >= self._half:
            with self._lock:
                self._new, self._old = _Generation(), self._new
            for forget in self.on_forgotten:
                forget()

    def add_later(self, add: Callable[[], object]) -> None:
        """Call a function that may add values, before any text is searched."""
        self._later.append(add)
        if len(self._later) > self._half:
            self._add_deferred()

    def _add_deferred(self) -> None:
        # Another thread may take the last one.
        with suppress(IndexError):
            while self._later:
                self._later.popleft()()

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a text contains a known value."""
        self._add_deferred()
        with self._lock:
            found = [span for one in (self._new, self._old) if one.values for span in one.spans(text)]
        yield from found

    def __bool__(self) -> bool:
        return bool(self._later or self._new.values or self._old.values)


KNOWN: Final = KnownValues()
"""Those of this process."""

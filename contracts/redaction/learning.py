"""Learning the credentials in requests. They are read before the first text is redacted: many tests redact none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Final

from .known_values import KNOWN

_HEADERS: Final = re.compile(
    r"(?:proxy-)?authorization|cookie|x-(?!idempotency-|request-)[\w-]*(?:key|token|secret)", re.IGNORECASE
).fullmatch


# A client sends the same few requests again and again.
@lru_cache(maxsize=256)
def learn_request(target: str, body: bytes) -> None:
    """Remember the credentials in a short request, before any text is redacted."""
    KNOWN.add_later(partial(_search_request, target, body))


def _search_request(target: str, body: bytes) -> None:
    from .texts import redact_body, redact_target

    redact_target(target)
    redact_body(body)


def learn_headers(headers: Iterable[tuple[str, str]]) -> None:
    """Remember the credentials in the headers of a request."""
    for name, value in headers:
        if _is_secret_header(name):
            _learn_header(value)


@lru_cache(maxsize=1024)
def _is_secret_header(name: str) -> bool:
    return _HEADERS(name) is not None


@lru_cache(maxsize=256)
def _learn_header(value: str) -> None:
    # To read a header takes as long as to handle the request.
    KNOWN.add_later(partial(_read_header, value))


def _read_header(value: str) -> None:
    from .texts import learn_header

    learn_header(value)


KNOWN.on_forgotten = (learn_request.cache_clear, _learn_header.cache_clear)

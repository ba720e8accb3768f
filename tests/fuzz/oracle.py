"""Checks for each response, regardless of the request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import schema, validate_exchange
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.operations.table import find
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway import unmodelled
from pytest_providercalls.fake_server.transports.wire_response import WireResponse
from pytest_providercalls.fake_server.world.journal import Exchange

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*").fullmatch
_INVALID_REQUEST = b"400 Bad Request"
"""The body with which net/http refuses invalid HTTP, without a Content-Length and for any method."""
_HARMLESS = ("", "delay")
"""The faults, as named in the journal, that leave the response unchanged."""


def send(fake: FakeVoipbin, request: Request) -> WireResponse:
    """Send a request. Raises AssertionError if the response is not valid."""
    before = len(fake.requests)
    result = fake.respond(request)
    assert len(fake.requests) == before + 1, "a request must have one journal entry"
    entry, response = fake.requests[-1], result.response
    assert entry.method == request.method
    if response is None:
        assert entry.fault, "the response is missing without a fault"
        return result
    problems = list(_malformed(request, response, cut=bool(result.connection_error)))
    if entry.fault.partition(" ")[0] in _HARMLESS:
        problems += _differences(fake, request, response, entry)
    assert problems == [], "; ".join(problems)
    return result


def _malformed(request: Request, response: Response, *, cut: bool) -> Iterator[str]:
    """Yield problems of a response as HTTP."""
    if response.body == _INVALID_REQUEST:
        return
    if not 100 <= response.status <= 599:
        yield f"the status is {response.status}"
    for name, value in response.headers:
        # A target that no HTTP client can send is returned unchanged.
        if not _NAME(name) or not (_VALUE(value) or not request.target.isascii()):
            yield f"invalid header {name!r}: {value!r}"
    length = response.header("Content-Length")
    if length is None and (response.body or response.status != 204) and request.method != "HEAD":
        yield "Content-Length is missing"
    if length is not None and request.method != "HEAD" and not cut and int(length) != len(response.body):
        yield f"Content-Length is {length}, but the body has {len(response.body)} bytes"


def _differences(fake: FakeVoipbin, request: Request, response: Response, entry: Exchange) -> Iterator[str]:
    """Yield differences from what VoIPbin would send."""
    if entry.status != response.status:
        yield f"the status is {response.status}, but {entry.status} in the journal"
    if request.method == "HEAD" and response.status >= 400 and response.body not in (b"", _INVALID_REQUEST):
        yield "an error response to HEAD must not have a body"
    if response.status == unmodelled.STATUS:
        return
    if response.status >= 500 and entry.refused_by is None:
        yield f"{response.status} without a rule"
    if response.status >= 400 and entry.refused_by is None and entry.response_body != _INVALID_REQUEST:
        yield f"{response.status} without a rule: {response.body!r}"
    yield from map(str, validate_exchange(request, response, [fake.edition]))
    if (response.header("Content-Type") or "").startswith("application/json") and response.body:
        value = response.json()
        found = find(request.method, request.target)
        if found and response.status == 200:
            rows = value["result"] if found[0].is_list else [value]
            name = found[0].model.__name__
            yield from (error.message for row in rows for error in _validator(name, fake.edition.name).iter_errors(row))


@cache
def _validator(name: str, edition: str) -> Any:
    return Draft202012Validator(schema(name, edition))

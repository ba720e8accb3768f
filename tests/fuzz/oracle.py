"""What every answer must be, whatever was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import schema, validate_exchange
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.operations import find
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.wire_response import WireResponse
from pytest_providercalls.fake_server.world.journal import Exchange

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*").fullmatch
_NO_REQUEST = b"400 Bad Request"
"""So net/http answers what is none: without a length, whatever the method was."""
_OF_ITS_OWN = ("", "delay")
"""The faults, as the journal names them, behind which the answer is VoIPbin's own and whole."""


def ask(fake: FakeVoipbin, request: Request) -> WireResponse:
    """Have a request answered, and raise AssertionError for what should not be."""
    before = len(fake.requests)
    delivery = fake.respond(request)
    assert len(fake.requests) == before + 1, "a request is in the journal once"
    entry, response = fake.requests[-1], delivery.response
    assert entry.method == request.method
    if response is None:
        assert entry.fault, "an answer was lost, and no fault was asked for"
        return delivery
    wrong = list(_malformed(request, response, cut=bool(delivery.connection_error)))
    if entry.fault.partition(" ")[0] in _OF_ITS_OWN:
        wrong += _unlike_voipbin(fake, request, response, entry)
    assert wrong == [], "; ".join(wrong)
    return delivery


def _malformed(request: Request, response: Response, *, cut: bool) -> Iterator[str]:
    """What is wrong with an answer as HTTP."""
    if response.body == _NO_REQUEST:
        return
    if not 100 <= response.status <= 599:
        yield f"the status is {response.status}"
    for name, value in response.headers:
        # A target that no HTTP client can send comes back as it was.
        if not _NAME(name) or not (_VALUE(value) or not request.target.isascii()):
            yield f"the header {name!r} cannot be {value!r}"
    length = response.header("Content-Length")
    if length is None and (response.body or response.status != 204) and request.method != "HEAD":
        yield "there is no Content-Length"
    if length is not None and request.method != "HEAD" and not cut and int(length) != len(response.body):
        yield f"Content-Length is {length}, and the body has {len(response.body)} bytes"


def _unlike_voipbin(fake: FakeVoipbin, request: Request, response: Response, entry: Exchange) -> Iterator[str]:
    """What is wrong with an answer as VoIPbin's."""
    if entry.status != response.status:
        yield f"the journal says {entry.status}, and the answer is {response.status}"
    if request.method == "HEAD" and response.status >= 400 and response.body not in (b"", _NO_REQUEST):
        yield "a refusal of HEAD has no body"
    if response.status >= 500 and entry.refused_by is None:
        yield f"{response.status}, by no rule"
    if response.status >= 400 and entry.refused_by is None and entry.response_body != _NO_REQUEST:
        yield f"{response.status}, by no rule: {response.body!r}"
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

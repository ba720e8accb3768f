"""The control API of one fake: handles a request and returns a response, in the same way as VoIPbin's own requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from pydantic import TypeAdapter, ValidationError

from ...contracts.http import Request, Response
from ...contracts.redaction import redact_values
from ..core import FakeVoipbin
from ..plain_data import InvalidData, check_plain
from ..seed_files import Seed, SeededResources, describe_errors
from ..transports.wire_response import WireResponse
from . import PREFIX, pages
from .controlled_fake import ControlledFake
from .errors import EXPECTED, BadRequest, MethodNotAllowed, NotFound, build_response, error_response
from .operation import ControlOperation
from .operations import OPERATIONS

_JSON: Final = TypeAdapter(Any)


class ControlApi:
    """The control API of a fake.

    `seed` is the seed that was applied to the new fake, and `seeded` are the resources that it created. It responds to
    every request: `FakeApp` checks who may send one. Requests to the control API are not journaled.
    """

    def __init__(self, fake: FakeVoipbin, seed: Seed | None = None, seeded: SeededResources | None = None) -> None:
        self.controlled = ControlledFake(fake, seed, seeded)

    @property
    def fake(self) -> FakeVoipbin:
        """The fake that this API controls."""
        return self.controlled.fake

    @property
    def seeded(self) -> SeededResources:
        """The resources that were seeded into the fake."""
        return self.controlled.seeded

    def respond(self, request: Request, /) -> WireResponse:
        """Return the response to a request. Never raises, for any request."""
        try:
            return WireResponse(self._route(request))
        except EXPECTED as error:
            return WireResponse(error_response(error))

    def _route(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        parts = [unquote(part) for part in path.removeprefix(PREFIX).strip("/").split("/")]
        page = pages.page("/".join(parts)) if request.method in ("GET", "HEAD") else None
        return page or self._run(request, parts, query)

    def _run(self, request: Request, parts: list[str], query: str) -> Response:
        operation, ids = _find_operation(request.method, parts)
        arguments: list[Any] = [*ids]
        if operation.request_model is not None:
            arguments.append(_parse_body(TypeAdapter(operation.request_model), request.body))
        with self.fake.lock:
            self.fake.clock.sync()
            result = operation.handler(self.controlled, *arguments, **_parse_query(operation, query))
            body = operation.response_type.dump_json(result)
        return build_response(redact_values(body.decode()).encode() if operation.redacted else body)


def _find_operation(method: str, parts: list[str]) -> tuple[ControlOperation, list[str]]:
    """Return the operation for a path, and the ids in the path. Raises NotFound or MethodNotAllowed."""
    candidates = {one.method: (one, ids) for one in OPERATIONS if (ids := _match(one.path, parts)) is not None}
    if not candidates:
        raise NotFound(f"unknown path {PREFIX}/{'/'.join(parts)}; see {PREFIX}/docs for all paths of the control API")
    looked_up = "GET" if method == "HEAD" else method
    if looked_up not in candidates:
        allowed = ", ".join(candidates)
        raise MethodNotAllowed(f"method {method} is not allowed here; expected {allowed}", allowed)
    return candidates[looked_up]


def _match(template: str, parts: list[str]) -> list[str] | None:
    """Return the path's value for each name in braces, or None if the path does not match the template."""
    expected = template.strip("/").split("/")
    if len(expected) != len(parts):
        return None
    pairs = list(zip(expected, parts, strict=True))
    if any(name != part and not name.startswith("{") for name, part in pairs):
        return None
    return [part for name, part in pairs if name.startswith("{")]


def _parse_body(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """Return the parsed body; an empty body counts as an empty object. Raises BadRequest if it is invalid."""
    try:
        sent = _JSON.validate_json(body or b"{}")
        check_plain(sent, "the body")
        return adapter.validate_python(sent)
    except InvalidData as error:
        raise BadRequest(str(error)) from None
    except ValidationError as error:
        raise BadRequest("; ".join(describe_errors(error, "the body"))) from None


def _parse_query(operation: ControlOperation, query: str) -> Mapping[str, int]:
    """Return the query parameters as numbers. Raises BadRequest for an unknown parameter or an invalid value."""
    sent = dict(parse_qsl(query, keep_blank_values=True))
    known = {one.name: one for one in operation.query}
    for name in sent.keys() - known.keys():
        expected = f"expected one of {', '.join(known)}" if known else "this operation has none"
        raise BadRequest(f"unknown query parameter {name!r}; {expected}")
    return {name: _number(name, sent.get(name, str(one.default)), one.minimum) for name, one in known.items()}


def _number(name: str, text: str, minimum: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= minimum):
        raise BadRequest(f"invalid query parameter {name}={text!r}; expected a whole number of at least {minimum}")
    return int(text)

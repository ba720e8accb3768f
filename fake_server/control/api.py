"""The control API of one fake: a request in, an answer out, as VoIPbin's own are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from pydantic import TypeAdapter, ValidationError

from ...contracts.http import Request, Response
from ..core import FakeVoipbin
from ..seed_files import Seed, SeededResources, apply_seed, describe_errors
from ..transports.wire_response import WireResponse
from . import pages
from .asgi_app import PREFIX
from .errors import EXPECTED, BadRequest, ForbiddenOrigin, MethodNotAllowed, NotFound, answered, refusal
from .operations import OPERATIONS, ControlOperation
from .origin_check import check_origin
from .snapshots import SnapshotStore

_JSON: Final = TypeAdapter(Any)


class ControlApi:
    """What can be done to a fake from outside. `seed` was planted in it when it was fresh, and became `planted`.

    Answers only to programs and pages of this machine: see `welcome`. What is done here is in no journal.
    """

    def __init__(self, fake: FakeVoipbin, seed: Seed | None = None, planted: SeededResources | None = None) -> None:
        self.fake = fake
        self.planted = planted or SeededResources()
        self.snapshots = SnapshotStore(self)
        self._seed = seed or Seed()

    def reset(self) -> None:
        """Make everything as it was when the fake was fresh, and its seed planted."""
        self.fake.reset()
        self.planted = apply_seed(self.fake, self._seed)

    def scratch_copy(self) -> FakeVoipbin:
        """A copy of the fake, on which to try what must not fail half-way."""
        copy = FakeVoipbin(self.fake.edition.name, self.fake.seed)
        copy.restore(self.fake.snapshot())
        return copy

    def respond(self, request: Request, /) -> WireResponse:
        """Answer a request, whatever it is."""
        try:
            check_origin(request)
            return WireResponse(self._answer(request))
        except EXPECTED as why:
            return WireResponse(refusal(why))

    def accepts_origin(self, request: Request) -> bool:
        """Whether a request is let in."""
        try:
            check_origin(request)
        except ForbiddenOrigin:
            return False
        return True

    def _answer(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        parts = [unquote(part) for part in path.removeprefix(PREFIX).strip("/").split("/")]
        found = pages.page("/".join(parts)) if request.method in ("GET", "HEAD") else None
        return found or self._do(request, parts, query)

    def _do(self, request: Request, parts: list[str], query: str) -> Response:
        operation, ids = _operation(request.method, parts)
        arguments: list[Any] = [*ids]
        if operation.request_model is not None:
            arguments.append(_read(TypeAdapter(operation.request_model), request.body))
        with self.fake.lock:
            self.fake.clock.sync()
            given = operation.handler(self, *arguments, **_query(operation, query))
            return answered(operation.response_type.dump_json(given))


def _operation(method: str, parts: list[str]) -> tuple[ControlOperation, list[str]]:
    """The operation at a path, and the ids in it. Raises NotFound and NotAllowed."""
    here = {one.method: (one, ids) for one in OPERATIONS if (ids := _ids(one.path, parts)) is not None}
    if not here:
        raise NotFound(f"the control API has no path {PREFIX}/{'/'.join(parts)}; {PREFIX}/docs has all of them")
    asked = "GET" if method == "HEAD" else method
    if asked not in here:
        raise MethodNotAllowed(f"there is no {method} here; there is {', '.join(here)}", ", ".join(here))
    return here[asked]


def _ids(template: str, parts: list[str]) -> list[str] | None:
    """What stands in the path for each name in braces; None where the path is another one."""
    wanted = template.strip("/").split("/")
    if len(wanted) != len(parts):
        return None
    pairs = list(zip(wanted, parts, strict=True))
    if any(want != part and not want.startswith("{") for want, part in pairs):
        return None
    return [part for want, part in pairs if want.startswith("{")]


def _read(takes: TypeAdapter[Any], body: bytes) -> Any:
    """What a body says; an empty one is an empty object. Raises BadRequest."""
    try:
        return takes.validate_python(_JSON.validate_json(body or b"{}"))
    except ValidationError as errors:
        raise BadRequest("; ".join(describe_errors(errors, "the body"))) from None


def _query(operation: ControlOperation, query: str) -> Mapping[str, int]:
    """The query's numbers. Raises BadRequest for what the operation does not know."""
    sent = dict(parse_qsl(query, keep_blank_values=True))
    known = {one.name: one for one in operation.query}
    for name in sent.keys() - known.keys():
        raise BadRequest(f"there is no query parameter {name!r} here; known are {', '.join(known) or 'none'}")
    return {name: _number(name, sent.get(name, str(one.default)), one.least) for name, one in known.items()}


def _number(name: str, text: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise BadRequest(f"{name}={text!r} is no whole number from {least}")
    return int(text)

"""Validation of one exchange: could any edition have sent this response to this request?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from ..answer import STATUS_NAMES, Answer, Body
from ..editions import EDITIONS, Edition
from ..http import Request, Response
from ..models.files import File
from ..models.responses import Envelope, NoContent
from ..models.zero_call import ZERO_CALL
from ..operations.api_operations import PREFIX, find_api_operation
from ..rules import gateway
from ..rules.telephony import live_calls
from . import consistency, edition_models
from .error_responses import error_responses
from .request import ParsedRequest, parse_request


@dataclass(frozen=True, slots=True)
class Violation:
    """A reason why some editions could not have sent a response."""

    source: str
    """The id of a rule, or the name of a wire model."""
    message: str
    editions: tuple[str, ...]

    def __str__(self) -> str:
        where = "every edition" if len(self.editions) == len(EDITIONS) else ", ".join(self.editions)
        return f"{self.source}: {self.message} ({where})"


def validate_exchange(
    request: Request, response: Response, editions: Iterable[Edition] = tuple(EDITIONS.values())
) -> list[Violation]:
    """Return why none of the editions could have sent this response; empty if one could, or if it cannot be decided.

    Each violation names a rule or a wire model and the editions that it concerns.
    """
    if request.method in ("HEAD", "OPTIONS"):
        return []
    parsed = parse_request(request)
    found: dict[consistency.Inconsistency, list[str]] = {}
    for edition in editions:
        inconsistencies = list(_inconsistencies(request, parsed, response, edition))
        if not inconsistencies:
            return []
        for one in dict.fromkeys(inconsistencies):
            found.setdefault(one, []).append(edition.name)
    return [Violation(source, message, tuple(names)) for (source, message), names in found.items()]


def _inconsistencies(
    request: Request, parsed: ParsedRequest | None, response: Response, edition: Edition
) -> Iterator[consistency.Inconsistency]:
    if parsed is None:
        if response.status < 400 and _is_unknown_route(request, edition):
            yield _unknown_route(request)
    elif edition.name in parsed.operation.absent_in:
        answer = gateway.route_exists.answers[edition.name]
        if not (_is_from_proxy(response) or (response.status == answer.status and _matches(response, answer))):
            yield _unknown_route(request)
    elif response.status >= 400:
        yield from _error(parsed, response, edition)
    elif parsed.certain_refusals:
        yield from ((rule.id, f"the request is refused: {rule.statement}") for rule in parsed.certain_refusals)
    elif response.status not in parsed.operation.statuses:
        statuses = " or ".join(map(str, parsed.operation.statuses))
        yield parsed.operation.model.__name__, f"{parsed.operation.name} returns {statuses}, never {response.status}"
    else:
        yield from _success(parsed, response, edition)


def _unknown_route(request: Request) -> consistency.Inconsistency:
    return gateway.route_exists.id, f"{request.method} {_path(request)} does not exist: it returns 404"


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _is_unknown_route(request: Request, edition: Edition) -> bool:
    """Return whether a path certainly does not exist: all operations below /v1.0 are known, and none exists without it.

    The router redirects paths that end with a slash, even with an escaped one.
    """
    path = _path(request)
    if unquote(path).endswith("/"):
        return False
    if path.startswith(PREFIX + "/"):
        return find_api_operation(request.method, path, edition) is None
    return find_api_operation(request.method, PREFIX + path, edition) is not None


# successes


def _success(request: ParsedRequest, response: Response, edition: Edition) -> Iterator[consistency.Inconsistency]:
    model = request.operation.model
    if issubclass(model, NoContent):
        if response.body:
            yield model.__name__, "the body of this response is empty"
        return
    if model is File:
        media_type = (response.header("Content-Type") or "").partition(";")[0]
        if media_type != request.operation.media_type:
            yield model.__name__, f"the content type of this response is {request.operation.media_type}"
        return
    if _is_zero_call(request, response, edition):
        return
    name = f"Page of {model.__name__}" if request.operation.is_list else model.__name__
    schema = (edition_models.page_model if request.operation.is_list else edition_models.response_model)(model, edition)
    try:
        schema.model_validate_json(response.body)
    except ValidationError as errors:
        yield from ((name, _describe(error)) for error in errors.errors(include_url=False, include_context=False))
        return
    yield from consistency.inconsistencies(request, json.loads(response.body), edition)


def _is_zero_call(request: ParsedRequest, response: Response, edition: Edition) -> bool:
    """Return whether this is the call without any values that an edition sends if no recording is active."""
    rule = live_calls.recording_is_active
    if rule not in request.operation.rules or rule.answers[edition.name].refuses:
        return False
    try:
        return bool(json.loads(response.body) == ZERO_CALL)
    except ValueError:
        return False


def _describe(error: Any) -> str:
    """Return pydantic's message for one field, or our own where that is clearer."""
    where = ".".join(str(part) for part in error["loc"])
    message = {
        "missing": "this field is missing, but it is always present",
        "extra_forbidden": "unknown field",
        "string_pattern_mismatch": "invalid format",
    }.get(error["type"], error["msg"])
    return f"{where}: {message}" if where else message


# error responses


def _error(request: ParsedRequest, response: Response, edition: Edition) -> Iterator[consistency.Inconsistency]:
    if _is_from_proxy(response):
        return
    answers = [
        (id, one) for id, one in error_responses(request.operation, edition.name) if one.status == response.status
    ]
    if not answers:
        yield "Envelope", f"{request.operation.name} never returns {response.status}"
    elif not any(_matches(response, one) for _, one in answers):
        ids = ", ".join(dict.fromkeys(id for id, _ in answers if id)) or "Envelope"
        bodies = " or ".join(dict.fromkeys(_example(one) for _, one in answers))
        yield ids, f"the body of a {response.status} is {bodies}"


def _is_from_proxy(response: Response) -> bool:
    """Return whether an error may come from a proxy or a load balancer in front of VoIPbin."""
    is_page = (response.header("Content-Type") or "").startswith("text/html")
    is_json = response.body.lstrip()[:1] in (b"{", b"[")
    is_gateway_error = response.status > 500 and response.status != 503
    return (is_page and (response.status in (403, 429) or response.status >= 500)) or (is_gateway_error and not is_json)


def _matches(response: Response, answer: Answer) -> bool:
    """Return whether an error's body has the format of an answer. Messages are not compared, since they may change."""
    if answer.body is Body.EMPTY:
        return response.body == b""
    if answer.body in (Body.TEXT, Body.HTTP_ERROR):
        return response.body.decode(errors="replace") == answer.message
    try:
        body = json.loads(response.body)
        if answer.body is Body.BINDER:
            return isinstance(body["msg"], str)
        if answer.body is Body.MESSAGE:
            return list(body) == ["message"] and isinstance(body["message"], str)
        if answer.body is Body.UNWRAPPED:
            return bool(body["error"] == answer.reason and isinstance(body["message"], str))
        error = Envelope.model_validate_json(response.body).error
    except (ValueError, LookupError, TypeError):
        return False
    return (error.reason, error.status) == (answer.reason, STATUS_NAMES[answer.status])


def _example(answer: Answer) -> str:
    if answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
        error = {"message": "...", "reason": answer.reason, "status": STATUS_NAMES[answer.status]}
        return json.dumps({"error": error})
    if answer.body is Body.BINDER:
        return '{"msg": "..."}'
    if answer.body is Body.MESSAGE:
        return '{"message": "..."}'
    if answer.body is Body.UNWRAPPED:
        return json.dumps({"error": answer.reason, "message": "..."})
    return f"the text {answer.message!r}" if answer.body in (Body.TEXT, Body.HTTP_ERROR) else "an empty body"

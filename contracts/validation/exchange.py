"""Could any edition have given this answer? What is wrong with one that none could have given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..editions import EDITIONS, Edition
from ..http import Request, Response
from ..models.responses import Envelope
from ..rule import STATUS_NAMES, Answer, Body
from ..rules import gateway
from . import consistency, edition_models
from .error_responses import error_responses
from .request import ParsedRequest, parse_request


@dataclass(frozen=True, slots=True)
class Violation:
    """Why some editions could not have given an answer."""

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
    """Why none of the editions could have given this answer to this request; empty if one could, or if nobody knows.

    Each complaint names a rule or a wire model, and the editions that it is about.
    """
    if request.method in ("HEAD", "OPTIONS"):
        return []
    what = parse_request(request)
    found: dict[consistency.Inconsistency, list[str]] = {}
    for edition in editions:
        complaints = list(_complaints(request, what, response, edition))
        if not complaints:
            return []
        for complaint in dict.fromkeys(complaints):
            found.setdefault(complaint, []).append(edition.name)
    return [Violation(by, text, tuple(names)) for (by, text), names in found.items()]


def _complaints(
    request: Request, what: ParsedRequest | None, response: Response, edition: Edition
) -> Iterator[consistency.Inconsistency]:
    if what is None:
        if _leads_nowhere(request) and response.status < 400:
            yield gateway.route_exists.id, f"there is no {request.method} {_path(request)}: it is 404"
    elif response.status >= 400:
        yield from _refusal(what, response, edition)
    elif what.certain_refusals:
        yield from ((rule.id, f"the request is refused: {rule.statement}") for rule in what.certain_refusals)
    elif response.status != 200:
        yield what.operation.model.__name__, f"{what.operation.name} answers 200, never {response.status}"
    else:
        yield from _success(what, response, edition)


def _path(request: Request) -> str:
    return request.target.partition("?")[0]


def _leads_nowhere(request: Request) -> bool:
    """Whether a path is known to lead nowhere: /providercalls has no other endpoints, and all are below /v1.0."""
    path = _path(request)
    return path.startswith(("/providercalls", "/v1.0/providercalls")) and not path.endswith("/")


# successes


def _success(what: ParsedRequest, response: Response, edition: Edition) -> Iterator[consistency.Inconsistency]:
    model = what.operation.model
    name = f"Page of {model.__name__}" if what.operation.is_list else model.__name__
    shape = (edition_models.page_model if what.operation.is_list else edition_models.response_model)(model, edition)
    try:
        shape.model_validate_json(response.body)
    except ValidationError as wrong:
        yield from ((name, _told(error)) for error in wrong.errors(include_url=False, include_context=False))
        return
    yield from consistency.inconsistencies(what, json.loads(response.body), edition)


def _told(error: Any) -> str:
    """What pydantic says of one field, in our words where its own are no help."""
    where = ".".join(str(part) for part in error["loc"])
    told = {
        "missing": "it is missing, and is always there",
        "extra_forbidden": "there is no such field",
        "string_pattern_mismatch": "it is not written so",
    }.get(error["type"], error["msg"])
    return f"{where}: {told}" if where else told


# refusals


def _refusal(what: ParsedRequest, response: Response, edition: Edition) -> Iterator[consistency.Inconsistency]:
    if _from_in_front(response):
        return
    answers = [(id, one) for id, one in error_responses(what.operation, edition.name) if one.status == response.status]
    if not answers:
        yield "Envelope", f"{what.operation.name} is never refused with {response.status}"
    elif not any(_fits(response, one) for _, one in answers):
        ids = ", ".join(dict.fromkeys(id for id, _ in answers if id)) or "Envelope"
        yield ids, f"with {response.status} it answers {' or '.join(dict.fromkeys(_shape(one) for _, one in answers))}"


def _from_in_front(response: Response) -> bool:
    """Whether what stands before VoIPbin may have answered, in its own words: an edge, a proxy."""
    is_page = (response.header("Content-Type") or "").startswith("text/html")
    is_json = response.body.lstrip()[:1] in (b"{", b"[")
    gateways = response.status > 500 and response.status != 503
    return (is_page and (response.status in (403, 429) or response.status >= 500)) or (gateways and not is_json)


def _fits(response: Response, answer: Answer) -> bool:
    """Whether a refusal's body is written as an answer's is. Words are for people, and may change."""
    if answer.body is Body.EMPTY:
        return response.body == b""
    if answer.body is Body.TEXT:
        return response.body.decode(errors="replace") == answer.message
    try:
        body = json.loads(response.body)
        if answer.body is Body.BINDER:
            return isinstance(body["msg"], str)
        if answer.body is Body.UNWRAPPED:
            return bool(body["error"] == answer.reason and isinstance(body["message"], str))
        error = Envelope.model_validate_json(response.body).error
    except (ValueError, LookupError, TypeError):
        return False
    return (error.reason, error.status) == (answer.reason, STATUS_NAMES[answer.status])


def _shape(answer: Answer) -> str:
    if answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
        error = {"message": "...", "reason": answer.reason, "status": STATUS_NAMES[answer.status]}
        return json.dumps({"error": error})
    if answer.body is Body.BINDER:
        return '{"msg": "..."}'
    if answer.body is Body.UNWRAPPED:
        return json.dumps({"error": answer.reason, "message": "..."})
    return f"the text {answer.message!r}" if answer.body is Body.TEXT else "an empty body"

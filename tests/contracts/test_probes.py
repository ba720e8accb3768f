"""The comparison of a response with a rule's answer, part by part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.answer import Answer, Body, accepted, empty_error, error
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import RuleBroken, require_answer

JSON, TEXT = "application/json; charset=utf-8", "text/plain; charset=utf-8"
ERROR = {"status": "NOT_FOUND", "reason": "CALL_NOT_FOUND", "message": "No call."}
ENVELOPE = error(404, "CALL_NOT_FOUND", "No call.")
TEMPLATE = error(404, "CALL_NOT_FOUND", "No call {id}.")
AS_TEXT = error(404, "CALL_NOT_FOUND", "No call.", Body.ENVELOPE_AS_TEXT)
BINDER = Answer(400, message="Invalid format for {name}", body=Body.BINDER)
MESSAGE = Answer(500, "", "internal error", Body.MESSAGE)
UNWRAPPED = Answer(429, "rate_limit_exceeded", "Slow down.", Body.UNWRAPPED)
PLAIN = Answer(404, message="404 page not found", body=Body.TEXT)


def response(body: object, status: int = 404, media_type: str = JSON) -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(status, (("Content-Type", media_type),), text.encode())


def envelope(**change: str) -> dict[str, Any]:
    return {"error": ERROR | change}


CASES = [
    (accepted(), response({}, 200), ""),
    (accepted(), response({}, 201), "the status: expected 200, got 201"),
    (empty_error(404), response(""), ""),
    (empty_error(404), response("x"), "the body"),
    (empty_error(404), response("", 400), "the status"),
    (ENVELOPE, response(envelope()), ""),
    (ENVELOPE, response(envelope(reason="NOT_FOUND")), "the reason"),
    (ENVELOPE, response(envelope(status="INTERNAL")), "the error's status"),
    (ENVELOPE, response(envelope(message="No call")), "the message"),
    (ENVELOPE, response(envelope(message="No call. At all.")), "the message"),
    (ENVELOPE, response(envelope(message="Any call.")), "the message"),
    (ENVELOPE, response(envelope(), media_type=TEXT), "the content type"),
    (TEMPLATE, response(envelope(message="No call 7.")), ""),
    (TEMPLATE, response(envelope(message="A call 7.")), "the message"),
    (AS_TEXT, response(envelope(), media_type=TEXT), ""),
    (AS_TEXT, response(envelope()), "the content type"),
    (BINDER, response({"msg": "Invalid format for id"}, 400), ""),
    (BINDER, response({"msg": "Valid format for id"}, 400), "the message"),
    (UNWRAPPED, response({"error": "rate_limit_exceeded", "message": "Slow down."}, 429), ""),
    (UNWRAPPED, response({"error": "rate_limit_exceeded", "message": "Wait."}, 429), "the body"),
    (MESSAGE, response({"message": "internal error"}, 500), ""),
    (MESSAGE, response({"message": "internal error", "error": "x"}, 500), "the body"),
    (PLAIN, response("404 page not found"), ""),
    (PLAIN, response("404 page not found\n"), "the body"),
]


@pytest.mark.parametrize(("expected", "found", "message"), CASES)
def test_every_part_of_an_answer_is_compared(expected: Answer, found: Response, message: str) -> None:
    if not message:
        require_answer(found, expected)
        return
    with pytest.raises(RuleBroken) as broken:
        require_answer(found, expected)
    assert str(broken.value).startswith(message)

"""What an answer must have to be the one that a rule promises: each part of it by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.checker.remote_target import _is
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import RuleBroken, require_answer
from pytest_providercalls.contracts.rule import Answer, Body, accepted, empty_error, error

JSON, TEXT = "application/json; charset=utf-8", "text/plain; charset=utf-8"
ERROR = {"status": "NOT_FOUND", "reason": "CALL_NOT_FOUND", "message": "No call."}
WHOLE = error(404, "CALL_NOT_FOUND", "No call.")
BEGUN = error(404, "CALL_NOT_FOUND", "No call {id}.")
LABELLED = error(404, "CALL_NOT_FOUND", "No call.", Body.ENVELOPE_AS_TEXT)
BINDER = Answer(400, message="Invalid format for {name}", body=Body.BINDER)
FLAT = Answer(429, "rate_limit_exceeded", "Slow down.", Body.UNWRAPPED)
PLAIN = Answer(404, message="404 page not found", body=Body.TEXT)


def answered(body: object, status: int = 404, label: str = JSON) -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(status, (("Content-Type", label),), text.encode())


def error(**change: str) -> dict[str, Any]:
    return {"error": ERROR | change}


HELD = [
    (accepted(), answered({}, 200), ""),
    (accepted(), answered({}, 201), "the status: expected 200, got 201"),
    (empty_error(404), answered(""), ""),
    (empty_error(404), answered("x"), "the body"),
    (empty_error(404), answered("", 400), "the status"),
    (WHOLE, answered(error()), ""),
    (WHOLE, answered(error(reason="NOT_FOUND")), "the reason"),
    (WHOLE, answered(error(status="INTERNAL")), "the error's status"),
    (WHOLE, answered(error(message="No call")), "the message"),
    (WHOLE, answered(error(message="No call. At all.")), "the message"),
    (WHOLE, answered(error(message="Any call.")), "the message"),
    (WHOLE, answered(error(), label=TEXT), "the content type"),
    (BEGUN, answered(error(message="No call 7.")), ""),
    (BEGUN, answered(error(message="A call 7.")), "the message"),
    (LABELLED, answered(error(), label=TEXT), ""),
    (LABELLED, answered(error()), "the content type"),
    (BINDER, answered({"msg": "Invalid format for id"}, 400), ""),
    (BINDER, answered({"msg": "Valid format for id"}, 400), "the message"),
    (FLAT, answered({"error": "rate_limit_exceeded", "message": "Slow down."}, 429), ""),
    (FLAT, answered({"error": "rate_limit_exceeded", "message": "Wait."}, 429), "the body"),
    (PLAIN, answered("404 page not found"), ""),
    (PLAIN, answered("404 page not found\n"), "the body"),
]


@pytest.mark.parametrize(("promised", "response", "complaint"), HELD)
def test_each_part_of_an_answer_counts(promised: Answer, response: Response, complaint: str) -> None:
    if not complaint:
        require_answer(response, promised)
        return
    with pytest.raises(RuleBroken) as broken:
        require_answer(response, promised)
    assert str(broken.value).startswith(complaint)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.SUPER_ADMIN, ["super_admin"]),
        (Permission.CUSTOMER_ADMIN, ["customer_admin"]),
        (Permission.CUSTOMER_MANAGER | Permission.CUSTOMER_AGENT, ["customer_manager"]),
        (Permission.SUPER_ADMIN | Permission.CUSTOMER_ADMIN, ["super_admin"]),
        (Permission.CUSTOMER_AGENT, ["customer_agent"]),
        (0, []),
    ],
)
def test_a_permission_is_that_of_its_mightiest_role(permission: int, roles: list[str]) -> None:
    every = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
    assert [role for role in every if _is(permission, role)] == roles

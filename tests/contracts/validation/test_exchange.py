"""Errors and successes that no edition sends: status, body format, requests that are certainly refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts import EDITIONS, validate_exchange
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID

from .exchanges import CALL, SIGNED, call, violations


@pytest.mark.parametrize(
    ("request_", "source"),
    [
        (Request("GET", "/v1.0/calls"), "AU-01"),
        (Request("GET", "/v1.0/calls?page_size=many", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/calls?page_size=1&page_size=1", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/calls?page_size=", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/providercalls?provider_id=nope", SIGNED), "PC-LIST-07"),
        (Request("GET", f"/v1.0/providercalls?{2 * f'provider_id={UNKNOWN_ID}&'}", SIGNED), "PC-LIST-07"),
        (Request("GET", "/v1.0/calls/nope", SIGNED), "GW-ID-01"),
        (Request("GET", f"/v1.0/calls/{NIL}", SIGNED), "GW-ID-01"),
        (Request("GET", f"/v1.0/providercalls/{NIL}", SIGNED), "GW-ID-03"),
        (Request("GET", "/v1.0/providercalls/nope", SIGNED), "GW-ID-02"),
        (Request("GET", "/providercalls", SIGNED), "GW-ROUTE-01"),
        (Request("PUT", f"/v1.0/providercalls/{UNKNOWN_ID}", SIGNED, b"{}"), "GW-ROUTE-01"),
        (Request("GET", "/v1.0/call", SIGNED), "GW-ROUTE-01"),
        (Request("POST", "/calls/1/hold", SIGNED), "GW-ROUTE-01"),
        (Request("POST", "/v1.0/flows", SIGNED, b"name=x"), "PC-NEW-33"),
        (Request("POST", "/v1.0/flows", SIGNED, b"[]"), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"provider_id": 7}'), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b"{}"), "PC-NEW-34"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"destinations": []}'), "PC-PRE-04"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"destinations": {}}'), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"actions": [{"type": "sing"}]}'), "PC-NEW-27"),
    ],
)
def test_success_for_a_request_that_every_edition_refuses(request_: Request, source: str) -> None:
    assert any(
        one.startswith(f"{source}:") and one.endswith("(every edition)") for one in violations(request_, 200, {})
    )


def test_success_of_an_operation_that_some_editions_do_not_have() -> None:
    assert violations(Request("GET", "/v1.0/campaigns", SIGNED), 200, {}) == []
    assert violations(Request("GET", "/v1.0/contacts/1/emails/2", SIGNED), 200, {})
    assert violations(Request("PUT", "/v1.0/contacts/1/emails/2", SIGNED), 200, {}) == []
    assert violations(Request("GET", "/v1.0/calls/", SIGNED), 200, {}) == []
    assert violations(Request("PUT", "/v1.0/routes/1%2F", SIGNED), 307, {}) == []


def test_a_modelled_operation_that_some_editions_do_not_have() -> None:
    body = {"error": {"message": "m", "reason": "RESOURCE_NOT_FOUND", "status": "NOT_FOUND"}}
    request = Request("GET", "/v1.0/outbound_config", SIGNED)
    assert violations(request, 404, body) == []
    plain = Response(404, (("Content-Type", "text/plain"),), b"404 page not found")
    assert validate_exchange(request, plain, [EDITIONS["server-2026-04"]]) == []
    (violation,) = validate_exchange(request, Response(200, (), b"{}"), [EDITIONS["server-2026-04"]])
    assert (violation.source, "it returns 404" in violation.message) == ("GW-ROUTE-01", True)
    assert violations(request, 418, {}) != []


def test_the_nil_uuid_is_an_id_of_outbound_configurations_like_others() -> None:
    nil = Request("GET", f"/v1.0/outbound_configs/{NIL}", SIGNED)
    assert not [one for one in violations(nil, 200, {}) if "the request is refused" in one]
    unknown = Request("GET", "/v1.0/outbound_configs/nope", SIGNED)
    assert [one for one in violations(unknown, 200, {}) if one.startswith("GW-ID-02:")]


def test_a_body_nested_too_deeply_to_parse_is_not_judged() -> None:
    deep = Request("POST", "/v1.0/flows", SIGNED, b"[" * 200_000)
    assert not [one for one in violations(deep, 200, {}) if one.startswith("PC-NEW-33")]


ENVELOPE = {"error": {"status": "NOT_FOUND", "reason": "CALL_NOT_FOUND", "message": "No such call."}}


@pytest.mark.parametrize(
    ("status", "body", "possible"),
    [
        (404, json.dumps(ENVELOPE), True),
        (404, json.dumps({"error": ENVELOPE["error"] | {"reason": "NOT_FOUND"}}), False),
        (404, json.dumps({"error": ENVELOPE["error"] | {"status": "INVALID_ARGUMENT"}}), False),
        (404, '{"message": "not found"}', False),
        (404, "", False),
        (400, "", True),
        (400, '{"error": "bad"}', False),
        (401, "", True),
        (402, "", False),
        (409, "", False),
        (422, "", False),
        (429, "", False),
        (500, "", True),
        (500, '{"error": "boom"}', False),
        (502, "bad gateway", True),
        (504, "", True),
    ],
)
def test_error_responses(status: int, body: str, possible: bool) -> None:
    found = validate_exchange(Request("GET", CALL, SIGNED), Response(status, (), body.encode()))
    assert (found == []) is possible


def test_unknown_path_must_return_an_error() -> None:
    request = Request("GET", "/providercalls", SIGNED)
    assert [validate_exchange(request, Response(status)) == [] for status in (200, 302, 399, 400, 404)] == [
        False, False, False, True, True
    ]  # fmt: skip


APRIL = "server-2026-04"
BINDER = Request("GET", "/v1.0/providercalls?page_size=x", SIGNED), 400
LIMITED = Request("POST", "/auth/login", body=b"{}"), 429


@pytest.mark.parametrize(
    ("sent", "body", "possible"),
    [
        (BINDER, {"msg": "Invalid format"}, True),
        (BINDER, {"msg": 1}, False),
        (BINDER, {"message": "Invalid format"}, False),
        (LIMITED, {"error": "rate_limit_exceeded", "message": "Slow down."}, True),
        (LIMITED, {"error": "rate_limit_exceeded", "message": 1}, False),
        (LIMITED, {"error": "rate_limit", "message": "Slow down."}, False),
        (LIMITED, {"error": "too_many", "message": "Slow down."}, False),
        (LIMITED, {"error": "a_limit", "message": "Slow down."}, False),
    ],
)
def test_errors_of_april_have_their_own_formats(
    sent: tuple[Request, int], body: dict[str, Any], possible: bool
) -> None:
    request, status = sent
    found = [
        one
        for one in validate_exchange(request, Response(status, (), json.dumps(body).encode()))
        if APRIL in one.editions
    ]
    assert (found == []) is possible


def test_message_lists_every_body_format() -> None:
    (binder,) = (one for one in validate_exchange(BINDER[0], Response(400, (), b"?")) if APRIL in one.editions)
    assert str(binder).endswith(f'the body of a 400 is {{"msg": "..."}} or an empty body ({APRIL})')
    (limited,) = (one for one in validate_exchange(LIMITED[0], Response(429, (), b"?")) if APRIL in one.editions)
    assert '{"error": "rate_limit_exceeded", "message": "..."}' in str(limited)


@pytest.mark.parametrize(
    ("status", "is_page", "body", "possible"),
    [
        (403, True, "<html>Blocked</html>", True),
        (429, True, "<html>Slow down</html>", True),
        (500, True, "<html>Oops</html>", True),
        (503, True, "<html>Oops</html>", True),
        (403, False, "<html>Blocked</html>", False),
        (404, True, "<html>Lost</html>", False),
        (418, True, "<html>Lost</html>", False),
        (430, True, "<html>Lost</html>", False),
        (499, True, "<html>Lost</html>", False),
        (500, False, "Oops", False),
        (501, False, "Oops", True),
        (502, False, " {} and the like", False),
        (503, False, "Oops", False),
        (520, False, "Oops", True),
    ],
)
def test_a_proxy_may_send_its_own_errors(status: int, is_page: bool, body: str, possible: bool) -> None:
    headers = (("Content-Type", "text/html; charset=UTF-8"),) if is_page else ()
    found = validate_exchange(Request("GET", CALL, SIGNED), Response(status, headers, body.encode()))
    assert (found == []) is possible


@pytest.mark.parametrize(
    "request_", [Request("GET", "/v1.0/queues", SIGNED), Request("HEAD", CALL), Request("OPTIONS", CALL)]
)
def test_unknown_operations_are_possible(request_: Request) -> None:
    assert validate_exchange(request_, Response(299)) == []


def test_a_mixture_of_editions_is_reported_per_edition() -> None:
    body = call(tm_create="2026-04-21T23:15:00Z")
    assert any(
        "documented" in one and "tm_create" in one for one in violations(Request("GET", CALL, SIGNED), 200, body)
    )
    assert any("server-2026-08" in one for one in violations(Request("GET", CALL, SIGNED), 200, body))


def test_messages_contain_no_values() -> None:
    body = {"username": "x", "token": 7, "s3cret": "s3cret-value"}
    assert "s3cret-value" not in "".join(violations(Request("POST", "/auth/login", body=b"{}"), 200, body))

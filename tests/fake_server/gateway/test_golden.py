"""The golden list of gateway.md, section 10, for the two servers: statuses, bodies, content types, headers.

Rows 25 and 26 are omitted: they need a backend that never responds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_providercalls.contracts.answer import STATUS_NAMES
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Headers, Request, Response
from pytest_providercalls.contracts.probes import ProbeClient

UNKNOWN = "f1f2f3f4-0000-4000-8000-00000000dead"
JSON = "application/json; charset=utf-8"
ERROR_AS_TEXT = "text/plain; charset=utf-8"
REQUEST_ID = "golden-1"
VALID = json.dumps(
    {
        "provider_id": "<provider>",
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
)


@dataclass(frozen=True)
class Expected:
    """The expected response: its status, its exact body and its content type."""

    status: int
    body: bytes = b""
    content_type: str | None = None


def envelope(status: int, reason: str, message: str, content_type: str = JSON, **more: Any) -> Expected:
    error = more | {"message": message, "reason": reason, "request_id": REQUEST_ID}
    error |= {"status": STATUS_NAMES[status]}
    return Expected(status, json.dumps({"error": error}, separators=(",", ":")).encode(), content_type)


def msg(detail: str) -> Expected:
    text = json.dumps({"msg": f"Invalid format for parameter {detail}"}, separators=(",", ":"))
    return Expected(400, text.encode(), JSON)


def bare(status: int) -> Expected:
    return Expected(status)


AUTHENTICATION = envelope(401, "AUTHENTICATION_REQUIRED", "Authentication is required.")
CREDENTIALS = envelope(401, "INVALID_CREDENTIALS", "The provided credentials are invalid.")
DENIED = envelope(403, "PERMISSION_DENIED", "You do not have permission to access this resource.")
DIRECT = envelope(403, "DIRECT_ACCESS_NOT_SUPPORTED", "Direct access is not supported for this endpoint.")
NOT_JSON = envelope(400, "INVALID_JSON_BODY", "The request body is not valid JSON.", ERROR_AS_TEXT)
NO_PROVIDER = envelope(400, "INVALID_ARGUMENT", "provider_id is required.")
BAD_ID = envelope(400, "INVALID_REQUEST_PARAMETER", 'The parameter "id" has an invalid format.')
BAD_SIZE = envelope(400, "INVALID_REQUEST_PARAMETER", 'The parameter "page_size" has an invalid format.')
NIL_ID = envelope(400, "INVALID_ID", "The provided id is not a valid UUID.")
NOT_FOUND = envelope(404, "RESOURCE_NOT_FOUND", "The requested resource was not found.")
NO_RECORD = envelope(404, "PROVIDERCALL_NOT_FOUND", "The provider call was not found.")
NO_SUCH_PROVIDER = envelope(404, "PROVIDER_NOT_FOUND", "The provider was not found.")
NO_ROUTE = envelope(404, "ROUTE_NOT_FOUND", "The requested endpoint does not exist.")
TEXT_404 = Expected(404, b"404 page not found", "text/plain")
FROZEN = envelope(
    403,
    "ACCOUNT_FROZEN",
    "This account is frozen. Contact support.",
    details=[
        {
            "deletion_effective_at": None,
            "deletion_scheduled_at": None,
            "recovery_endpoint": "DELETE /auth/unregister",
        }
    ],
)
MOVED = Expected(301, b'<a href="/v1.0/providercalls">Moved Permanently</a>.\n\n', "text/html; charset=utf-8")
NOPE = "id: error unmarshaling 'nope' text as *uuid.UUID: invalid UUID length: 4"
ABC = 'page_size: error binding string parameter: strconv.ParseInt: parsing "abc": invalid syntax'
BEARER = "Authorization: Bearer <{}>"
ADMIN, TIER = BEARER.format("super_admin"), BEARER.format("customer_admin")

Row = tuple[str, str, str, str, Expected, Expected]
ROWS: list[Row] = [
    ("1", "GET /v1.0/providercalls", "", "", bare(401), AUTHENTICATION),
    ("2", "GET /v1.0/providercalls?accesskey=<key>", "", "", bare(403), DENIED),
    ("3", "GET /v1.0/providercalls?token=<key>", "", "", bare(401), CREDENTIALS),
    (
        "4",
        "GET /v1.0/providercalls",
        "Authorization: bearer <super_admin>",
        "",
        bare(401),
        AUTHENTICATION,
    ),
    (
        "5",
        "GET /v1.0/providercalls",
        f"{ADMIN}\nCookie: token=garbage",
        "",
        bare(401),
        CREDENTIALS,
    ),
    ("6", "POST /v1.0/providercalls", TIER, "{", bare(400), NOT_JSON),
    ("7", "POST /v1.0/providercalls", TIER, "{}", bare(400), NO_PROVIDER),
    ("8", "POST /v1.0/providercalls", TIER, VALID, bare(403), DENIED),
    ("9", "GET /v1.0/providercalls/nope", TIER, "", msg(NOPE), BAD_ID),
    (
        "10",
        "POST /v1.0/providercalls",
        ADMIN,
        VALID.replace("<provider>", UNKNOWN),
        bare(404),
        NOT_FOUND,
    ),
    ("11", f"GET /v1.0/providercalls/{UNKNOWN}", ADMIN, "", bare(400), NO_RECORD),
    ("12", f"DELETE /v1.0/providercalls/{UNKNOWN}", ADMIN, "", bare(400), NOT_FOUND),
    ("13", f"GET /v1.0/providercalls/{NIL}", ADMIN, "", bare(400), NIL_ID),
    ("14", "GET /v1.0/providercalls?page_size=abc", ADMIN, "", msg(ABC), BAD_SIZE),
    ("16", f"PUT /v1.0/providercalls/{UNKNOWN}", ADMIN, "", TEXT_404, NO_ROUTE),
    ("16a", f"PUT /v1.0/providercalls/{UNKNOWN}", "", "", TEXT_404, NO_ROUTE),
    ("17", "GET /v1.0/providercalls/", "", "", MOVED, MOVED),
    (
        "18",
        "POST /auth/login",
        "",
        '{"username": "super-admin", "password": "x"}',
        bare(400),
        bare(400),
    ),
    ("19", f"GET /v1.0/providers/{UNKNOWN}", TIER, "", bare(400), NO_SUCH_PROVIDER),
    ("20", "GET /v1.0/providers/<provider>", TIER, "", bare(400), DENIED),
    ("21", "GET /v1.0/providercalls", BEARER.format("direct"), "", bare(403), DIRECT),
    ("22", "GET /v1.0/providercalls", BEARER.format("frozen_admin"), "", bare(403), FROZEN),
    ("23", "GET /v1/providercalls", "", "", TEXT_404, NO_ROUTE),
    ("24", "GET /v1.0/providercalls", BEARER.format("expired"), "", bare(401), CREDENTIALS),
]
server = pytest.mark.parametrize("fake", ["server-2026-04", "server-2026-08"], indirect=True)


def send_row(api: ProbeClient, line: str, headers: str, body: str) -> Response:
    """Send a row's request, with its <names> replaced by values of the fake."""

    def filled(text: str) -> str:
        text = text.replace("<key>", api.identity("super_admin").accesskey)
        text = text.replace("<provider>", str(api.target.healthy_provider_id))
        for name in (*api.target.credentials, *api.target.tokens):
            text = text.replace(f"<{name}>", api.token(name))
        return text

    method, target = filled(line).split(" ")
    row_headers: Headers = tuple(
        (name, value) for name, _, value in (header.partition(": ") for header in filled(headers).splitlines())
    )
    return api.target.send(Request(method, target, (("X-Request-Id", REQUEST_ID), *row_headers), filled(body).encode()))


@server
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_response_is_as_listed(row: Row, api: ProbeClient) -> None:
    expected = row[4] if api.edition.name == "server-2026-04" else row[5]
    response = send_row(api, *row[1:4])
    found = Expected(response.status, response.body, response.header("Content-Type"))
    assert found == expected


@server
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_response_has_a_content_length(row: Row, api: ProbeClient) -> None:
    response = send_row(api, *row[1:4])
    assert response.header("Content-Length") == str(len(response.body))


@server
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_response_has_the_request_id_unless_it_is_a_redirect(row: Row, api: ProbeClient) -> None:
    echoed = api.edition.name == "server-2026-08" and row[0] != "17"
    response = send_row(api, *row[1:4])
    assert response.header("X-Request-Id") == (REQUEST_ID if echoed else None)


@server
@pytest.mark.parametrize("size", ["0", "-3", "1000"])
def test_row_15_an_invalid_page_size_means_a_hundred(size: str, api: ProbeClient) -> None:
    for _ in range(101):
        api.target.fake.add_provider()  # type: ignore[attr-defined]
    response = send_row(api, f"GET /v1.0/providers?page_size={size}", ADMIN, "")
    assert (response.status, len(response.json()["result"])) == (200, 100)


@server
def test_row_22_only_the_newer_server_blocks_a_frozen_customer(api: ProbeClient) -> None:
    response = send_row(api, "GET /v1.0/calls", BEARER.format("frozen_admin"), "")
    expected = 200 if api.edition.name == "server-2026-04" else 403
    assert response.status == expected


@server
def test_no_row_places_a_call(api: ProbeClient) -> None:
    for row in ROWS:
        send_row(api, *row[1:4])
    api.target.fake.assert_nothing_placed()  # type: ignore[attr-defined]


def test_every_row_is_tested() -> None:
    numbers = {int(row[0].rstrip("a")) for row in ROWS}
    assert numbers | {15} == set(range(1, 25))

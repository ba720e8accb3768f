"""Requests and responses as data: their reprs contain no credentials."""

from __future__ import annotations

from pytest_providercalls.contracts import Request, Response

SECRET = "eyJ.secret.token"


def test_the_repr_of_a_request_has_no_credential() -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("Cookie", f"token={SECRET}"))
    shown = repr(Request("POST", f"/v1.0/calls?token={SECRET}", headers, SECRET.encode()))
    assert shown == f"<Request POST /v1.0/calls, {len(SECRET)} bytes>"


def test_the_repr_of_a_response_has_no_credential() -> None:
    headers = (("Set-Cookie", f"token={SECRET}"),)
    assert repr(Response(200, headers, SECRET.encode())) == f"<Response 200, {len(SECRET)} bytes>"


def test_header_names_are_case_insensitive() -> None:
    request = Request("GET", "/", (("X-One", "1"), ("x-one", "2")))
    assert (request.header("x-ONE"), request.header("X-Two")) == ("1", None)

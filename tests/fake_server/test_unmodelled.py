"""Operations that VoIPbin has and the fake does not: 501 instead of the response to a mistyped path."""

from __future__ import annotations

import json

import pytest
from pytest_providercalls.contracts.editions import EDITIONS, get_edition
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.operations.api_operations import PREFIX, ApiOperation, api_operations
from pytest_providercalls.contracts.probes import UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway import routing


def target(operation: ApiOperation) -> str:
    return PREFIX + "/".join(UNKNOWN_ID if part.startswith("{") else part for part in operation.path.split("/"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_operation_gets_the_response_of_a_mistyped_path(edition: str) -> None:
    fake = FakeVoipbin(edition)
    for one in api_operations():
        response = fake.handle(Request(one.method, target(one)))
        known = one.is_in(get_edition(edition))
        expected = 404 if not known else 501 if one.path.startswith("/auth/") else 401
        assert response.status == expected, one.name
        assert fake.requests[-1].refused_by == {404: "GW-ROUTE-01", 401: "AU-01", 501: None}[expected]
        if known and routing.find(one.method, target(one), edition) is None:
            headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
            assert fake.handle(Request(one.method, target(one), headers)).status == 501, one.name


def test_the_response_and_the_journal_say_what_is_missing() -> None:
    fake = FakeVoipbin()
    token = fake.super_admin.token
    response = fake.handle(Request("GET", f"/v1.0/calls/{UNKNOWN_ID}/media_stream?token={token}"))
    error = json.loads(response.body)["error"]
    message = (
        "VoIPbin has GET /calls/{id}/media_stream (Stream the media of a call over a WebSocket), the fake does not"
        " (yet). The nearest operation that the fake has is GET /calls/{id}."
    )
    assert (error["message"], error["reason"], error["status"]) == (message, "NOT_MODELLED", "UNIMPLEMENTED")
    assert fake.requests[-1].notes == (message,)
    assert response.header("Content-Type") == "application/json; charset=utf-8"


def test_what_is_not_an_operation_is_a_mistyped_path() -> None:
    fake = FakeVoipbin()
    for method, path in (("POST", "/v1.0/call"), ("PATCH", "/v1.0/calls"), ("GET", "/v1.0/calls/1/2/3"), ("GET", "/")):
        assert fake.handle(Request(method, path)).status == 404
        assert fake.requests[-1].notes == (f"VoIPbin has no operation {method} {path}",)


@pytest.mark.parametrize(("method", "status"), [("GET", 301), ("POST", 307)])
def test_the_router_redirects_a_slash_at_the_end(method: str, status: int) -> None:
    response = FakeVoipbin().handle(Request(method, "/v1.0/campaigns/"))
    assert (response.status, response.header("Location")) == (status, "/v1.0/campaigns")

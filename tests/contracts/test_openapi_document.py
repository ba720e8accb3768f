"""The OpenAPI documents: valid, complete, and consistent with the fake's responses to every probe."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import EDITIONS, RULES, Request, Response, Safety, check, openapi
from pytest_providercalls.contracts.operations.operation import Operation
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.contracts.rules import gateway
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway.routing import OPEN, PREFIX, all_routes
from pytest_providercalls.fake_server.probe_target import FakeTarget

from pytest_providercalls.cli import main

from .openapi_schemas.accepted import with_any_value

document = cache(openapi)
each_edition = pytest.mark.parametrize("edition", EDITIONS)


@each_edition
def test_the_layout_is_that_of_the_platforms_own_document(edition: str) -> None:
    paths = document(edition)["paths"]
    assert document(edition)["servers"] == [{"url": "https://api.voipbin.net/v1.0"}]
    assert {"/providercalls", "/calls/{id}/hangup"} < paths.keys()
    assert [path for path in paths if path.startswith(PREFIX)] == []
    elsewhere = {path: item["servers"] for path, item in paths.items() if "servers" in item}
    assert elsewhere == {path: [{"url": "https://api.voipbin.net"}] for path in ("/auth/login", "/ping")}


def test_exactly_the_operations_of_the_fake_are_described() -> None:
    served = {(route.method, PREFIX + route.path) for route in all_routes()} | set(OPEN)
    assert sorted((one.method, one.path) for one in OPERATIONS) == sorted(served)
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)


@each_edition
def test_every_rule_that_refuses_belongs_to_an_operation(edition: str) -> None:
    # A rule about messages on the WebSocket refuses with a close code, which is no status of HTTP.
    refusing = {rule.id for rule in RULES.values() if 300 <= rule.answers[edition].status < 600}
    listed = {
        id
        for one in described(edition)
        for answer in responses(edition, one).values()
        for id in answer.get("x-rules", ())
    }
    assert listed == refusing - {gateway.route_exists.id}


@each_edition
def test_every_response_to_the_probes_is_described(edition: str) -> None:
    target = RecordingTarget(FakeVoipbin(edition))
    check(target, Safety.BILLABLE)
    assert len(target.exchanges) > 1000
    for request, response, refused_by in target.exchanges:
        one = operation(request, edition)
        if one is not None and response.status != 301:
            require_described(edition, one, response, refused_by)


class RecordingTarget(FakeTarget):
    """A fake that records each request, its response and the rule that refused it."""

    def __init__(self, fake: FakeVoipbin) -> None:
        super().__init__(fake)
        self.exchanges: list[tuple[Request, Response, str | None]] = []

    def send(self, request: Request, /) -> Response:
        response = super().send(request)
        self.exchanges.append((request, response, self.fake.requests[-1].refused_by))
        return response


def described(edition: str) -> list[Operation]:
    """Return the operations that an edition has."""
    return [one for one in OPERATIONS if edition not in one.absent_in]


def operation(request: Request, edition: str) -> Operation | None:
    path = request.target.partition("?")[0]
    found = [
        one
        for one in described(edition)
        if one.method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path)
    ]
    return found[0] if found else None


def responses(edition: str, one: Operation) -> dict[str, Any]:
    path = document(edition)["paths"][one.path.removeprefix(PREFIX)]
    found: dict[str, Any] = path[one.method.lower()]["responses"]
    return found


def require_described(edition: str, one: Operation, response: Response, refused_by: str | None) -> None:
    """Assert that the document describes a response of the operation."""
    documented = responses(edition, one)[str(response.status)]
    assert refused_by is None or refused_by in documented["x-rules"], (one, refused_by)
    for name in documented.get("headers", ()):
        assert response.header(name) is not None, (one, name)
    if response.body:
        media = (response.header("Content-Type") or "").partition(";")[0]
        assert media in documented["content"], (one, response.body)
        if media == "application/json":
            errors = validator(edition, one, response.status).iter_errors(response.json())
            assert [error.message for error in errors] == [], one
            reason = reason_of(response.json()) if response.status >= 400 else None
            assert reason is None or reason in responses(edition, one)[str(response.status)]["x-reasons"], one


def reason_of(body: Any) -> str | None:
    """Return the reason of an error; the binder's has none."""
    error = body.get("error")
    return error["reason"] if isinstance(error, dict) else error


@cache
def validator(edition: str, one: Operation, status: int) -> Draft202012Validator:
    schema = responses(edition, one)[str(status)]["content"]["application/json"]["schema"]
    # A probe sends values that no client should, and reads them again.
    return Draft202012Validator({**schema, "components": with_any_value(document(edition))["components"]})


@each_edition
def test_unsupported_fields_are_not_in_the_document(edition: str) -> None:
    schemas = document(edition)["components"]["schemas"]
    known = {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", ())}
    absent = EDITIONS[edition].unsupported_fields
    assert not known & absent
    assert len(absent) == len({field for field in absent if field.partition(".")[0] in schemas})


def test_differences_between_editions() -> None:
    missing = {edition: _answer_to_unknown_provider(edition) for edition in EDITIONS}
    assert missing == {"documented": "400", "server-2026-04": "404", "server-2026-08": "404"}
    headers = {edition: "X-Request-Id" in json.dumps(document(edition)) for edition in EDITIONS}
    assert headers == {"documented": True, "server-2026-04": False, "server-2026-08": True}


@each_edition
def test_a_429_has_retry_after_if_the_edition_sends_it(edition: str) -> None:
    answers = [answer for one in described(edition) for answer in responses(edition, one).items()]
    with_header = {status for status, answer in answers if "Retry-After" in answer.get("headers", {})}
    assert with_header == ({"429"} if EDITIONS[edition].sends_retry_after else set())


def _answer_to_unknown_provider(edition: str) -> str:
    answers = document(edition)["paths"]["/providercalls"]["post"]["responses"]
    (status,) = (status for status, answer in answers.items() if "PC-PRE-01" in answer.get("x-rules", ()))
    return str(status)


def links(edition: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in OPERATIONS:
        for link in responses(edition, one).get("200", {}).get("links", {}).values():
            yield one.id, link


def test_a_created_record_links_to_its_operations() -> None:
    found = [(creation, link["operationId"], link["parameters"]["id"]) for creation, link in links("documented")]
    assert ("postProvidercalls", "getProvidercallsId", "$response.body#/id") in found
    assert ("postProvidercalls", "postCallsIdHangup", "$response.body#/call_ids/0") in found
    assert {creation for creation, _, _ in found} == {
        "postProviders",
        "postProvidercalls",
        "postGroupcalls",
        "postFlows",
        "postActiveflows",
        "postAccesskeys",
        "postOutboundConfigs",
        "postRoutes",
    }


@each_edition
def test_the_command_prints_the_document(capsys: pytest.CaptureFixture[str], edition: str) -> None:
    assert main(["openapi", "--edition", edition]) == 0
    assert json.loads(capsys.readouterr().out) == document(edition)


def test_the_command_prints_an_older_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--version", "3.0"]) == 0
    assert json.loads(capsys.readouterr().out) == openapi(version="3.0")


def test_an_unknown_version_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--version", "2.0"]) == 2
    message = "providercalls openapi: unknown version '2.0' of OpenAPI; expected one of 3.1, 3.0"
    assert capsys.readouterr().err.startswith(message)


def test_an_unknown_edition_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--edition", "documentd"]) == 2
    assert capsys.readouterr().err.startswith("providercalls openapi: unknown edition 'documentd'; expected one of")


def test_an_alias_of_an_edition_is_accepted() -> None:
    assert openapi("deployed") == openapi("server-2026-08")
    assert openapi() == openapi("documented")

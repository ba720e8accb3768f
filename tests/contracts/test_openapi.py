"""The OpenAPI documents: valid, whole, and true to whatever the fake answers while every rule is probed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import EDITIONS, RULES, Request, Response, Safety, check, openapi
from pytest_providercalls.contracts.operations import OPERATIONS, Operation
from pytest_providercalls.contracts.rules import gateway
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway.pipeline.pipeline import OPEN
from pytest_providercalls.fake_server.gateway.pipeline.routing import PREFIX, ROUTES
from pytest_providercalls.fake_server.probe_target import FakeTarget

from pytest_providercalls.cli import main

document = cache(openapi)
each_edition = pytest.mark.parametrize("edition", EDITIONS)


@each_edition
def test_a_document_is_openapi_3_1(edition: str) -> None:
    validator = pytest.importorskip("openapi_spec_validator").OpenAPIV31SpecValidator
    assert [error.message for error in validator(document(edition)).iter_errors()] == []


def test_every_operation_of_the_fake_is_described_and_no_other() -> None:
    served = {(route.method, PREFIX + route.path) for route in ROUTES} | set(OPEN)
    assert sorted((one.method, one.path) for one in OPERATIONS) == sorted(served)
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)


@each_edition
def test_every_rule_that_refuses_is_an_answer_of_some_operation(edition: str) -> None:
    refusing = {rule.id for rule in RULES.values() if rule.answers[edition].refuses}
    listed = {
        id for one in OPERATIONS for answer in responses(edition, one).values() for id in answer.get("x-rules", ())
    }
    assert listed == refusing - {gateway.route_exists.id}


@each_edition
def test_each_answer_to_the_probes_is_described(edition: str) -> None:
    target = Recording(FakeVoipbin(edition))
    check(target, Safety.BILLABLE)
    assert len(target.met) > 1000
    for request, response, refused_by in target.met:
        one = operation(request)
        if one is not None and response.status != 301:
            hold(edition, one, response, refused_by)


class Recording(FakeTarget):
    """A fake that is probed, with all that it was asked and answered, and which rule refused."""

    def __init__(self, fake: FakeVoipbin) -> None:
        super().__init__(fake)
        self.met: list[tuple[Request, Response, str | None]] = []

    def send(self, request: Request, /) -> Response:
        response = super().send(request)
        self.met.append((request, response, self.fake.requests[-1].refused_by))
        return response


def operation(request: Request) -> Operation | None:
    path = request.target.partition("?")[0]
    found = [
        one
        for one in OPERATIONS
        if one.method == request.method and re.fullmatch(one.path.replace("{id}", "[^/]+"), path)
    ]
    return found[0] if found else None


def responses(edition: str, one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = document(edition)["paths"][one.path][one.method.lower()]["responses"]
    return found


def hold(edition: str, one: Operation, response: Response, refused_by: str | None) -> None:
    """Assert that an answer is one of those that the document has for its operation."""
    described = responses(edition, one)[str(response.status)]
    assert refused_by is None or refused_by in described["x-rules"], (one, refused_by)
    for name in described.get("headers", ()):
        assert response.header(name) is not None, (one, name)
    if response.body:
        media = (response.header("Content-Type") or "").partition(";")[0]
        assert media in described["content"], (one, response.body)
        if media == "application/json":
            errors = validator(edition, one, response.status).iter_errors(response.json())
            assert [error.message for error in errors] == [], one


@cache
def validator(edition: str, one: Operation, status: int) -> Draft202012Validator:
    schema = responses(edition, one)[str(status)]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document(edition)["components"]})


@each_edition
def test_what_an_edition_does_not_know_is_not_in_its_document(edition: str) -> None:
    schemas = document(edition)["components"]["schemas"]
    known = {f"{name}.{field}" for name, schema in schemas.items() for field in schema.get("properties", ())}
    absent = EDITIONS[edition].unsupported_fields
    assert not known & absent
    assert len(absent) == len({field for field in absent if field.partition(".")[0] in schemas})


def test_a_fact_of_each_edition() -> None:
    missing = {edition: _answer_to_unknown_provider(edition) for edition in EDITIONS}
    assert missing == {"documented": "400", "server-2026-04": "404", "server-2026-08": "404"}
    headers = {edition: "X-Request-Id" in json.dumps(document(edition)) for edition in EDITIONS}
    assert headers == {"documented": True, "server-2026-04": False, "server-2026-08": True}


@each_edition
def test_a_429_says_when_to_come_back_where_the_edition_does(edition: str) -> None:
    answers = [answer for one in OPERATIONS for answer in responses(edition, one).items()]
    telling = {status for status, answer in answers if "Retry-After" in answer.get("headers", {})}
    assert telling == ({"429"} if EDITIONS[edition].sends_retry_after else set())


def _answer_to_unknown_provider(edition: str) -> str:
    answers = document(edition)["paths"]["/v1.0/providercalls"]["post"]["responses"]
    (status,) = (status for status, answer in answers.items() if "PC-PRE-01" in answer.get("x-rules", ()))
    return str(status)


def links(edition: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in OPERATIONS:
        for link in responses(edition, one)["200"].get("links", {}).values():
            yield one.id, link


def test_a_record_that_was_made_leads_to_what_can_be_done_with_it() -> None:
    found = [(made, link["operationId"], link["parameters"]["id"]) for made, link in links("documented")]
    assert ("postProvidercalls", "getProvidercallsId", "$response.body#/id") in found
    assert ("postProvidercalls", "postCallsIdHangup", "$response.body#/call_ids/0") in found
    assert {made for made, _, _ in found} == {
        "postProviders",
        "postProvidercalls",
        "postGroupcalls",
        "postFlows",
        "postAccesskeys",
    }


@each_edition
def test_the_command_prints_the_document(capsys: pytest.CaptureFixture[str], edition: str) -> None:
    assert main(["openapi", "--edition", edition]) == 0
    assert json.loads(capsys.readouterr().out) == openapi(edition)


def test_an_unknown_edition_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi", "--edition", "documentd"]) == 2
    assert capsys.readouterr().err.startswith("providercalls openapi: there is no edition 'documentd'; the editions")


def test_another_name_of_an_edition_is_as_good() -> None:
    assert openapi("deployed") == openapi("server-2026-08")
    assert openapi() == openapi("documented")

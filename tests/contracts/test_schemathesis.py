"""Schemathesis checks the fake against the OpenAPI document of each edition: `make fuzz-schema`.

Every request goes to the fake in process. The document's server does not exist, since some of Schemathesis's checks
send requests of their own.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import EDITIONS, RULES, openapi, schema
from pytest_providercalls.contracts.answer import Body
from pytest_providercalls.contracts.operations.api_operations import PREFIX
from pytest_providercalls.contracts.operations.operation import Operation
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import transport
from pytest_providercalls.fake_server.world.journal import Exchange

from .openapi_schemas.accepted import with_any_value

schemathesis = pytest.importorskip("schemathesis", reason="`make fuzz-schema` has it")
FailureGroup = pytest.importorskip("schemathesis.core.failures").FailureGroup

NOWHERE = "http://voipbin.invalid"
EXCLUDED = {
    "ignored_auth": "it sends a request of its own; AU-01's probe checks the same",
    "not_a_server_error": "500 and 503 are documented answers of rules, such as LS-TOKEN-03 and CL-NEW-05",
}
"""The excluded checks, with reasons."""
NOT_IN_A_SCHEMA = {
    "AC-CUST-04": "the model accepts any webhook_method",
    "AC-CUST-05": "the model accepts any webhook_uri",
    "AC-CUST-06": "which customers exist; 400 in April 2026",
    "AC-BILL-04": "the model accepts texts of any length; 400 in April 2026",
    "AC-CUST-11": "the model accepts texts of any length; 400 in April 2026",
    "AF-NEW-07": "the model accepts any webhook_uri",
    "AF-GET-01": "which activeflows exist; 400 in April 2026",
    "AG-GET-01": "which agents exist; 400 in April 2026",
    "AG-TAG-01": "the servers of April 2026 refuse every tag_ids",
    "AG-TAG-02": "tag_ids is any string in the document",
    "AG-TAG-03": "tag_ids is any string in the document",
    "AK-GET-01": "which access keys exist; 400 in every edition",
    "BA-ADJ-04": "which billing accounts exist; 400 in April 2026",
    "BA-GET-02": "which billing accounts exist; 400 in April 2026",
    "AK-NEW-02": "the server truncates `expire` to 32 bits",
    "BL-GET-01": "which billings exist; 400 in April 2026",
    "CL-GET-01": "which calls exist; 400 in April 2026",
    "CL-NEW-03": "which flows exist; 400 in April 2026",
    "CL-NEW-05": "which destinations are callable; 400 in April 2026",
    "EX-GET-01": "which extensions exist; 400 in April 2026",
    "FL-GET-01": "which flows exist; 400 in April 2026",
    "FL-NEW-04": "which flows exist; 400 in April 2026",
    "GC-GET-01": "which groupcalls exist; 400 in April 2026",
    "GC-NEW-04": "which destinations are callable; 400 in April 2026",
    "GC-NEW-05": "the model accepts any ring_method; 400 in April 2026",
    "GW-LOGIN-02": "which credentials are valid",
    "LS-SIZE-01": "an integer of the document has any size, one of Go 64 bits",
    "LS-TOKEN-02": "a page_token is an opaque string in the document",
    "LS-TOKEN-03": "a page_token is an opaque string in the document",
    "NU-GET-02": "which numbers exist; 400 in April 2026",
    "OC-GET-03": "which outbound configurations exist",
    "OC-LIST-03": "only here an id of a customer must be a UUID",
    "OC-NEW-01": "whether there is one",
    "OC-PUT-02": "which countries exist",
    "OC-PUT-03": "the model accepts any text",
    "PC-DEL-05": "which records exist; 400 in April 2026",
    "PC-GET-02": "which records exist; 400 in April 2026",
    "PC-NEW-27": "the model accepts any action type",
    "PC-NEW-33": "86400.0 is an integer in JSON Schema, and a float in Go",
    "PC-NEW-34": "the nil UUID is a UUID",
    "PC-PRE-01": "which providers exist",
    "PV-COD-02": "the model accepts any codecs",
    "PV-GET-02": "which providers exist; 400 in April 2026",
    "PV-NEW-04": "the model accepts any tech_headers",
    "RC-GET-01": "which recordings exist; 400 in April 2026",
    "RT-GET-01": "which routes exist; 400 in April 2026",
    "RT-NEW-02": "the model accepts 64 bits",
    "RT-PUT-02": "the model accepts 64 bits",
    "WS-HS-02": "the document has no headers of a handshake",
}
"""The rules that refuse what the schemas allow, with what a schema cannot express."""


class Setup:
    """A fake of one edition, its document loaded into Schemathesis, and a client.

    To see that what the document does not allow is refused, the document must be one of what the servers accept.
    """

    def __init__(self, edition: str, mode: Any) -> None:
        self.edition = edition
        document = openapi(edition)
        if mode is schemathesis.GenerationMode.NEGATIVE:
            document = with_any_value(document)
        # Nothing must be able to reach the real server.
        text = json.dumps(document).replace("https://api.voipbin.net", NOWHERE)
        self.schema: Any = schemathesis.openapi.from_dict(json.loads(text))
        self.schema.config.generation.update(with_security_parameters=False)
        self.fake = FakeVoipbin(edition)
        self.start = self.fake.snapshot()
        self.client = httpx.Client(transport=transport(self.fake, httpx))
        self.headers = {"Authorization": f"Bearer {self.fake.super_admin.token}"}

    def send(self, case: Any, operation: Operation) -> httpx.Response:
        """Reset the fake and send a case to it."""
        self.fake.restore(self.start)
        server = NOWHERE + operation.path.removesuffix(case.path)
        sent = case.as_transport_kwargs(base_url=server, headers=self.headers)
        raw = sent.get("data")
        # In httpx, a raw body has another parameter.
        body = {"content": raw} if isinstance(raw, (bytes, str)) else {"data": raw}
        return self.client.request(**{name: sent[name] for name in SENT if name in sent}, **body)


FEW = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SENT = ("method", "url", "headers", "params", "json")
setup = cache(Setup)


def is_expected(check: str, edition: str, operation: Operation, exchange: Exchange) -> bool:
    """Return whether a failure of a check is one of the known exceptions."""
    rule = exchange.refused_by
    if rule is None:
        return check == "AcceptedNegativeData" and is_accepted(operation, exchange.request_body)
    empty = RULES[rule].answers[edition].body is Body.EMPTY
    # A status can have an envelope for one rule and an empty body for another.
    return (check == "RejectedPositiveData" and rule in NOT_IN_A_SCHEMA) or (
        check in ("MalformedJson", "MissingContentType") and empty
    )


def is_accepted(operation: Operation, body: bytes) -> bool:
    """Return whether the servers accept a body that the document does not allow. They take null for an empty object."""
    if operation.request_model is None:
        return False
    try:
        value = json.loads(body) or {}
    except ValueError:
        return False
    accepted = (schema(operation.request_model.__name__), operation.body_constraints)
    return all(Draft202012Validator(one).is_valid(value) for one in accepted)


@pytest.mark.parametrize("mode", schemathesis.GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize(
    ("edition", "operation"),
    [
        pytest.param(edition, one, id=f"{edition}-{one.id}")
        for edition in EDITIONS
        for one in OPERATIONS
        if edition not in one.absent_in
    ],
)
def test_the_fake_complies_with_the_document(edition: str, operation: Operation, mode: Any) -> None:
    current = setup(edition, mode)
    if mode is schemathesis.GenerationMode.NEGATIVE and not (
        operation.query or operation.request_model or "{" in operation.path
    ):
        pytest.skip("it has no parameters and no body")

    @settings(FEW)
    @given(current.schema[operation.path.removeprefix(PREFIX)][operation.method].as_strategy(generation_mode=mode))
    def complies(case: Any) -> None:
        response = current.send(case, operation)
        try:
            case.validate_response(response, excluded_checks=excluded(), headers=current.headers)
        except FailureGroup as failures:
            exchange, names = current.fake.requests[-1], [type(one).__name__ for one in failures.exceptions]
            unexpected = [name for name in names if not is_expected(name, edition, operation, exchange)]
            assert unexpected == [], (exchange, failures)

    complies()


@cache
def excluded() -> list[Any]:
    checks = {check.__name__: check for check in schemathesis.checks.CHECKS.get_all()}
    return [checks[name] for name in EXCLUDED]

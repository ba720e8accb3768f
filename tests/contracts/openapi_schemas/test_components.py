"""What generators of clients rely on, in the document of each edition and in both versions of OpenAPI."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import EDITIONS, openapi
from pytest_providercalls.contracts.models.enums import ENUM_FIELDS
from pytest_providercalls.contracts.openapi_schemas.components import NULL, PREFIX
from pytest_providercalls.contracts.probes import UNKNOWN_ID

Json = dict[str, Any]
document = cache(openapi)
VERSIONS = ("3.1", "3.0")
each_document = pytest.mark.parametrize(("edition", "version"), [(one, two) for one in EDITIONS for two in VERSIONS])
each_edition = pytest.mark.parametrize("edition", EDITIONS)

LIKE_AN_ENUM = re.compile("(.*_)?(type|status|method|direction|reason|by|format|anonymous)")
NOT_ENUMS = {
    "Error.reason": "each response lists its own, in x-reasons; new ones may appear",
    "Error.status": "it follows from the HTTP status; new ones may appear",
    "SipMessage.method": "a response has its status there",
    "TimelineEvent.event_type": "the name of an event, such as call_hangup",
}
"""The fields with a name like that of an enum, and why they have none."""
NOT_UUIDS = {"voice_id", "request_id", "paddle_customer_id", "paddle_subscription_id"}


def nodes(value: Any, where: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each object in a document, with its path."""
    if isinstance(value, dict):
        yield where, value
        for name, one in value.items():
            yield from nodes(one, f"{where}/{name}")
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from nodes(one, f"{where}/{number}")


def schemas(edition: str, version: str = "3.1") -> dict[str, Json]:
    found: dict[str, Json] = document(edition, version)["components"]["schemas"]
    return found


def properties(edition: str, version: str = "3.1") -> Iterator[tuple[str, str, Json]]:
    """Yield each property of each component: `Model.name`, its name, and its schema."""
    for model, schema in schemas(edition, version).items():
        for name, one in schema.get("properties", {}).items():
            yield f"{model}.{name}", name, one


def request_names(edition: str, version: str = "3.1") -> set[str]:
    """Return the names of the components that request bodies consist of."""
    paths = document(edition, version)["paths"]
    bodies = [body for where, one in nodes(paths) if where.endswith("/requestBody") for body in nodes(one)]
    waiting = [one["$ref"].removeprefix(PREFIX) for _, one in bodies if "$ref" in one]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            parts = nodes(schemas(edition, version)[name])
            waiting += [one["$ref"].removeprefix(PREFIX) for _, one in parts if "$ref" in one]
    return found


# That takes seconds in 3.1, which differs little (test_version_3_0).
@pytest.mark.parametrize(("edition", "version"), [*((one, "3.0") for one in EDITIONS), ("server-2026-08", "3.1")])
def test_a_document_is_valid(edition: str, version: str) -> None:
    validators = pytest.importorskip("openapi_spec_validator")
    validator = {"3.1": validators.OpenAPIV31SpecValidator, "3.0": validators.OpenAPIV30SpecValidator}[version]
    assert document(edition, version)["openapi"].startswith(f"{version}.")
    assert [error.message for error in validator(document(edition, version)).iter_errors()] == []


@each_document
def test_no_field_has_a_default_and_every_array_has_items(edition: str, version: str) -> None:
    found = list(nodes(document(edition, version)))
    assert [where for where, one in found if "default" in one] == []
    assert [where for where, one in found if one.get("type") == "array" and not one.get("items")] == []


@each_document
def test_a_schema_is_one_of_several_components_or_null_and_never_merged(edition: str, version: str) -> None:
    for where, one in nodes(document(edition, version)):
        assert not {"allOf", "oneOf"} & one.keys(), where
        options = [option for option in one.get("anyOf", ()) if version == "3.0" or option != NULL]
        assert all(option.keys() == {"$ref"} for option in options), where


@each_document
def test_each_body_is_an_object_that_is_written_out_in_full(edition: str, version: str) -> None:
    bodies = [one for where, one in nodes(document(edition, version)["paths"]) if where.endswith("/requestBody")]
    refs = [body["content"]["application/json"]["schema"]["$ref"].removeprefix(PREFIX) for body in bodies]
    assert len(refs) > 15
    for name in refs:
        schema = schemas(edition, version)[name]
        assert schema["type"] == "object" and schema["properties"], name
        assert set(schema.get("required", ())) <= schema["properties"].keys(), name
    assert schemas(edition, version)["ProviderCallRequest"]["required"] == ["provider_id", "destinations"]


@each_document
def test_nothing_in_a_request_may_be_null(edition: str, version: str) -> None:
    names = request_names(edition, version)
    assert {"AddressRequest", "ActionRequest", "Anonymous"} < names
    for name in names:
        for where, one in nodes(schemas(edition, version)[name]):
            assert not one.get("nullable") and "null" not in one.get("type", ()) and "anyOf" not in one, (name, where)


def test_an_operation_with_other_constraints_has_its_own_body() -> None:
    put, post = schemas("documented")["PutAccesskeysIdRequest"], schemas("documented")["AccesskeyRequest"]
    assert (post["required"], put.get("required")) == (["expire"], None)
    assert post["properties"].keys() == put["properties"].keys()


@each_document
def test_every_reference_leads_to_a_component_and_every_component_is_used(edition: str, version: str) -> None:
    refs = {one["$ref"] for _, one in nodes(document(edition, version)) if "$ref" in one}
    used = {ref.removeprefix(PREFIX) for ref in refs}
    assert used <= schemas(edition, version).keys()
    # In 3.0, a schema can be used only by its nullable copy.
    originals = {name.removeprefix("Nullable") for name in used}
    assert schemas(edition, version).keys() - used - originals == set()


@each_document
def test_a_reference_has_nothing_beside_it(edition: str, version: str) -> None:
    for where, one in nodes(document(edition, version)):
        assert "$ref" not in one or len(one) == 1, where


def test_a_field_with_a_name_like_an_enums_has_an_enum() -> None:
    fields = [one for edition in EDITIONS for one in properties(edition)]
    texts = {key for key, name, one in fields if LIKE_AN_ENUM.fullmatch(name) and "type" in one}
    assert texts == NOT_ENUMS.keys(), "a new field needs a line in contracts/models/enums.py, or here"


def test_the_enums_have_the_values_of_their_edition() -> None:
    found: dict[str, Any] = {
        edition: {name: one.get("enum") for name, one in schemas(edition).items()} for edition in EDITIONS
    }
    assert found["documented"]["CallStatus"] == [
        *("dialing", "ringing", "progressing", "terminating", "canceling", "hangup")
    ]
    reasons = {edition: {"noanswer", "no_answer"} & set(one["HangupReason"]) for edition, one in found.items()}
    assert reasons == {"documented": {"no_answer"}, "server-2026-04": {"noanswer"}, "server-2026-08": {"noanswer"}}
    assert {edition for edition, one in found.items() if "whatsapp" not in one["AddressType"]} == {"server-2026-04"}
    assert {edition for edition, one in found.items() if "case_create" not in one["ActionType"]} == {"server-2026-04"}
    # The documents send empty fields, which the servers omit.
    empty = {edition: "" in one["HangupReason"] for edition, one in found.items()}
    assert empty == {"documented": True, "server-2026-04": False, "server-2026-08": False}


def test_every_enum_is_of_a_field() -> None:
    fields = {key for edition in EDITIONS for key, _, one in properties(edition) if "$ref" in one}
    models = {name for edition in EDITIONS for name in schemas(edition)}
    assert {key for key in ENUM_FIELDS if key.partition(".")[0] in models} <= fields


@each_edition
def test_ids_are_uuids_and_servers_send_times(edition: str) -> None:
    times = {one.get("format") for _, name, one in properties(edition) if name.startswith("tm_") and "pattern" in one}
    assert times == ({None} if edition == "documented" else {"date-time"})
    for key, name, one in properties(edition):
        if name == "id" or (name.endswith(("_id", "_ids")) and name not in NOT_UUIDS):
            assert one.get("items", one).get("format") == "uuid", key


@each_edition
def test_a_request_has_only_the_fields_of_its_edition(edition: str) -> None:
    later = {key for key, _, _ in properties(edition)} & {"ProviderRequest.codecs", "ActiveflowRequest.variables"}
    assert later == (
        set() if edition == "server-2026-04" else {"ProviderRequest.codecs", "ActiveflowRequest.variables"}
    )


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({}, []),
        ({"source": {"type": "tel", "target": "+12025550100"}, "anonymous": "auto", "flow_id": UNKNOWN_ID}, []),
        ({"actions": [{"type": "talk", "option": {"text": "Hello."}}]}, []),
        ({"actions": [{"type": "shout"}]}, ["enum"]),
        ({"anonymous": "maybe"}, ["enum"]),
        ({"destinations": []}, ["minItems"]),
        ({"destinations": [{"type": "fax"}]}, ["enum"]),
        ({"destinations": [None]}, ["type"]),
        ({"source": None}, ["type"]),
        ({"provider_id": None}, ["type"]),
    ],
)
def test_the_body_of_a_provider_call(change: Json, errors: list[str]) -> None:
    body = {"provider_id": UNKNOWN_ID, "destinations": [{"type": "tel", "target": "+12025550143"}], **change}
    schema = {"$ref": f"{PREFIX}ProviderCallRequest", "components": {"schemas": schemas("deployed")}}
    assert [error.validator for error in Draft202012Validator(schema).iter_errors(body)] == errors


def test_a_fake_does_without_the_document() -> None:
    code = """
import sys
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin
fake = FakeVoipbin()
token = ("Authorization", f"Bearer {fake.super_admin.token}")
assert fake.handle(Request("GET", "/v1.0/calls", (token,))).status == 200
print(*(name for name in sys.modules if "openapi" in name or name.endswith(".enums")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

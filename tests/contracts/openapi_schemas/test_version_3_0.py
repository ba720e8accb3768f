"""The documents in OpenAPI 3.0: without what only 3.1 knows, and with the same meaning."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from pytest_providercalls.contracts import EDITIONS, openapi
from pytest_providercalls.contracts.openapi_schemas.components import NULL, PREFIX
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import transport

from .test_components import nodes

ONLY_IN_3_1 = {"const", "jsonSchemaDialect", "$schema", "$defs", "examples", "prefixItems", "patternProperties"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_nothing_needs_3_1(edition: str) -> None:
    for where, one in nodes(openapi(edition, "3.0")):
        assert not ONLY_IN_3_1 & one.keys(), where
        assert not isinstance(one.get("type"), list) and one.get("type") != "null", where
        assert not isinstance(one.get("exclusiveMinimum"), int), where


@pytest.mark.parametrize("edition", EDITIONS)
def test_only_the_nullable_schemas_differ(edition: str) -> None:
    newer, older = openapi(edition), openapi(edition, "3.0")
    assert newer["paths"] == older["paths"]
    newer_schemas, older_schemas = newer["components"]["schemas"], older["components"]["schemas"]
    copies = older_schemas.keys() - newer_schemas.keys()
    assert "NullableAddress" in copies
    for name in copies:
        original = older_schemas[name.removeprefix("Nullable")]
        assert older_schemas[name] == {**original, "title": name, "nullable": True}
    nullable = {name for name, one in newer_schemas.items() if any(map(may_be_null, (part for _, part in nodes(one))))}
    assert {name for name, one in newer_schemas.items() if one != older_schemas[name]} == nullable
    assert {"Call", "ProviderCall"} < nullable


def may_be_null(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("type"), list) or NULL in schema.get("anyOf", ())


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("source", None, True),
        ("source", {"type": "tel"}, True),
        ("source", {"type": 7}, False),
        ("source", "tel", False),
        ("tm_delete", None, True),
        ("tm_delete", "2026-04-21T23:15:00Z", True),
        ("tm_delete", 7, False),
        ("tm_create", None, False),
    ],
)
def test_both_versions_allow_the_same_records(field: str, value: Any, allowed: bool) -> None:
    older_validator = pytest.importorskip("openapi_schema_validator").OAS30Validator
    record = {**placed(), field: value}
    for version, validator in (("3.1", Draft202012Validator), ("3.0", older_validator)):
        components = openapi("deployed", version)["components"]
        schema = {"$ref": f"{PREFIX}ProviderCall", "components": components}
        assert validator(schema).is_valid(record) is allowed, version


@cache
def placed() -> dict[str, Any]:
    """Return the record of a provider call, as JSON."""
    fake = FakeVoipbin("deployed")
    phone = {"type": "tel", "target": "+12025550143"}
    body = {"provider_id": fake.provider.id, "source": phone, "destinations": [phone]}
    token = {"Authorization": f"Bearer {fake.super_admin.token}"}
    with httpx.Client(transport=transport(fake, httpx), headers=token) as client:
        record: dict[str, Any] = client.post("https://api.voipbin.net/v1.0/providercalls", json=body).json()
    return record

"""Responses follow the wire models and their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from pytest_providercalls.contracts import models, schema
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

from ..scenario import REFUSED, each_edition, scenario


def rows(name: str, body: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the resources of a response, each with the name of its model. Check that a page is one."""
    found = json.loads(body)
    if name.endswith("[]"):
        assert list(found) == ["result", "next_page_token"]
        assert found["result"]
        yield from ((name[:-2], row) for row in found["result"])
    else:
        yield name, found


@each_edition
def test_every_response_follows_its_model_and_schema(edition: str) -> None:
    seen = set()
    for name, response in scenario(FakeVoipbin(edition)):
        assert response.status == 200, (name, response.body)
        for model, row in rows(name, response.body):
            seen.add(model)
            getattr(models.responses, model).model_validate_json(json.dumps(row))
            jsonschema.Draft202012Validator(schema(model)).validate(row)
    single = {model.__name__ for model in models.responses.RESOURCES} - {"Address", "Action"}
    assert seen == single | {"Login", "PlacedCalls"}


@each_edition
def test_keys_of_every_response_are_in_the_order_of_its_model(edition: str) -> None:
    for name, response in scenario(FakeVoipbin(edition)):
        for model, row in rows(name, response.body):
            fields = list(getattr(models.responses, model).model_fields)
            assert list(row) == [field for field in fields if field in row]


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
def test_every_error_follows_the_envelope(edition: str) -> None:
    fake = FakeVoipbin(edition)
    for method, target in REFUSED:
        body = fake.handle(Request(method, target)).body
        models.responses.Envelope.model_validate_json(body)
        jsonschema.Draft202012Validator(schema("Envelope")).validate(json.loads(body))


@pytest.mark.parametrize("name", ["Address", "ProviderCallRequest", "PlacedCalls", "Envelope", "Call"])
def test_schema_is_valid(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", ["Nope", "Annotated", "BaseModel2", "", "RESOURCES"])
def test_unknown_model_has_no_schema(name: str) -> None:
    with pytest.raises(ValueError, match="unknown wire model"):
        schema(name)

"""JSON Schemas of the wire models, in general or for one edition."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from . import editions
from .editions import Edition
from .formats import timestamp_formats
from .models import accounts, recordings, requests, responses, routing, timelines

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DOCUMENTED_TIME = {"pattern": f"^{timestamp_formats.DOCUMENTED}$", "minLength": 26, "maxLength": 26}
_SERVER_TIME = {"pattern": f"^{timestamp_formats.SERVER}$", "minLength": 20, "maxLength": 30}


def pattern_of(text: Any) -> str:
    """Return the pattern of a type of text, such as `Uuid`."""
    return str(get_args(text)[1].pattern)


TIME = pattern_of(responses.Time)
"""The pattern of a timestamp of any edition."""


def schema(name: str, edition: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a wire model, such as `ProviderCall` or `ProviderCallRequest`.

    With an edition, a response model describes that edition's responses: its fields, which of them are always
    present, and its timestamp format. Raises ValueError if the name or the edition is unknown.
    """
    known = None if edition is None else editions.get_edition(edition)
    return {"$schema": DIALECT, **_model(name).model_json_schema(schema_generator=generator(known))}


def _model(name: str) -> type[BaseModel]:
    for module in (responses, accounts, recordings, routing, timelines, requests):
        model = getattr(module, name, None)
        if isinstance(model, type(BaseModel)):
            return model
    raise ValueError(f"unknown wire model {name!r}; see contracts.models")


@cache
def generator(edition: Edition | None) -> type[GenerateJsonSchema]:
    """Return the generator of the schemas of an edition, or of all."""

    class Generator(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
            return False

        def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
            written, model = super().model_schema(schema), schema["cls"]
            return _narrowed(written, model, edition) if edition and issubclass(model, responses.WireModel) else written

        def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
            written = super().str_schema(schema)
            if edition and written.get("pattern") == TIME:
                written |= _DOCUMENTED_TIME if edition.documented_timestamps else _SERVER_TIME
            return written

    return Generator


def _narrowed(written: dict[str, Any], model: type[BaseModel], edition: Edition) -> dict[str, Any]:
    """Return a response schema with only the fields of an edition; fields that it never omits are required."""
    known = responses.fields_of(model, edition)
    always = [name for name, field in known.items() if not responses.is_omitted_when_empty(field, edition)]
    properties = {name: written["properties"][name] for name in known}
    return {**written, "properties": properties, "required": always}

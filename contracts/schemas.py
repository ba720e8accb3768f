"""JSON Schemas of the wire models, in general or for one edition."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from . import editions
from .editions import Edition
from .formats import timestamp_formats
from .models import accounts, requests, responses

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ANY_TIME: str = get_args(responses.Time)[1].pattern
_DOCUMENTED_TIME = {"pattern": f"^{timestamp_formats.DOCUMENTED}$", "minLength": 26, "maxLength": 26}
_SERVER_TIME = {"pattern": f"^{timestamp_formats.SERVER}$", "minLength": 20, "maxLength": 30}


def schema(name: str, edition: str | None = None) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a wire model, such as `ProviderCall` or `ProviderCallRequest`.

    With an edition, a response model describes that edition's responses: its fields, which of them are always
    present, and its timestamp format. Raises ValueError if the name or the edition is unknown.
    """
    generator = _generator(None if edition is None else editions.get_edition(edition))
    return {"$schema": DIALECT, **_model(name).model_json_schema(schema_generator=generator)}


def components(
    models: Iterable[type[BaseModel]], edition: Edition
) -> tuple[dict[type[BaseModel], Any], dict[str, Any]]:
    """Return how an OpenAPI document refers to each model, and the schemas it contains, by name."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in models]
    written, definitions = models_json_schema(
        modes, ref_template="#/components/schemas/{model}", schema_generator=_generator(edition)
    )
    return {model: written[model, mode] for model, mode in modes}, definitions["$defs"]


def _model(name: str) -> type[BaseModel]:
    for module in (responses, requests, accounts):
        model = getattr(module, name, None)
        if isinstance(model, type(BaseModel)):
            return model
    raise ValueError(f"unknown wire model {name!r}; see contracts.models")


@cache
def _generator(edition: Edition | None) -> type[GenerateJsonSchema]:
    class Generator(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
            return False

        def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
            written, model = super().model_schema(schema), schema["cls"]
            return _narrowed(written, model, edition) if edition and issubclass(model, responses.WireModel) else written

        def str_schema(self, schema: core_schema.StringSchema) -> dict[str, Any]:
            written = super().str_schema(schema)
            if edition and written.get("pattern") == _ANY_TIME:
                written |= _DOCUMENTED_TIME if edition.documented_timestamps else _SERVER_TIME
            return written

    return Generator


def _narrowed(written: dict[str, Any], model: type[BaseModel], edition: Edition) -> dict[str, Any]:
    """Return a response schema with only the fields of an edition; fields that it never omits are required."""
    known = responses.fields_of(model, edition)
    always = [name for name, field in known.items() if not responses.is_omitted_when_empty(field, edition)]
    properties = {name: written["properties"][name] for name in known}
    return {**written, "properties": properties, "required": always}

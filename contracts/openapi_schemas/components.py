"""The component schemas of an OpenAPI document, in a form that generators of clients understand.

Generators take a field with a default for a required one, and a field that may be null for a union. So no field has a
default, and no field of a request may be null: a client omits it instead. A request also has the enums and the UUIDs
that a client should send. The servers accept more than that; `contracts.schema` describes what they accept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from ..editions import SERVER_2026_04, Edition
from ..models import responses
from ..models.enums import ENUM_FIELDS, EnumField
from ..models.requests import (
    ActiveflowRequest,
    EarlyActiveflowRequest,
    EarlyProviderRequest,
    ProviderRequest,
    RequestBody,
)
from ..models.responses import OMIT_EMPTY_ON_SERVERS, Page
from ..schemas import TIME, generator, pattern_of

Json = dict[str, Any]
Model = type[BaseModel]

PREFIX: Final = "#/components/schemas/"
NULL: Final = {"type": "null"}
_UUID: Final = pattern_of(responses.Uuid)
_ID: Final = re.compile("(?!voice_)(.*_)?ids?")
"""The names of the fields in requests that are UUIDs, or arrays of UUIDs."""
_IN_APRIL: Final[Mapping[Model, Model]] = {
    ActiveflowRequest: EarlyActiveflowRequest,
    ProviderRequest: EarlyProviderRequest,
}
"""The requests that had fewer fields in April 2026."""
_SECTIONS: Final = re.compile(r" \([^()]*\.(md|go)[^()]*\)")
"""The references to the sources in a description."""


class Components:
    """The component schemas of one edition's document: models, pages of models, and enums."""

    def __init__(self, models: Iterable[Model], edition: Edition) -> None:
        self._edition = edition
        self._enums: dict[str, list[str]] = {}
        modes: list[tuple[Model, JsonSchemaMode]] = [(model, "validation") for model in models]
        refs, found = models_json_schema(modes, ref_template=PREFIX + "{model}", schema_generator=self._generator())
        self.schemas: dict[str, Json] = found["$defs"]
        self._names = {model: refs[model, mode]["$ref"].removeprefix(PREFIX) for model, mode in modes}
        for model, name in self._names.items():
            if issubclass(model, Page):
                self._names[model] = f"{_row_of(model).__name__}Page"
                self.schemas[self._names[model]] = self.schemas.pop(name)
        for name, values in self._enums.items():
            self.schemas[name] = {"type": "string", "enum": values}
        for name, schema in self.schemas.items():
            schema["title"] = name
            if "description" in schema:
                schema["description"] = _SECTIONS.sub("", schema["description"])
        self._without_constraints = dict(self.schemas)
        self._constraints: dict[Model, Mapping[str, Any]] = {}

    def ref(self, model: Model) -> Json:
        """Return a reference to the schema of a model."""
        return {"$ref": PREFIX + self._names[model]}

    def request_ref(self, model: Model, constraints: Mapping[str, Any], name: str) -> Json:
        """Return a reference to the schema of a request with the constraints of an operation.

        The first operation of a model has the model's name, and so has each operation with the same constraints. The
        schema of another one has its own `name`.
        """
        if self._constraints.setdefault(model, constraints) == constraints:
            name = self._names[model]
        schema = self._without_constraints[self._names[model]]
        properties = dict(schema["properties"])
        for field, constraint in constraints.get("properties", {}).items():
            properties[field] = _without_null({**properties[field], **constraint})
        return self.add(name, {**schema, **constraints, "properties": properties})

    def add(self, name: str, schema: Json) -> Json:
        """Add or replace a schema, and return a reference to it."""
        self.schemas[name] = {**schema, "title": name}
        return {"$ref": PREFIX + name}

    def _generator(self) -> type[GenerateJsonSchema]:
        edition, write_request, write_response = self._edition, self._request, self._response

        class Generator(generator(edition)):  # type: ignore[misc]
            def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
                return dict(self.generate_inner(schema["schema"]))

            def model_schema(self, schema: core_schema.ModelSchema) -> Json:
                write = write_request if issubclass(schema["cls"], RequestBody) else write_response
                return write(super().model_schema(schema), schema["cls"])

            def str_schema(self, schema: core_schema.StringSchema) -> Json:
                written: Json = super().str_schema(schema)
                if schema.get("pattern") == _UUID:
                    return {**written, "format": "uuid"}
                is_time = schema.get("pattern") == TIME and not edition.documented_timestamps
                return {**written, "format": "date-time"} if is_time else written

            def int_schema(self, schema: core_schema.IntSchema) -> Json:
                return {**super().int_schema(schema), "format": "int64"}

        return Generator

    def _request(self, written: Json, model: Model) -> Json:
        known = (_IN_APRIL.get(model, model) if self._edition is SERVER_2026_04 else model).model_fields
        properties = {
            name: self._enum_ref(model, name) or _with_uuid(name, _without_null(value))
            for name, value in written["properties"].items()
            if name in known
        }
        del written["additionalProperties"]
        return {**written, "properties": properties}

    def _response(self, written: Json, model: Model) -> Json:
        properties = {
            name: self._enum_ref(model, name) or _with_nullable_type(value)
            for name, value in written["properties"].items()
        }
        # OpenAPI 3.0 does not allow an empty list.
        required = {"required": written["required"]} if written["required"] else {}
        return {
            **{name: one for name, one in written.items() if name != "required"},
            "properties": properties,
            **required,
        }

    def _enum_ref(self, model: Model, name: str) -> Json | None:
        """Return a reference to the enum of a field, or None if it has none.

        An enum has the empty value if one of its fields can be empty in a response.
        """
        enum = next((found for one in model.__mro__ if (found := ENUM_FIELDS.get(f"{one.__name__}.{name}"))), None)
        if enum is None:
            return None
        values = self._enums.setdefault(enum.type.name, list(enum.type.values_in(self._edition)))
        if "" not in values and self._can_be_empty(enum, model, name):
            values.insert(0, "")
        return {"$ref": PREFIX + enum.type.name}

    def _can_be_empty(self, enum: EnumField, model: Model, name: str) -> bool:
        is_optional = OMIT_EMPTY_ON_SERVERS in model.model_fields[name].metadata
        return (
            enum.can_be_empty
            or self._edition.name in enum.empty_without_record
            or (is_optional and self._edition.includes_empty_fields)
        )


def _row_of(page: Model) -> Model:
    row: Model = page.__pydantic_generic_metadata__["args"][0]
    return row


def _with_uuid(name: str, value: Json) -> Json:
    if not _ID.fullmatch(name):
        return value
    if value["type"] == "array":
        return {**value, "items": _with_uuid(name, value["items"])}
    return {"type": "string", "format": "uuid"}


def _without_null(value: Json) -> Json:
    """Return a schema that does not allow null, in its elements either."""
    options = [one for one in value.get("anyOf", ()) if one != NULL]
    if len(options) == 1:
        others = {name: one for name, one in value.items() if name != "anyOf"}
        return _without_null({**options[0], **others})
    if isinstance(value.get("type"), list):
        (type,) = (one for one in value["type"] if one != "null")
        return _without_null({**value, "type": type})
    nested = ("items", "additionalProperties")
    return {**value, **{name: _without_null(value[name]) for name in nested if isinstance(value.get(name), dict)}}


def _with_nullable_type(value: Json) -> Json:
    """Return the schema of a type that may be null as a list of two types, which more generators know than `anyOf`."""
    options = value.get("anyOf", [])
    if len(options) == 2 and options[1] == NULL and "type" in options[0]:
        return {**options[0], "type": [options[0]["type"], "null"]}
    return value

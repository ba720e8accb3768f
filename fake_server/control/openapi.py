"""The control API as an OpenAPI 3.1 document, made from its table of operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from .operations import OPERATIONS, ControlOperation

_WHERE: Final = "#/components/schemas/{model}"
_TEXTS: Final = ["status", "reason", "message"]
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": _TEXTS,
            "properties": {name: {"type": "string"} for name in _TEXTS},
        }
    },
}
_SAYS: Final = (
    "What is done here is done to the fake VoIPbin, and is in no journal. Every answer is 200 with JSON, or an error "
    "whose `message` says what to do. Only programs and pages of this machine are let in."
)
_STREAM: Final = {
    "operationId": "watch",
    "summary": "Server-sent events: an overview now, and again whenever it has changed.",
    "responses": {"200": {"description": "For as long as both sides are there.", "content": {"text/event-stream": {}}}},
}
_Key = tuple[str, Literal["validation", "serialization"]]


def openapi() -> dict[str, Any]:
    """The document."""
    adapters = [(one.handler.__name__, "serialization", one.response_type) for one in OPERATIONS]
    adapters += [
        (one.handler.__name__, "validation", TypeAdapter(one.request_model)) for one in OPERATIONS if one.request_model
    ]
    schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template=_WHERE)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        paths.setdefault(f"/_fake{one.path}", {})[one.method.lower()] = _described(one, schemas)
    paths["/_fake/stream"] = {"get": _STREAM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "The control API of the fake VoIPbin", "version": "1", "description": _SAYS},
        "paths": paths,
        "components": {"schemas": {**definitions["$defs"], "Error": _ERROR}},
    }


def _described(operation: ControlOperation, schemas: Mapping[_Key, Any]) -> dict[str, Any]:
    name = operation.handler.__name__
    described = {
        "operationId": name,
        "summary": operation.summary,
        "parameters": [*_in_path(operation), *_in_query(operation)],
        "responses": {
            "200": {"description": "Done.", "content": _json(schemas[name, "serialization"])},
            "default": {"description": "Not done.", "content": _json({"$ref": _WHERE.format(model="Error")})},
        },
    }
    if operation.request_model is not None:
        described["requestBody"] = {"content": _json(schemas[name, "validation"])}
    return described


def _in_path(operation: ControlOperation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _in_query(operation: ControlOperation) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "in": "query",
            "description": one.says,
            "schema": {"type": "integer", "minimum": one.least, "default": one.default},
        }
        for one in operation.query
    ]


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}

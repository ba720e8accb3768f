"""The OpenAPI 3.1 document of the control API, generated from its table of operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from . import PREFIX
from .operation import ControlOperation
from .operations import OPERATIONS

_REF: Final = "#/components/schemas/{model}"
_ERROR_FIELDS: Final = ["status", "reason", "message"]
_ERROR: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": _ERROR_FIELDS,
            "properties": {name: {"type": "string"} for name in _ERROR_FIELDS},
        }
    },
}
_DESCRIPTION: Final = (
    "These operations control the fake VoIPbin. They are not recorded in its journal. Every response is 200 with JSON, "
    "or an error whose `message` explains how to fix the request. Only programs and pages of this machine have access."
)
_STREAM: Final = {
    "operationId": "watch",
    "summary": "Stream server-sent events: the current overview, and a new one whenever it has changed.",
    "responses": {
        "200": {
            "description": "Events until the client or the server closes the stream.",
            "content": {"text/event-stream": {}},
        }
    },
}
_Key = tuple[str, Literal["validation", "serialization"]]


def openapi() -> dict[str, Any]:
    """Return the document."""
    adapters = [(one.handler.__name__, "serialization", one.response_type) for one in OPERATIONS]
    adapters += [
        (one.handler.__name__, "validation", TypeAdapter(one.request_model)) for one in OPERATIONS if one.request_model
    ]
    schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        paths.setdefault(f"{PREFIX}{one.path}", {})[one.method.lower()] = _operation(one, schemas)
    paths[f"{PREFIX}/stream"] = {"get": _STREAM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "The control API of the fake VoIPbin", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": {**definitions["$defs"], "Error": _ERROR}},
    }


def _operation(operation: ControlOperation, schemas: Mapping[_Key, Any]) -> dict[str, Any]:
    name = operation.handler.__name__
    described = {
        "operationId": name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": {
            "200": {"description": "Success.", "content": _json(schemas[name, "serialization"])},
            "default": {"description": "Error.", "content": _json({"$ref": _REF.format(model="Error")})},
        },
    }
    if operation.request_model is not None:
        described["requestBody"] = {"content": _json(schemas[name, "validation"])}
    return described


def _path_parameters(operation: ControlOperation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(operation: ControlOperation) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "in": "query",
            "description": one.description,
            "schema": {"type": "integer", "minimum": one.minimum, "default": one.default},
        }
        for one in operation.query
    ]


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}

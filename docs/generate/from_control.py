"""The page about the control API, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markdown import code, table
from pytest_providercalls.fake_server.control.openapi import openapi

_Schema = Mapping[str, Any]


def control() -> Iterator[str]:
    """Yield the operations, and the models of requests and responses."""
    document = openapi()
    yield from (f"# {document['info']['title']}", "", document["info"]["description"], "")
    yield "See [how to use it](../how-to/control-api.md). A running server serves this page at `/_fake/docs`, and the"
    yield from ("OpenAPI document at `/_fake/openapi.json`.", "")
    rows = [
        (code(f"{method.upper()} {path}"), one["summary"], _parameters(one), _content(one["responses"]["200"]))
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]
    yield from table(["operation", "summary", "request", "response"], rows)
    yield from ("", "## Models")
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from ("", f"### {name}", *_model(schema))


def _parameters(operation: _Schema) -> str:
    query = [code(f"?{one['name']}=") for one in operation.get("parameters", ()) if one["in"] == "query"]
    body = [_content(operation["requestBody"])] if "requestBody" in operation else []
    return ", ".join(query + body)


def _content(part: _Schema) -> str:
    ((media_type, content),) = part["content"].items()
    return _type(content["schema"]) if "schema" in content else code(media_type)


def _model(schema: _Schema) -> Iterator[str]:
    if schema.get("description"):
        yield from ("", " ".join(schema["description"].split()))
    required = schema.get("required", ())
    rows = [
        (code(name), _type(one) + ("" if name in required else ", optional"), one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]
    yield ""
    yield from table(["field", "type", "meaning"], rows) if rows else [_type(schema)]


def _type(schema: _Schema) -> str:
    """Return a short description of the type."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(_type(one) for one in schema.get("anyOf", schema.get("oneOf")))
    if "enum" in schema:
        return ", ".join(code(str(one)) for one in schema["enum"])
    if "const" in schema:
        return code(str(schema["const"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    if schema.get("type") == "object" and "additionalProperties" in schema and schema["additionalProperties"]:
        values = schema["additionalProperties"]
        return f"object of {_type(values)}" if isinstance(values, Mapping) else "object"
    return str(schema.get("format") or schema.get("type", "anything"))

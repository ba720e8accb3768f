"""The reference of the control API: one HTML page, generated from its OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

_Schema = Mapping[str, Any]
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/_fake/ui/icon.svg">
<link rel="stylesheet" href="/_fake/ui/style.css">
<main class="reference">
<h1>{title}</h1>
<p>{description}</p>
<p>For programs: <a href="/_fake/openapi.json">openapi.json</a>.
With buttons: <a href="/_fake/ui">the inspector</a>.</p>
<nav aria-label="Operations"><ul>{index}</ul></nav>
{operations}
<h2>Models</h2>
{models}
</main>
</html>
"""


def reference_page(document: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI document."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return _PAGE.format(
        title=escape(document["info"]["title"]),
        description=_prose(document["info"]["description"]),
        index="".join(_index_entry(*one) for one in operations),
        operations="".join(_operation(*one) for one in operations),
        models="".join(_model(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    )


def _operation_name(method: str, path: str) -> str:
    return f'<code><span class="method">{method}</span> {escape(path)}</code>'


def _index_entry(method: str, path: str, operation: _Schema) -> str:
    return f'<li><a href="#{operation["operationId"]}">{_operation_name(method, path)}</a></li>'


def _operation(method: str, path: str, operation: _Schema) -> str:
    rows = [
        (one["name"], f"in the {one['in']}", _type(one["schema"]), one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    request_body = operation.get("requestBody")
    if request_body is not None:
        rows.append(("body", "", _content(request_body), ""))
    rows.append(("response", "", _content(operation["responses"]["200"]), ""))
    heading = f'<h2 id="{operation["operationId"]}">{_operation_name(method, path)}</h2>'
    return f"{heading}<p>{_prose(operation['summary'])}</p>{_table(rows)}"


def _content(part: _Schema) -> str:
    """Return the JSON type of a body, or its media type, as HTML."""
    ((media_type, content),) = part["content"].items()
    return _type(content["schema"]) if "schema" in content else escape(media_type)


def _model(name: str, schema: _Schema) -> str:
    required = schema.get("required", ())
    rows = [
        (field, "" if field in required else "optional", _type(one), one.get("description", ""))
        for field, one in schema.get("properties", {}).items()
    ]
    description = _prose(schema.get("description", ""))
    return f'<h2 id="model-{name}">{escape(name)}</h2><p>{description}</p>{_table(rows) if rows else _type(schema)}'


def _prose(text: str) -> str:
    """Return text as HTML, with words in backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return a table; each row has a name, a note, a type (already HTML) and a description."""
    lines = (
        f"<tr><td>{escape(name)}<td>{type}<td>{_prose(', '.join(filter(None, (note, description))))}"
        for name, note, type, description in rows
    )
    return f"<table>{''.join(lines)}</table>"


def _type(schema: _Schema) -> str:
    """Return the type that a schema describes, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#model-{name}">{name}</a>'
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return " or ".join(map(_type, schema[keyword]))
    if "enum" in schema or "const" in schema:
        return " or ".join(escape(json.dumps(value)) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"map of names to {_type(schema['additionalProperties'])}"
    return escape(" ".join([_type_name(schema.get("type", "anything")), *_limits(schema)]))


def _type_name(type: str | list[str]) -> str:
    return type if isinstance(type, str) else " or ".join(type)


def _limits(schema: _Schema) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    if "minimum" in schema:
        yield f"at least {schema['minimum']}"
    if "maximum" in schema:
        yield f"at most {schema['maximum']}"
    if "pattern" in schema:
        yield f"matching {schema['pattern']}"

"""The control API to be read by people: one page, made from its OpenAPI document."""

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
<p><a href="/_fake/openapi.json">openapi.json</a> is the same for programs;
<a href="/_fake/ui">the inspector</a> does all of it with buttons.</p>
<nav aria-label="The operations"><ul>{index}</ul></nav>
{operations}
<h2>Models</h2>
{models}
</main>
</html>
"""


def reference(document: Mapping[str, Any]) -> str:
    """The page."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return _PAGE.format(
        title=escape(document["info"]["title"]),
        description=_prose(document["info"]["description"]),
        index="".join(_entry(*one) for one in operations),
        operations="".join(_operation(*one) for one in operations),
        models="".join(_model(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    )


def _named(method: str, path: str) -> str:
    return f'<code><span class="method">{method}</span> {escape(path)}</code>'


def _entry(method: str, path: str, operation: _Schema) -> str:
    return f'<li><a href="#{operation["operationId"]}">{_named(method, path)}</a></li>'


def _operation(method: str, path: str, operation: _Schema) -> str:
    rows = [
        (one["name"], f"in the {one['in']}", _type(one["schema"]), one.get("description", ""))
        for one in operation.get("parameters", ())
    ]
    sent = operation.get("requestBody")
    if sent is not None:
        rows.append(("body", "", _content(sent), ""))
    rows.append(("answer", "", _content(operation["responses"]["200"]), ""))
    head = f'<h2 id="{operation["operationId"]}">{_named(method, path)}</h2>'
    return f"{head}<p>{_prose(operation['summary'])}</p>{_table(rows)}"


def _content(part: _Schema) -> str:
    """What a body is, as HTML: what its JSON may be, or its media type."""
    ((media_type, content),) = part["content"].items()
    return _type(content["schema"]) if "schema" in content else escape(media_type)


def _model(name: str, schema: _Schema) -> str:
    required = schema.get("required", ())
    rows = [
        (field, "" if field in required else "may be left out", _type(one), one.get("description", ""))
        for field, one in schema.get("properties", {}).items()
    ]
    says = _prose(schema.get("description", ""))
    return f'<h2 id="model-{name}">{escape(name)}</h2><p>{says}</p>{_table(rows) if rows else _type(schema)}'


def _prose(text: str) -> str:
    """What documents say, as HTML: words in backticks are the API's own."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Rows of a name, a remark, a type that is HTML already, and a description."""
    lines = (
        f"<tr><td>{escape(name)}<td>{kind}<td>{_prose(', '.join(filter(None, (remark, says))))}"
        for name, remark, kind, says in rows
    )
    return f"<table>{''.join(lines)}</table>"


def _type(schema: _Schema) -> str:
    """What may stand in a place, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#model-{name}">{name}</a>'
    for words in ("anyOf", "oneOf"):
        if words in schema:
            return " or ".join(map(_type, schema[words]))
    if "enum" in schema or "const" in schema:
        return " or ".join(escape(json.dumps(value)) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"names to {_type(schema['additionalProperties'])}"
    return escape(" ".join([_spelt(schema.get("type", "anything")), *_limits(schema)]))


def _spelt(kind: str | list[str]) -> str:
    return kind if isinstance(kind, str) else " or ".join(kind)


def _limits(schema: _Schema) -> Iterator[str]:
    if "format" in schema:
        yield f"({schema['format']})"
    if "minimum" in schema:
        yield f"from {schema['minimum']}"
    if "maximum" in schema:
        yield f"to {schema['maximum']}"
    if "pattern" in schema:
        yield f"like {schema['pattern']}"

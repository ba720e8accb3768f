"""The conversion of an OpenAPI 3.1 document to 3.0, for generators that do not know 3.1 yet."""

from __future__ import annotations

from typing import Any, Final

from .components import NULL, PREFIX

Json = dict[str, Any]
_NULLABLE: Final = "Nullable"


def as_3_0(document: Json) -> Json:
    """Return the same document in OpenAPI 3.0.

    There, a type is never null, but a schema can be nullable. A reference can't have anything beside it, so a nullable
    reference leads to a nullable copy of the schema.
    """
    schemas = document["components"]["schemas"]
    nullable: dict[str, Json] = {}

    def convert(value: Any) -> Any:
        if isinstance(value, list):
            return [convert(one) for one in value]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("type"), list):
            return {**value, "type": value["type"][0], "nullable": True}
        if value.get("anyOf", ())[1:] == [NULL]:
            name = value["anyOf"][0]["$ref"].removeprefix(PREFIX)
            nullable[_NULLABLE + name] = {**convert(schemas[name]), "title": _NULLABLE + name, "nullable": True}
            return {"$ref": PREFIX + _NULLABLE + name}
        return {name: convert(one) for name, one in value.items()}

    converted: Json = convert({name: one for name, one in document.items() if name != "jsonSchemaDialect"})
    converted["components"]["schemas"] |= nullable
    return {**converted, "openapi": "3.0.3"}

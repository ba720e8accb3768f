"""An OpenAPI document of what the servers accept, which is more than a client should send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_providercalls.contracts.models.enums import ENUM_FIELDS

UNCHECKED = {field.type.name for field in ENUM_FIELDS.values() if not field.is_checked}
"""The enums of which the servers store any other value, too."""


def with_any_value(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document in which the fields that the servers do not check have no enum."""
    components = document["components"]
    schemas = {name: {"type": "string"} if name in UNCHECKED else one for name, one in components["schemas"].items()}
    return {**document, "components": {**components, "schemas": schemas}}

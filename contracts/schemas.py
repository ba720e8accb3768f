"""JSON Schemas, made from the wire models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from .models import answers, requests


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a wire model, such as `ProviderCall` or `ProviderCallRequest`.

    Raises ValueError for an unknown name.
    """
    for module in (answers, requests):
        model = getattr(module, name, None)
        if isinstance(model, type) and issubclass(model, BaseModel):
            return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    raise ValueError(f"there is no wire model {name!r}; see contracts.models")

"""Advice to a client's author: what the API reads over in silence, but was hardly meant that way."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import BaseModel

from ..contracts.rules.providercalls import KNOWN_ANONYMOUS


def on_body(body: BaseModel) -> list[str]:
    """What the API reads over in a request body: unknown fields, and values that mean nothing to it."""
    fields = vars(body)
    found = _unknown_fields(body, "") if body.model_extra else []
    source = fields.get("source")
    if source is not None and source.model_extra:
        found += _unknown_fields(source, "source.")
    for key in ("destinations", "actions"):
        for index, item in enumerate(fields.get(key, ())):
            if item is not None and item.model_extra:
                found += _unknown_fields(item, f"{key}[{index}].")
    anonymous = fields.get("anonymous")
    if anonymous not in KNOWN_ANONYMOUS:
        found.append(f"`anonymous` is {anonymous!r}, which is dialled as `auto`; known are yes, no and auto")
    return found


def _unknown_fields(model: BaseModel, where: str) -> list[str]:
    known = list(type(model).model_fields)
    return [f"the API reads over the field `{where}{key}`{_meant(key, known)}" for key in model.model_extra or ()]


def _meant(key: str, known: list[str]) -> str:
    match = get_close_matches(key, known, n=1)
    return f"; did you mean `{match[0]}`?" if match else ""

"""Advice to a client's author: what the API reads over in silence, but was hardly meant that way."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pydantic import BaseModel


def unknown_fields(body: BaseModel) -> Iterator[str]:
    """The fields of a request body, and of what is in it, that mean nothing to the API."""
    yield from _unknown(body, "")
    for key, value in body:
        if isinstance(value, BaseModel):
            yield from _unknown(value, f"{key}.")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _unknown(item, f"{key}[{index}].")


def unknown_anonymous(sent: str) -> str:
    """A value of `anonymous` that is none of those that the API knows."""
    return f"`anonymous` is {sent!r}, which is dialled as `auto`; known are yes, no and auto"


def _unknown(model: BaseModel, where: str) -> Iterator[str]:
    known = list(type(model).model_fields)
    for key in model.model_extra or ():
        yield f"the API reads over the field `{where}{key}`{_meant(key, known)}"


def _meant(key: str, known: list[str]) -> str:
    match = get_close_matches(key, known, n=1)
    return f"; did you mean `{match[0]}`?" if match else ""

"""Warnings about a client's request: fields that the API silently ignores."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ...contracts.suggestions import suggestion

if TYPE_CHECKING:
    from pydantic import BaseModel

_MAX_WARNINGS = 20


def unknown_fields(body: BaseModel) -> Iterator[str]:
    """Yield a warning for each field of a request body, and of the objects in it, that the API ignores.

    After some of them, one more states that there are others.
    """
    warnings = _unknown_fields(body)
    yield from islice(warnings, _MAX_WARNINGS)
    if next(warnings, None) is not None:
        yield f"the API ignores more than {_MAX_WARNINGS} fields"


def _unknown_fields(body: BaseModel) -> Iterator[str]:
    from pydantic import BaseModel

    yield from _unknown(body, "")
    for key, value in body:
        if isinstance(value, BaseModel):
            yield from _unknown(value, f"{key}.")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, BaseModel):
                    yield from _unknown(item, f"{key}[{index}].")


def _unknown(model: BaseModel, where: str) -> Iterator[str]:
    known = list(type(model).model_fields)
    for key in model.model_extra or ():
        yield f"the API ignores the field `{where}{key}`{suggestion(key, known)}"

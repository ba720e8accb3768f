"""Strict pydantic models of one edition's responses: its fields, enum values, timestamps and omitted fields."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, create_model

from ..editions import Edition
from ..formats import timestamp_formats
from ..models.enums import ENUM_FIELDS
from ..models.responses import (
    OMIT_EMPTY_ALWAYS,
    OMIT_EMPTY_ON_SERVERS,
    Page,
    WireModel,
    fields_of,
    is_omitted_when_empty,
)


@cache
def response_model(model: type[WireModel], edition: Edition) -> type[BaseModel]:
    """Return a model of exactly what an edition may send for a wire model."""
    fields: dict[str, Any] = {}
    for name, field in fields_of(model, edition).items():
        always_optional, omitted = OMIT_EMPTY_ALWAYS in field.metadata, is_omitted_when_empty(field, edition)
        may_be_empty = OMIT_EMPTY_ON_SERVERS in field.metadata or always_optional
        kind = _kind(f"{model.__name__}.{name}", name, field.annotation, edition, may_be_empty=may_be_empty)
        if kind is field.annotation:
            for constraint in field.metadata:
                kind = Annotated[kind, constraint]
        if omitted and not always_optional:
            kind = Annotated[kind, AfterValidator(_not_empty)]
        fields[name] = (kind, None if omitted else ...)
    return create_model(model.__name__, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


@cache
def page_model(row: type[WireModel], edition: Edition) -> type[BaseModel]:
    """Return a model of an edition's page of rows."""
    time_format = timestamp_formats.DOCUMENTED if edition.documented_timestamps else timestamp_formats.SERVER_TOKEN
    token = Annotated[str, StringConstraints(pattern=f"^({time_format})?$")]
    rows: Any = list[response_model(row, edition)]  # type: ignore[misc]
    config = ConfigDict(strict=True, extra="forbid")
    return create_model(Page.__name__, __config__=config, result=(rows, ...), next_page_token=(token, ...))


def _kind(key: str, name: str, annotation: Any, edition: Edition, *, may_be_empty: bool) -> Any:
    """Return the type of a field. Timestamps are recognised by their names, on every resource."""
    enum = ENUM_FIELDS.get(key)
    if enum is not None and enum.is_checked:
        values = enum.type.values_in(edition)
        is_empty = enum.can_be_empty or (may_be_empty and edition.includes_empty_fields)
        return Literal[("", *values) if is_empty else values]
    if name.startswith("tm_") or name == "health_checked_at":
        time_format = timestamp_formats.DOCUMENTED if edition.documented_timestamps else timestamp_formats.SERVER
        time: Any = Annotated[str, StringConstraints(pattern=f"^{time_format}$")]
        return time | None if type(None) in get_args(annotation) else time
    return _nested(annotation, edition)


def _nested(annotation: Any, edition: Edition) -> Any:
    """Replace each wire model in an annotation with the edition's model."""
    if isinstance(annotation, type(WireModel)) and issubclass(annotation, WireModel):
        return response_model(annotation, edition)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is list:
        return list[_nested(parts[0], edition)]  # type: ignore[misc]
    if origin in (Union, UnionType):
        return Union[tuple(_nested(part, edition) for part in parts)]  # noqa: UP007 - built at run time
    return annotation


def _not_empty(value: Any) -> Any:
    if not value:
        raise ValueError("the servers omit this field when it is empty")
    return value

"""The bases of all models, and the type of their times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class ResponseModel(BaseModel):
    """The base of all response models."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class RequestModel(BaseModel):
    """The base of all request models: strict, so unknown fields and wrong types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _AnyDatetime:
    """The schema of a datetime, also while freezegun has replaced the class, which pydantic would not know."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.datetime_schema()


Time = Annotated[datetime, _AnyDatetime()]

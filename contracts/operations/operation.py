"""One operation of the API: its models, and the rules that can refuse a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from ..models.responses import Page
from ..rule import Rule

Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, with its models and the rules that can refuse a request.

    `path` contains `{id}` in place of an id. `body_constraints` is a JSON Schema of what the rules require of the
    body in addition to its model.
    """

    method: str
    path: str
    summary: str
    response_model: Model
    rules: tuple[Rule, ...]
    request_model: Model | None = None
    body_constraints: Mapping[str, Any] = field(default_factory=dict, hash=False)
    query: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)
    """The statuses of a response that is no error."""

    @property
    def id(self) -> str:
        """The operationId, such as `getProvidercallsId`."""
        parts = self.path.removeprefix("/v1.0").replace("{", "").replace("}", "").split("/")
        return self.method.lower() + "".join(part.title() for part in parts).replace("_", "")

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def is_list(self) -> bool:
        """Whether it returns pages of rows."""
        return issubclass(self.response_model, Page)

    @property
    def model(self) -> Model:
        """The model of the response, or of a row if it is a list."""
        model: Model = (
            self.response_model.__pydantic_generic_metadata__["args"][0] if self.is_list else self.response_model
        )
        return model

    @property
    def tag(self) -> str:
        """The resource."""
        return self.path.removeprefix("/v1.0").split("/")[1]


PAGING = ("page_size", "page_token")
"""The query of a list."""

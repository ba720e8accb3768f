"""The layouts of the request bodies that most tests send: the fields of each object and their types.

The same as in `requests`, as data: an ordinary body is read without its model, whose library takes longer to import
than the rest of the fake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .requests import ProviderCallRequest

M = TypeVar("M", bound="BaseModel")

TEXT: Final = "text"
OPTIONAL_TEXT: Final = "text or null"
OPTIONAL_UUID: Final = "uuid or null"
OPTIONAL_MAP: Final = "map or null"
"""A free map."""


class ObjectLayout:
    """The fields of an object: a type above, an object that may be null, or, in a list, an array of objects."""

    def __init__(self, name: str, fields: Mapping[str, str | ObjectLayout | list[ObjectLayout]]) -> None:
        self.name = name
        """The name of its model."""
        self.fields = fields


class BodyLayout(ObjectLayout, Generic[M]):
    """The layout of a whole body."""

    @property
    def model(self) -> type[M]:
        """The model that reads every body."""
        from . import requests

        model: type[M] = getattr(requests, self.name)
        return model


ADDRESS: Final = ObjectLayout(
    "AddressRequest", {"type": TEXT, "target": TEXT, "target_name": TEXT, "name": TEXT, "detail": TEXT}
)
ACTION: Final = ObjectLayout(
    "ActionRequest",
    {"id": TEXT, "next_id": TEXT, "type": TEXT, "option": OPTIONAL_MAP, "tm_execute": OPTIONAL_TEXT},
)
PROVIDERCALL: Final[BodyLayout[ProviderCallRequest]] = BodyLayout(
    "ProviderCallRequest",
    {
        "provider_id": OPTIONAL_UUID,
        "flow_id": OPTIONAL_UUID,
        "source": ADDRESS,
        "destinations": [ADDRESS],
        "actions": [ACTION],
        "anonymous": OPTIONAL_TEXT,
    },
)

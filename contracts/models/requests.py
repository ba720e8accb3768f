"""The request bodies of the API, typed like the server's Go structs (providers.md 1.3, gateway.md 5.1).

As on the server, no field is required and no enum is checked: an absent or null field has Go's zero value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from ..formats import go_uuids
from .markers import UNION, NullKeepsValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NullAs:
    """Parses null as a zero value: Go's decoder never stores null in a string or a slice."""

    zero: Callable[[], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return a schema that accepts the annotated type, and null as the zero value."""
        zero = core_schema.no_info_plain_validator_function(lambda _: self.zero())
        null = core_schema.chain_schema([core_schema.none_schema(), zero])
        return core_schema.union_schema([(handler(source), UNION), (null, UNION)], mode="left_to_right")


def _google(text: str) -> str:
    canonical = go_uuids.parse_google(text)
    if canonical is None:
        raise ValueError(go_uuids.google_error(text))
    return canonical


class _StopsAtFirst(FailFast):
    """FailFast for an optional array: a union of types needs hashable ones."""

    __hash__ = object.__hash__


KEPT_BY_NULL = NullKeepsValue()
Text = Annotated[str, NullAs(str)]
"""Go's *string, where absent and empty are the same."""
PlainText = Annotated[str, NullAs(str), KEPT_BY_NULL]
"""Go's string."""
GoogleUuid = Annotated[
    str, AfterValidator(_google), WithJsonSchema({"type": "string", "pattern": go_uuids.GOOGLE_PATTERN})
]
"""Go's openapi_types.UUID: any spelling of gateway.md 5.2, converted to lower-case canonical text."""
Int = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""Go's *int."""
PlainInt = Annotated[Int, NullAs(int), KEPT_BY_NULL]
"""Go's int."""
# Without FailFast, a long array of invalid values takes seconds, for errors that are never shown.
Array = Annotated[list[T | None], FailFast(), NullAs(list)]
"""Go's slice of structs. A null element is None here, and a struct of zero values in Go."""
Strings = Annotated[list[Text], _StopsAtFirst()]
"""Go's *[]string. A null element is an empty text."""


class RequestBody(BaseModel):
    """A JSON object in a request, with exact JSON types (gateway.md 5.1).

    Unknown fields are ignored, but kept for warnings.
    """

    model_config = ConfigDict(strict=True, extra="allow", defer_build=True)


class AddressRequest(RequestBody):
    """CommonAddress in a request: five optional strings (providers.md 1.3, calls.md 4)."""

    type: Text = ""
    target: Text = ""
    target_name: Text = ""
    name: Text = ""
    detail: Text = ""


class ActionRequest(RequestBody):
    """FlowManagerAction in a request; its ids and its timestamp are plain text (providers.md 1.3, flows.md 2.2)."""

    id: PlainText = ""
    next_id: Text = ""
    type: PlainText = ""
    option: dict[str, Any] | None = None
    tm_execute: str | None = None


class LoginRequest(RequestBody):
    """The body of POST /auth/login (gateway.md 2.6)."""

    username: PlainText = ""
    password: PlainText = ""


class ProviderCallRequest(RequestBody):
    """The body of POST /providercalls (providers.md 3.3)."""

    provider_id: Annotated[GoogleUuid | None, KEPT_BY_NULL] = None
    flow_id: GoogleUuid | None = None
    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    actions: Array[ActionRequest] = Field(default_factory=list)
    anonymous: str | None = None


class CallRequest(RequestBody):
    """The body of POST /calls; `flow_id` is plain text (calls.md 1.6)."""

    flow_id: str | None = None
    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    actions: Array[ActionRequest] = Field(default_factory=list)
    anonymous: str | None = None
    variables: dict[str, PlainText] | None = None


class GroupcallRequest(RequestBody):
    """The body of POST /groupcalls (calls.md 5.2)."""

    source: AddressRequest | None = None
    destinations: Array[AddressRequest] = Field(default_factory=list)
    ring_method: Text = ""
    answer_method: Text = ""
    flow_id: str | None = None
    actions: Array[ActionRequest] = Field(default_factory=list)


class MuteRequest(RequestBody):
    """The body of POST and DELETE /calls/{id}/mute (calls.md 1.10)."""

    direction: str | None = None


class TalkRequest(RequestBody):
    """The body of POST /calls/{id}/talk (calls.md 1.10)."""

    text: str | None = None
    language: str | None = None
    provider: str | None = None
    voice_id: str | None = None


class RecordingRequest(RequestBody):
    """The body of POST /calls/{id}/recording_start; `on_end_flow_id` is plain text (calls.md 1.10)."""

    format: PlainText = ""
    end_of_silence: PlainInt = 0
    end_of_key: PlainText = ""
    duration: PlainInt = 0
    """Seconds."""
    on_end_flow_id: PlainText = ""


class EarlyActiveflowRequest(RequestBody):
    """The body of POST /activeflows before it had variables and webhooks (flows.md 3.2)."""

    id: str | None = None
    flow_id: str | None = None
    actions: Array[ActionRequest] = Field(default_factory=list)


class ActiveflowRequest(EarlyActiveflowRequest):
    """The body of POST /activeflows; its ids are plain text (flows.md 3.2)."""

    variables: dict[str, PlainText] | None = None
    webhook_uri: Text = ""
    webhook_method: Text = ""


class FlowRequest(RequestBody):
    """The body of POST and PUT /flows; `on_complete_flow_id` is plain text (flows.md 1.2)."""

    name: PlainText = ""
    detail: PlainText = ""
    actions: Array[ActionRequest] = Field(default_factory=list)
    on_complete_flow_id: str | None = None


class EarlyProviderRequest(RequestBody):
    """The body of POST and PUT /providers before providers had codecs (providers.md 2.2)."""

    type: PlainText = ""
    hostname: PlainText = ""
    tech_prefix: PlainText = ""
    tech_postfix: PlainText = ""
    tech_headers: dict[str, Any] | None = None
    name: PlainText = ""
    detail: PlainText = ""


class ProviderRequest(EarlyProviderRequest):
    """The body of POST and PUT /providers (providers.md 2.2)."""

    codecs: str | None = None


class AccesskeyRequest(RequestBody):
    """The body of POST and PUT /accesskeys; PUT ignores `expire` (gateway.md 4.5)."""

    name: Text = ""
    detail: Text = ""
    expire: Int | None = None


class BillingAccountRequest(RequestBody):
    """The body of PUT /billing_account (calls.md 6.2)."""

    name: Text = ""
    detail: Text = ""


class CustomerRequest(RequestBody):
    """The body of PUT /customer and PUT /customers/{id} (flows.md 4.1)."""

    name: PlainText = ""
    detail: PlainText = ""
    email: PlainText = ""
    phone_number: PlainText = ""
    address: PlainText = ""
    webhook_method: PlainText = ""
    webhook_uri: PlainText = ""


if "hypothesis" in sys.modules:
    # By name, since the strategies depend on the models.
    import_module("..inference.registration", __package__).register_module(__name__)

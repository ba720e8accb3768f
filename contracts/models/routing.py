"""The models of dial routes and of outbound configurations: request bodies and response bodies."""

from __future__ import annotations

from .requests import GoogleUuid, PlainInt, PlainText, RequestBody, Strings
from .responses import Time, Uuid, WireModel


class RouteUpdate(RequestBody):
    """The body of PUT /routes/{id}; `provider_id` is plain text (routing.md 1)."""

    name: PlainText = ""
    detail: PlainText = ""
    provider_id: PlainText = ""
    priority: PlainInt = 0
    target: PlainText = ""


class RouteRequest(RouteUpdate):
    """The body of POST /routes; `customer_id` is plain text (routing.md 1)."""

    customer_id: PlainText = ""


class OutboundConfigRequest(RequestBody):
    """The body of POST and PUT for outbound configurations: an absent field does not change (routing.md 4)."""

    name: str | None = None
    detail: str | None = None
    destination_whitelist: Strings | None = None
    codecs: str | None = None
    default_outgoing_source_number_id: GoogleUuid | None = None


class Route(WireModel):
    """A dial route: the provider through which calls of a customer to a target go (routing.md 1)."""

    id: Uuid
    customer_id: Uuid
    name: str
    detail: str
    provider_id: Uuid
    priority: int
    target: str
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class OutboundConfig(WireModel):
    """A customer's outbound configuration, which decides whether its calls leave (routing.md 4)."""

    id: Uuid
    customer_id: Uuid
    name: str
    detail: str
    destination_whitelist: list[str]
    codecs: str
    default_outgoing_source_number_id: Uuid
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None

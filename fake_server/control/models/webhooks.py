"""The models of webhooks: deliveries, pending webhooks, receivers and webhook faults."""

from __future__ import annotations

from inspect import getdoc
from typing import Annotated, Any

from pydantic import ConfigDict, RootModel, TypeAdapter, WithJsonSchema

from ...events.webhook_faults import WebhookFault
from .base import RequestModel, ResponseModel, Time


class Delivery(ResponseModel):
    """One attempt to deliver a webhook.

    Numbers start at 1. `attempt` is 0 if no request was sent: the webhook is undeliverable, or a webhook fault dropped
    it. `error` states the reason. `delivered` is true for each status below 500. `url` has no query. `body` is empty
    for webhooks that a flow sent.
    """

    number: int
    at: Time
    type: str
    customer_id: str
    resource_id: str
    url: str
    attempt: int
    status: int | None
    error: str
    delivered: bool
    body: str


class PendingWebhook(ResponseModel):
    """A webhook still to be delivered: `due` is the time of the attempt."""

    due: Time
    type: str
    customer_id: str
    resource_id: str
    url: str
    attempt: int


class WebhookReceiver(RequestModel):
    """A receiver: webhooks whose URL begins with `uri` are sent to `server`, a server on this machine.

    `server` is its scheme, host and port. The path comes from the webhook's URL.
    """

    uri: str
    server: str


class NewWebhookFault(RootModel[Annotated[dict[str, Any], WithJsonSchema(TypeAdapter(WebhookFault).json_schema())]]):
    """A webhook fault to inject."""

    model_config = ConfigDict(json_schema_extra={"description": str(getdoc(WebhookFault)).replace("None", "null")})


class ArmedWebhookFault(ResponseModel):
    """A webhook fault that can still apply, with the number of webhooks that it matched and that it applied to."""

    fault: dict[str, Any]
    description: str
    seen: int
    applied: int


class Webhooks(ResponseModel):
    """The number of webhooks by outcome, the newest deliveries, the next pending webhooks, and webhook faults.

    `failed` counts attempts without a response below 500, `undeliverable` webhooks that were not sent, and `due`
    pending webhooks whose time has come: they wait for an event loop. Here, deliveries have no body.
    """

    delivered: int
    failed: int
    undeliverable: int
    pending: int
    due: int
    deliveries: tuple[Delivery, ...]
    queue: tuple[PendingWebhook, ...]
    faults: tuple[ArmedWebhookFault, ...]

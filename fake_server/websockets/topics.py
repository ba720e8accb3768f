"""Topics: who may subscribe to them, and under which of them an event is published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from ...contracts.formats.go_uuids import NIL, parse_gofrs
from ...contracts.identity import Permission
from ...contracts.rules.telephony import websocket as rules
from ..events.event import Event
from ..wire import gojson
from ..world.principal import Principal
from ..world.world import RuleContext, World

_STAFF = int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER)
CUSTOMER, AGENT = "customer_id", "agent_id"


class Publication(NamedTuple):
    """What is published of an event: its type, whose it is, and the resource."""

    type: str
    customer_id: str
    owner_id: str
    resource_id: str
    source: Event | dict[str, Any]
    """The event, or the object that a flow has sent as one."""

    @property
    def scopes(self) -> list[tuple[str, str]]:
        """The customer and the agent whose topics it has."""
        scopes = ((CUSTOMER, self.customer_id), (AGENT, self.owner_id))
        return [(name, id) for name, id in scopes if id != NIL]

    def body(self, *, wrapped: bool) -> bytes:
        """Return the message that a client receives."""
        if isinstance(self.source, Event):
            return self.source.body if wrapped else gojson.encode(self.source.data)
        return gojson.encode(self.source if wrapped else self.source["data"])


def publication_of(event: Event) -> Publication:
    """Return what is published of an event. Not every resource has an owner."""
    owner = getattr(event.record, "owner_id", NIL)
    return Publication(event.type, event.customer_id, owner, event.resource_id, event)


def publication_by_flow(data: str) -> Publication | None:
    """Return what is published of the data of a flow's `webhook_send`; None unless it looks like an event."""
    envelope = json.loads(data)
    if not isinstance(envelope, dict):
        return None
    type, resource = envelope.get("type"), envelope.get("data")
    if not (isinstance(type, str) and "_" in type and isinstance(resource, dict)):
        return None
    customer, owner, id = (_uuid(resource.get(name)) for name in ("customer_id", "owner_id", "id"))
    return Publication(type, customer, owner, id, {"type": type, "data": resource})


def _uuid(value: object) -> str:
    return (parse_gofrs(value) if isinstance(value, str) else None) or NIL


def topics_of(world: World, publication: Publication) -> list[str]:
    """Return the topics under which an event is published, in the order of publication."""
    resource = publication.type.partition("_")[0]
    formats = [resource]
    if world.edition.second_websocket_topic:
        formats.append(world.edition.second_websocket_topic.format(resource=resource, type=publication.type))
    scopes = publication.scopes if world.enforces(rules.published_for_the_owner) else publication.scopes[:1]
    return [f"{name}:{id}:{one}:{publication.resource_id}" for one in formats for name, id in scopes]


def check_topics(ctx: RuleContext, topics: Iterable[str]) -> None:
    """Refuse a message unless the principal may use all of its topics."""
    principal = ctx.principal
    if principal.is_super_admin and ctx.enforces(rules.super_admin_subscribes_to_all):
        return
    for topic in topics:
        scope, _, rest = topic.partition(":")
        id = parse_gofrs(rest.partition(":")[0]) or NIL
        ctx.require(rules.topic_names_a_scope, scope in (CUSTOMER, AGENT) and id != NIL)
        if scope == CUSTOMER:
            _check_customer(ctx, principal, id)
        elif scope == AGENT:
            ctx.require(rules.own_agent_only, principal.kind == "agent" and id == principal.agent_id)


def _check_customer(ctx: RuleContext, principal: Principal, id: str) -> None:
    # The fake's direct tokens allow no resource type.
    ctx.require(rules.no_direct_access, principal.kind != "direct")
    ctx.require(rules.staff_only, principal.kind == "direct" or principal.permission & _STAFF)
    ctx.require(rules.own_customer_only, id == principal.customer_id)

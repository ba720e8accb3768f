"""One call: the gates that it has to pass, its record and its activeflow (calls.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...contracts.go_uuids import NIL
from ...contracts.models.requests import AddressRequest
from ...contracts.rules import calls as rules
from ...contracts.rules import groupcalls as groupcall_rules
from ...contracts.rules import providercalls as providercall_rules
from ..events import events
from ..flows import lookup
from ..gateway.request_context import RequestContext
from ..world.records import NO_ACTION, Activeflow, Address, Call, Customer, Flow, Frame, Groupcall, empty_map
from . import countries

MINIMUM_CREDIT = 10_000
"""The balance below which no call is placed, in millionths of a dollar (calls.md 3.3)."""


@dataclass(slots=True)
class DialRequest:
    """What is to be dialled. With a `provider_id`, tel destinations go through that provider."""

    source: Address
    flow_id: str
    anonymous: str
    provider_id: str = NIL
    metadata: Mapping[str, Any] = field(default_factory=empty_map)
    master_call_id: str = NIL


_shared = lru_cache(maxsize=256)(Address)
"""An address: the same few come again and again, and the records of each may have it in common."""


class DestinationDropped(Exception):
    """This destination is not dialled; the text says why."""


def address(sent: AddressRequest | None) -> Address:
    """An address as it was sent; a null one is empty."""
    if sent is None:
        return Address()
    return _shared(sent.type, sent.target, sent.target_name, sent.name, sent.detail)


def has_balance(customer: Customer) -> bool:
    """Whether a customer may place a call (calls.md 3.3)."""
    return customer.plan_type == "unlimited" or customer.balance_token > 0 or customer.balance_credit >= MINIMUM_CREDIT


def create_call(
    ctx: RequestContext, order: DialRequest, destination: Address, groupcall: Groupcall | None = None, id: str = ""
) -> Call:
    """One call, once it has passed every gate in the servers' order (calls.md 3.2)."""
    customer = ctx.state.customers[ctx.principal.customer_id]
    _check_type(ctx, destination)
    _check_customer(ctx, customer, destination)
    if destination.type == "tel":
        _check_number(ctx, customer, destination.target)
    flow = lookup.find_usable_flow(ctx, order.flow_id) if order.flow_id != NIL else None
    source = _source(ctx, order, customer, destination)
    call = _written(ctx, order, source, destination, customer, groupcall, id)
    usable = ctx.allows(providercall_rules.flow_usable, order.flow_id == NIL or flow is not None)
    if usable:
        _attach_flow(ctx, call, flow)
    else:
        call.action = NO_ACTION
    events.emit(ctx.fake, "call_created", call)
    if not usable:
        raise _orphaned(call, f"there is no flow {order.flow_id} of this customer's; an orphan call stays in `dialing`")
    if call.anonymous and not ctx.allows(providercall_rules.anonymous_needs_number, call.source.target.startswith("+")):
        raise _orphaned(call, "anonymous `yes` needs a source in E.164; an orphan call stays in `dialing`")
    return call


def _orphaned(call: Call, why: str) -> DestinationDropped:
    call.orphan = True
    return DestinationDropped(why)


def unsupported_type_error(destination: Address) -> DestinationDropped:
    """What to raise for a destination of a type that nobody dials."""
    return DestinationDropped(f"the type {destination.type!r} cannot be called; tel, sip, agent and extension can")


def _check_type(ctx: RequestContext, destination: Address) -> None:
    if destination.type in ("tel", "sip"):
        return
    if not ctx.is_broken(providercall_rules.other_types_dropped):
        raise unsupported_type_error(destination)


def _check_customer(ctx: RequestContext, customer: Customer, destination: Address) -> None:
    if not ctx.allows(rules.customer_active, customer.status == "active"):
        raise DestinationDropped(f"the customer is {customer.status}")
    verified = destination.type != "tel" or customer.identity_verification_status == "verified"
    if not ctx.allows(rules.customer_verified, verified):
        raise DestinationDropped("the customer's identity is not verified")
    if not ctx.allows(rules.balance_suffices, has_balance(customer)):
        raise DestinationDropped("the customer has no balance")


def _check_number(ctx: RequestContext, customer: Customer, target: str) -> None:
    listed = countries.country_of(target) in customer.destination_whitelist
    if not ctx.allows(rules.country_whitelisted, listed):
        raise DestinationDropped("its country is not on the customer's destination_whitelist")
    if not ctx.allows(rules.number_parses, countries.is_phone_number(target)):
        raise DestinationDropped("it cannot be read as a phone number")


def _source(ctx: RequestContext, order: DialRequest, customer: Customer, destination: Address) -> Address:
    """The caller's address: as given for a forced provider, else a number of the customer's (calls.md 3.6)."""
    forced = order.provider_id != NIL and not ctx.is_broken(providercall_rules.source_ownership_unchecked)
    if forced or destination.type != "tel" or order.source.target in customer.numbers:
        return order.source
    if ctx.flag(rules.source_belongs_to_customer):
        return Address("tel", "anonymous", "Anonymous")
    raise DestinationDropped(f"the source {order.source.target!r} is not a number of the customer's")


def _written(
    ctx: RequestContext,
    order: DialRequest,
    source: Address,
    destination: Address,
    customer: Customer,
    groupcall: Groupcall | None,
    id: str,
) -> Call:
    """The call's record."""
    fake = ctx.fake
    normalise = ctx.flag(rules.numbers_normalised)
    owner = ctx.state.addresses.get((customer.id, destination.type, destination.target), "")
    call = Call(
        id=id or fake.ids.uuid(),
        tm_create=fake.clock.timestamp(),
        customer_id=customer.id,
        flow_id=order.flow_id,
        activeflow_id=NIL,
        master_call_id=order.master_call_id,
        source=_normalised(source) if normalise else source,
        destination=_normalised(destination) if normalise else destination,
        owner_type="agent" if owner else "",
        owner_id=owner or NIL,
        status="dialing",
        metadata=order.metadata,
        provider_id=order.provider_id if destination.type == "tel" else NIL,
        anonymous=order.anonymous == "yes" and destination.type == "tel",
        call_engine=fake.call_engine,
    )
    if groupcall is not None:
        call.parent_groupcall_id = groupcall.id
        if ctx.flag(groupcall_rules.children_have_groupcall_id):
            call.groupcall_id = groupcall.id
    ctx.state.calls.add(call)
    return call


def _attach_flow(ctx: RequestContext, call: Call, flow: Flow | None) -> None:
    """The call's activeflow, which waits for the answer; without a flow it has nothing to execute."""
    activeflow = Activeflow(
        id=ctx.fake.ids.uuid(),
        tm_create=call.tm_create,
        customer_id=call.customer_id,
        flow_id=call.flow_id,
        reference_type="call",
        reference_id=call.id,
    )
    if flow is not None:
        activeflow.stack = (Frame(flow.actions),)
        activeflow.on_complete_flow_id = flow.on_complete_flow_id
    call.activeflow_id = activeflow.id
    events.emit(ctx.fake, "activeflow_created", ctx.state.activeflows.add(activeflow))


def _normalised(address: Address) -> Address:
    target = countries.normalise_target(address.type, address.target)
    return address if target == address.target else address._replace(target=target)

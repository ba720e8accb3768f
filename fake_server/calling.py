"""From destinations to calls: which become calls, which groupcalls, and which are dropped (calls.md 3 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..contracts.models.requests import AddressRequest
from ..contracts.rules import calls as rules
from ..contracts.rules import groupcalls as groupcall_rules
from ..contracts.rules import providercalls as providercall_rules
from ..contracts.uuids import NIL, gofrs
from . import advice, countries, events, flowing
from .context import Context
from .records import NOTHING, Activeflow, Address, Call, Customer, Groupcall

MINIMUM_CREDIT = 10_000
"""The balance below which no call is placed, in millionths of a dollar (calls.md 3.3)."""


_GROUPS = ("agent", "extension")


@dataclass(slots=True)
class Order:
    """What is to be dialled. With a `provider_id`, tel destinations go through that provider."""

    source: Address
    flow_id: str
    anonymous: str
    provider_id: str = NIL
    metadata: Mapping[str, Any] = NOTHING


@dataclass(slots=True)
class Placed:
    """What came of an order."""

    calls: list[Call] = field(default_factory=list)
    groupcalls: list[Groupcall] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.calls or self.groupcalls)


class _Dropped(Exception):
    """This destination is not dialled; the text says why."""


def address(sent: AddressRequest | None) -> Address:
    """An address as it was sent; a null one is empty."""
    if sent is None:
        return Address()
    return Address(sent.type, sent.target, sent.target_name, sent.name, sent.detail)


def place(ctx: Context, order: Order, destinations: Sequence[Address]) -> Placed:
    """Dial each destination, in order. One that fails is dropped; the journal tells why."""
    placed = Placed()
    if order.anonymous not in providercall_rules.KNOWN_ANONYMOUS:
        ctx.entry.advise(advice.unknown_anonymous(order.anonymous))
    for destination in destinations:
        try:
            if destination.type in _GROUPS and not ctx.breaks(providercall_rules.groups_become_groupcalls):
                placed.groupcalls.append(_groupcall(ctx, order, destination))
            else:
                placed.calls.append(_call(ctx, order, destination))
        except _Dropped as dropped:
            ctx.entry.note(f"the destination {destination.target!r} was dropped: {dropped}")
    return placed


def has_balance(customer: Customer) -> bool:
    """Whether a customer may place a call (calls.md 3.3)."""
    return customer.plan_type == "unlimited" or customer.balance_token > 0 or customer.balance_credit >= MINIMUM_CREDIT


def _call(ctx: Context, order: Order, destination: Address, groupcall: Groupcall | None = None, id: str = "") -> Call:
    """One call, once it has passed every gate in the servers' order (calls.md 3.2)."""
    customer = ctx.state.customers[ctx.asker.customer_id]
    _check_type(ctx, destination)
    _check_customer(ctx, customer, destination)
    if destination.type == "tel":
        _check_number(ctx, customer, destination.target)
    flow = flowing.usable_flow(ctx, order.flow_id) if order.flow_id != NIL else None
    source = _source(ctx, order, customer, destination)
    call = _written(ctx, order, source, destination, customer, groupcall, id)
    usable = ctx.allows(providercall_rules.flow_usable, order.flow_id == NIL or flow is not None)
    if not usable:
        raise _orphaned(call, f"there is no flow {order.flow_id} of this customer's; an orphan call stays in `dialing`")
    if call.anonymous and not ctx.allows(providercall_rules.anonymous_needs_number, call.source.target.startswith("+")):
        raise _orphaned(call, "anonymous `yes` needs a source in E.164; an orphan call stays in `dialing`")
    return call


def _orphaned(call: Call, why: str) -> _Dropped:
    call.orphan = True
    return _Dropped(why)


def _check_type(ctx: Context, destination: Address) -> None:
    if destination.type in ("tel", "sip"):
        return
    if not ctx.breaks(providercall_rules.other_types_dropped):
        raise _Dropped(f"the type {destination.type!r} cannot be called; tel, sip, agent and extension can")


def _check_customer(ctx: Context, customer: Customer, destination: Address) -> None:
    if not ctx.allows(rules.customer_active, customer.status == "active"):
        raise _Dropped(f"the customer is {customer.status}")
    verified = destination.type != "tel" or customer.identity_verification_status == "verified"
    if not ctx.allows(rules.customer_verified, verified):
        raise _Dropped("the customer's identity is not verified")
    if not ctx.allows(rules.balance_suffices, has_balance(customer)):
        raise _Dropped("the customer has no balance")


def _check_number(ctx: Context, customer: Customer, target: str) -> None:
    listed = countries.country_of(target) in customer.destination_whitelist
    if not ctx.allows(rules.country_whitelisted, listed):
        raise _Dropped("its country is not on the customer's destination_whitelist")
    if not ctx.allows(rules.number_parses, countries.is_number(target)):
        raise _Dropped("it cannot be read as a phone number")


def _source(ctx: Context, order: Order, customer: Customer, destination: Address) -> Address:
    """The caller's address: as given for a forced provider, else a number of the customer's (calls.md 3.6)."""
    forced = order.provider_id != NIL and not ctx.breaks(providercall_rules.source_ownership_unchecked)
    if forced or destination.type != "tel" or order.source.target in customer.numbers:
        return order.source
    if ctx.does(rules.source_owned):
        return Address("tel", "anonymous", "Anonymous")
    raise _Dropped(f"the source {order.source.target!r} is not a number of the customer's")


def _written(
    ctx: Context,
    order: Order,
    source: Address,
    destination: Address,
    customer: Customer,
    groupcall: Groupcall | None,
    id: str,
) -> Call:
    """The call's record and its activeflow."""
    fake = ctx.fake
    normalise = ctx.does(rules.numbers_normalised)
    owner = ctx.state.addresses.get((customer.id, destination.type, destination.target), "")
    call = Call(
        id=id or fake.ids.uuid(),
        tm_create=fake.clock.stamp(),
        customer_id=customer.id,
        flow_id=order.flow_id,
        activeflow_id=fake.ids.uuid(),
        source=_normalised(source) if normalise else source,
        destination=_normalised(destination) if normalise else destination,
        owner_type="agent" if owner else "",
        owner_id=owner or NIL,
        status="dialing" if not ctx.breaks(providercall_rules.answers_while_dialing) else "progressing",
        metadata=order.metadata,
        provider_id=order.provider_id if destination.type == "tel" else NIL,
        anonymous=order.anonymous == "yes" and destination.type == "tel",
        lifecycle=fake.lifecycle,
    )
    if groupcall is not None:
        call.parent_groupcall_id = groupcall.id
        if ctx.does(groupcall_rules.children_name_it):
            call.groupcall_id = groupcall.id
    ctx.state.calls.add(call)
    activeflow = Activeflow(
        id=call.activeflow_id,
        tm_create=call.tm_create,
        customer_id=customer.id,
        flow_id=order.flow_id,
        reference_type="call",
        reference_id=call.id,
    )
    events.emit(fake, "activeflow_created", ctx.state.activeflows.add(activeflow))
    events.emit(fake, "call_created", call)
    return call


def _normalised(address: Address) -> Address:
    target = countries.normalised(address.type, address.target)
    return address if target == address.target else address._replace(target=target)


# groupcalls


def _groupcall(ctx: Context, order: Order, destination: Address) -> Groupcall:
    """The groupcall of an agent or an extension, with one call for each address or contact (calls.md 5.3)."""
    owner, children = _agent(ctx, destination) if destination.type == "agent" else ("", _contacts(ctx, destination))
    groupcall = Groupcall(
        id=ctx.fake.ids.uuid(),
        tm_create=ctx.fake.clock.stamp(),
        customer_id=ctx.asker.customer_id,
        owner_type="agent" if owner else "",
        owner_id=owner or NIL,
        flow_id=order.flow_id,
        source=order.source,
        destinations=(destination,),
    )
    ctx.state.groupcalls.add(groupcall)
    if ctx.breaks(groupcall_rules.one_call_per_address):
        children = ()
    ids = {ctx.fake.ids.uuid(): child for child in children}
    groupcall.call_ids, groupcall.call_count = tuple(ids), len(ids)
    for id, child in ids.items():
        _child(ctx, order, child, groupcall, id)
    return groupcall


def _child(ctx: Context, order: Order, destination: Address, groupcall: Groupcall, id: str) -> None:
    """A groupcall's call takes the normal route: no provider is forced, no metadata is kept."""
    if not ctx.breaks(groupcall_rules.children_are_not_forced):
        order = replace(order, provider_id=NIL, metadata=NOTHING)
    try:
        _call(ctx, order, destination, groupcall, id)
    except _Dropped as dropped:
        ctx.entry.note(f"the groupcall's destination {destination.target!r} was dropped: {dropped}")
        groupcall.call_count -= 1


def _agent(ctx: Context, destination: Address) -> tuple[str, tuple[Address, ...]]:
    agent = ctx.state.agents.get(gofrs(destination.target) or NIL)
    own = agent is not None and agent.customer_id == ctx.asker.customer_id
    if not ctx.allows(rules.agent_exists, own):
        raise _Dropped(f"there is no agent {destination.target!r} of the customer's")
    return ("", ()) if agent is None else (agent.id, agent.addresses)


def _contacts(ctx: Context, destination: Address) -> tuple[Address, ...]:
    """Where an extension is registered: it is found by its target_name."""
    customer = ctx.state.customers[ctx.asker.customer_id]
    contacts = customer.extensions.get(destination.target_name, ())
    if not contacts and ctx.does(rules.extension_has_contact):
        raise _Dropped(f"the extension {destination.target_name!r} has no registered contact")
    return tuple(Address("sip", contact, destination.target_name) for contact in contacts)

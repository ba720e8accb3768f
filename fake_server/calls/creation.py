"""Creation of one call: the checks that it must pass, its record and its activeflow (calls.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import providercall_placement as providercall_rules
from ...contracts.rules.telephony import call_gates
from ..world.records import Call, Customer, Flow, Groupcall
from ..world.values import NO_ACTION, Address, DialRequest, Frame, extended
from ..world.world import RuleContext, World
from .new_calls import NEW_CALLS, NewCall
from .numbers import countries, syntax

_ENDING = ("canceling", "terminating", "hangup")
_CUSTOMER_RULES = (call_gates.customer_active, call_gates.customer_verified, call_gates.balance_suffices)
_NUMBER_RULES = (call_gates.number_has_country, call_gates.country_whitelisted, call_gates.number_parses)
MINIMUM_CREDIT = 10_000
"""The balance below which no call is placed, in millionths of a dollar (calls.md 3.3)."""


class DestinationDropped(Exception):
    """A destination is not dialled. The message states the reason."""


class NoRoute(DestinationDropped):
    """No route is for a destination. It can crash the servers' worker, which then dials no further one."""

    def __init__(self, *, crashes: bool) -> None:
        super().__init__("no route is for it")
        self.crashes = crashes


def has_balance(customer: Customer) -> bool:
    """Return whether a customer's balance suffices for a call (calls.md 3.3)."""
    return customer.plan_type == "unlimited" or customer.balance_token > 0 or customer.balance_credit >= MINIMUM_CREDIT


def create_call(
    ctx: RuleContext, request: DialRequest, destination: Address, groupcall: Groupcall | None = None, id: str = ""
) -> str:
    """Create one call after all checks in the servers' order (calls.md 3.2). Return its id.

    Raises DestinationDropped.
    """
    customer = ctx.state.shared.customers[ctx.principal.customer_id]
    is_tel = destination.type == "tel"
    if destination.type not in ("tel", "sip") and ctx.enforces(providercall_rules.other_types_dropped):
        raise unsupported_type_error(destination)
    verified = not is_tel or customer.identity_verification_status == "verified"
    if customer.status == "active" and verified and has_balance(customer):
        ctx.hold(_CUSTOMER_RULES)
    else:
        _check_customer(ctx, customer, verified)
    dialroutes: tuple[str, ...] = ()
    if is_tel:
        country = countries.country_of(destination.target)
        if country and country in customer.destination_whitelist and syntax.is_phone_number(destination.target):
            ctx.hold(_NUMBER_RULES)
        else:
            _check_number(ctx, customer, country, destination.target)
        if request.provider_id == NIL:
            dialroutes = _dialroutes(ctx, customer, destination.target)
    flow = _usable_flow(ctx, request.flow_id) if request.flow_id != NIL else None
    forced = request.provider_id != NIL and ctx.enforces(providercall_rules.source_ownership_unchecked)
    source = request.source if forced else _own_source(ctx, request, customer, destination)
    world = ctx.world
    normalise = ctx.flag(call_gates.numbers_normalised)
    metadata = _metadata(ctx, request, customer, destination)
    shown_in = NIL if groupcall is None else _shown_groupcall(ctx, groupcall)
    usable = ctx.allows(providercall_rules.flow_usable, request.flow_id == NIL or flow)
    new = NewCall(
        id or world.ids.uuid(),
        world.clock.timestamp(),
        customer.id,
        request.flow_id,
        world.ids.uuid() if usable else NIL,
        normalised(source) if normalise else source,
        normalised(destination) if normalise else destination,
        owner_of(ctx, destination) if ctx.state.shared.addresses else "",
        metadata,
        request.provider_id if is_tel else NIL,
        is_tel and request.anonymous == "yes",
        shown_in,
        world,
        request.variables,
        (Frame(flow.actions),) if flow else (),
        flow.on_complete_flow_id if flow else NIL,
    )
    alone = usable and groupcall is None and not dialroutes and request.master_call_id == NIL
    if alone and not new.anonymous and not world.sends_events_of(customer):
        NEW_CALLS.of(ctx.state).add(ctx.state, ctx.edition, new)
    else:
        _create_at_once(ctx, request, new, groupcall, dialroutes)
    return new.id


# Most tests place forced calls without a flow: the rules of other calls are imported when such a call is placed.


def _usable_flow(ctx: RuleContext, id: str) -> Flow | None:
    from ..flows import lookup

    return lookup.find_usable_flow(ctx, id)


def _shown_groupcall(ctx: RuleContext, groupcall: Groupcall) -> str:
    """Return the groupcall_id of a groupcall's call."""
    from ...contracts.rules import groupcalls as rules

    return groupcall.id if ctx.flag(rules.children_have_groupcall_id) else NIL


def _create_at_once(
    ctx: RuleContext, request: DialRequest, new: NewCall, groupcall: Groupcall | None, dialroutes: tuple[str, ...]
) -> None:
    """Create the records of a call on which another one depends, or whose events a receiver or a client gets."""
    world, usable = ctx.world, new.activeflow_id != NIL
    call = ctx.state.calls.add(new.call())
    if groupcall is not None:
        call.parent_groupcall_id = groupcall.id
    if dialroutes:
        call.dialroutes, call.early_execution = dialroutes, request.early_execution
    if usable:
        world.emit("activeflow_created", ctx.state.activeflows.add(new.activeflow()))
    else:
        call.action = NO_ACTION
    world.emit("call_created", call)
    master = ctx.state.calls.get(request.master_call_id)
    if master is not None and master.status not in _ENDING:
        _chain(world, master, call)
    if not usable:
        raise _orphaned(call, f"the customer has no flow {request.flow_id}; an orphan call stays in `dialing`")
    if dialroutes:
        _check_provider(ctx, call)
    if call.anonymous and not ctx.allows(providercall_rules.anonymous_needs_number, call.source.target.startswith("+")):
        raise _orphaned(call, "anonymous `yes` requires a source in E.164; an orphan call stays in `dialing`")


def _chain(world: World, master: Call, call: Call) -> None:
    """Chain a call to the call whose flow placed it: it is hung up when its master ends."""
    from ...contracts.rules import activeflows as rules

    if not world.enforces(rules.every_leg_is_chained):
        return
    master.chained_call_ids = extended(master.chained_call_ids, call.id)
    call.master_call_id = master.id
    for one in (master, call):
        one.tm_update = world.clock.timestamp()
        world.emit("call_updated", one)


def _orphaned(call: Call, reason: str) -> DestinationDropped:
    call.orphan = True
    return DestinationDropped(reason)


def unsupported_type_error(destination: Address) -> DestinationDropped:
    """Return the exception for a destination of a type that cannot be dialled."""
    return DestinationDropped(f"the type {destination.type!r} cannot be called; expected tel, sip, agent or extension")


def _check_customer(ctx: RuleContext, customer: Customer, verified: bool) -> None:
    """Check one by one what does not all hold."""
    if not ctx.allows(call_gates.customer_active, customer.status == "active"):
        raise DestinationDropped(f"the customer is {customer.status}")
    if not ctx.allows(call_gates.customer_verified, verified):
        raise DestinationDropped("the customer's identity is not verified")
    if not ctx.allows(call_gates.balance_suffices, has_balance(customer)):
        raise DestinationDropped("the customer's balance does not suffice")


def _check_number(ctx: RuleContext, customer: Customer, country: str, target: str) -> None:
    """Check one by one what does not all hold."""
    if not ctx.allows(call_gates.number_has_country, country):
        raise DestinationDropped("no country has numbers with this calling code and of this length")
    listed = not country or country in customer.destination_whitelist
    if not ctx.allows(call_gates.country_whitelisted, listed):
        raise DestinationDropped("its country is not on the customer's destination_whitelist")
    if not ctx.allows(call_gates.number_parses, syntax.is_phone_number(target)):
        raise DestinationDropped("it is not a valid phone number")


def _dialroutes(ctx: RuleContext, customer: Customer, target: str) -> tuple[str, ...]:
    """Return the providers of the routes for a number, in the order in which they are tried."""
    from ...contracts.rules.routing import dialroutes as rules
    from .routing.routes import providers_for

    found = providers_for(ctx, customer.id, target)
    if not found:
        raise NoRoute(crashes=rules.route_exists.answers[ctx.edition.name].refuses)
    return found


def _check_provider(ctx: RuleContext, call: Call) -> None:
    from ...contracts.rules.routing import dialroutes as rules

    if not ctx.allows(rules.provider_exists, call.carrier_id in ctx.state.providers):
        unknown = f"its route names the unknown provider {call.carrier_id}"
        raise _orphaned(call, f"{unknown}; an orphan call stays in `dialing`")


def _own_source(ctx: RuleContext, request: DialRequest, customer: Customer, destination: Address) -> Address:
    """Return the caller's address of a call that is not forced: one of the customer's numbers (calls.md 3.6)."""
    if destination.type != "tel" or request.source.target in customer.numbers:
        return request.source
    from ...contracts.rules import calls as rules

    if ctx.flag(rules.source_belongs_to_customer):
        return Address("tel", "anonymous", "Anonymous")
    if customer.default_outgoing_source_number_id != NIL:
        from ..world.resources.numbers import default_source

        number = default_source(ctx.world, customer)
        if number is not None:
            return Address("tel", number, number)
    raise DestinationDropped(f"the source {request.source.target!r} is not a number of the customer")


def _metadata(ctx: RuleContext, request: DialRequest, customer: Customer, destination: Address) -> Mapping[str, Any]:
    """Return a call's metadata: that of the request, with the customer's rtp_debug and its codecs for SIP calls."""
    metadata = request.metadata
    if customer.metadata.get("rtp_debug") and "rtp_debug" not in metadata:
        from ...contracts.rules import calls as rules

        metadata = {**metadata, "rtp_debug": ctx.follows(rules.customer_turns_on_rtp_debug, True)}
    if customer.codecs and destination.type == "sip":
        metadata = {**metadata, "codecs": customer.codecs}
    return metadata


def owner_of(ctx: RuleContext, address: Address) -> str:
    """Return the id of the agent whose address this is, or "" if it is nobody's."""
    return ctx.state.shared.addresses.get((ctx.principal.customer_id, address.type, address.target), "")


def normalised(address: Address) -> Address:
    """Return an address with its target in the form that the newest servers store."""
    target = countries.normalise_target(address.type, address.target)
    return address if target == address.target else address._replace(target=target)

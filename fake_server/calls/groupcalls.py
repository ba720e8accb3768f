"""Groupcalls: several calls, all at once or one after the other; the first answer wins (calls.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...contracts.go_uuids import NIL, parse_gofrs
from ...contracts.rules import calls as call_rules
from ...contracts.rules import groupcalls as rules
from ..events import events
from ..gateway.request_context import RequestContext, system_context
from ..world.records import EMPTY_MAP, Address, Call, Groupcall
from . import creation
from .creation import DestinationDropped, DialRequest

if TYPE_CHECKING:
    from ..core import FakeVoipbin

TYPES = ("agent", "extension")
"""The destinations that become groupcalls by themselves."""
RING_METHODS = ("ring_all", "linear")
_DEEPEST = 5
"""How deep groupcalls may nest: an agent may have its own address."""


def create(
    ctx: RequestContext,
    order: DialRequest,
    destinations: Sequence[Address],
    ring_method: str,
    answer_method: str,
    **fields: Any,
) -> Groupcall:
    """The groupcall of some destinations. Raises Dropped when the only one cannot be called."""
    if ring_method == "linear":
        return _linear(ctx, order, destinations, answer_method, **fields)
    if len(destinations) == 1:
        return create_for_destination(ctx, order, destinations[0], answer_method=answer_method, **fields)
    groupcall = _written(ctx, order, destinations, answer_method=answer_method, **fields)
    return _ring(ctx, order, groupcall, destinations, "ring_all")


def create_for_destination(ctx: RequestContext, order: DialRequest, destination: Address, **fields: Any) -> Groupcall:
    """The groupcall of an agent or an extension, with one call for each address or contact (calls.md 5.3)."""
    owner, addresses, ring_method = _reached_at(ctx, destination)
    groupcall = _written(
        ctx, order, (destination,), owner_type="agent" if owner else "", owner_id=owner or NIL, **fields
    )
    if ctx.is_broken(rules.one_call_per_address):
        addresses = ()
    return _ring(ctx, order, groupcall, addresses, ring_method)


def _linear(
    ctx: RequestContext, order: DialRequest, destinations: Sequence[Address], answer_method: str, **fields: Any
) -> Groupcall:
    """One destination after the other, each once the one before has not been answered."""
    groupcall = _written(
        ctx, order, destinations, ring_method="linear", answer_method=answer_method, placed_with=order, **fields
    )
    return _ring(ctx, order, groupcall, destinations[:1], "ring_all")


def _written(ctx: RequestContext, order: DialRequest, destinations: Sequence[Address], **fields: Any) -> Groupcall:
    groupcall = Groupcall(
        id=fields.pop("id", "") or ctx.fake.ids.uuid(),
        tm_create=ctx.fake.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        flow_id=order.flow_id,
        source=order.source,
        destinations=tuple(destinations),
        master_call_id=order.master_call_id,
        **fields,
    )
    return ctx.state.groupcalls.add(groupcall)


def _ring(
    ctx: RequestContext, order: DialRequest, groupcall: Groupcall, destinations: Sequence[Address], ring_method: str
) -> Groupcall:
    """Ring the first destinations of a groupcall; their ids are known before any of them is called."""
    ids = _named(ctx, groupcall, destinations)
    events.emit(ctx.fake, "groupcall_created", groupcall)
    for id, destination in zip(ids, destinations, strict=True):
        _child(ctx, order, destination, groupcall, id, ring_method)
    return groupcall


def _named(ctx: RequestContext, groupcall: Groupcall, destinations: Sequence[Address]) -> list[str]:
    """The ids of a groupcall's further calls and groupcalls, which it counts from now on."""
    ids = [ctx.fake.ids.uuid() for _ in destinations]
    of_groups = [destination.type in TYPES for destination in destinations]
    calls = tuple(id for id, group in zip(ids, of_groups, strict=True) if not group)
    groups = tuple(id for id, group in zip(ids, of_groups, strict=True) if group)
    groupcall.call_ids, groupcall.groupcall_ids = groupcall.call_ids + calls, groupcall.groupcall_ids + groups
    groupcall.call_count += len(calls)
    groupcall.groupcall_count += len(groups)
    return ids


def _child(
    ctx: RequestContext, order: DialRequest, destination: Address, groupcall: Groupcall, id: str, ring_method: str
) -> None:
    """A groupcall's call takes the normal route: no provider is forced, no metadata is kept."""
    if not ctx.is_broken(rules.children_are_not_forced):
        order = replace(order, provider_id=NIL, metadata=EMPTY_MAP)
    nested = destination.type in TYPES
    try:
        if nested:
            _check_depth(ctx, groupcall)
            create(ctx, order, (destination,), ring_method, "hangup_others", id=id, master_groupcall_id=groupcall.id)
        else:
            creation.create_call(ctx, order, destination, groupcall, id)
    except DestinationDropped as dropped:
        ctx.entry.add_note(f"the groupcall's destination {destination.target!r} was dropped: {dropped}")
        _one_less(ctx.fake, groupcall, nested=nested)


def _check_depth(ctx: RequestContext, groupcall: Groupcall) -> None:
    depth = 0
    master: Groupcall | None = groupcall
    while master is not None:
        depth, master = depth + 1, ctx.state.groupcalls.get(master.master_groupcall_id)
    if depth >= _DEEPEST:
        raise DestinationDropped(f"groupcalls nest no deeper than {_DEEPEST}")


# where destinations are reached


def _reached_at(ctx: RequestContext, destination: Address) -> tuple[str, tuple[Address, ...], str]:
    """The agent that a destination is, its addresses, and the ring method of those that are groups themselves."""
    if destination.type == "agent":
        return _agent(ctx, destination)
    if destination.type == "extension":
        return "", _contacts(ctx, destination), "ring_all"
    if destination.type in ("tel", "sip"):
        return "", (destination,), "ring_all"
    raise creation.unsupported_type_error(destination)


def _agent(ctx: RequestContext, destination: Address) -> tuple[str, tuple[Address, ...], str]:
    agent = ctx.state.agents.get(parse_gofrs(destination.target) or NIL)
    own = agent is not None and agent.customer_id == ctx.principal.customer_id
    if not ctx.allows(call_rules.agent_exists, own):
        raise DestinationDropped(f"there is no agent {destination.target!r} of the customer's")
    if agent is None:
        return "", (), "ring_all"
    return agent.id, agent.addresses, "linear" if agent.ring_method == "linear" else "ring_all"


def _contacts(ctx: RequestContext, destination: Address) -> tuple[Address, ...]:
    """Where an extension is registered: it is found by its target_name."""
    customer = ctx.state.customers[ctx.principal.customer_id]
    contacts = customer.extensions.get(destination.target_name, ())
    if not contacts and ctx.flag(call_rules.extension_has_contact):
        raise DestinationDropped(f"the extension {destination.target_name!r} has no registered contact")
    return tuple(Address("sip", contact, destination.target_name) for contact in contacts)


# what becomes of them


def answered(fake: FakeVoipbin, groupcall: Groupcall, call: Call) -> None:
    """The first answer wins: the others are hung up, unless the answer method says otherwise (calls.md 5.4)."""
    groupcall.answer_call_id = call.id
    _won(fake, groupcall)


def _won(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    groupcall.tm_update = fake.clock.timestamp()
    events.emit(fake, "groupcall_progressing", groupcall)
    master = fake.state.groupcalls.get(groupcall.master_groupcall_id)
    if master is not None:
        master.answer_groupcall_id = groupcall.id
        _won(fake, master)
    elif groupcall.answer_method == "hangup_others" and fake.enforces(rules.first_answer_wins):
        _hang_up_others(fake, groupcall)


def _hang_up_others(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    for call in _children(groupcall.call_ids, fake.state.calls):
        if call.id != groupcall.answer_call_id:
            fake.call_engine.hang_up(call)
    for nested in _children(groupcall.groupcall_ids, fake.state.groupcalls):
        _hang_up_others(fake, nested)


def hang_up(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    """VoIPbin hangs up each call of a groupcall, and of the groupcalls in it."""
    groupcall.status, groupcall.tm_update = "hangingup", fake.clock.timestamp()
    for call in _children(groupcall.call_ids, fake.state.calls):
        fake.call_engine.hang_up(call)
    for nested in _children(groupcall.groupcall_ids, fake.state.groupcalls):
        hang_up(fake, nested)


def _children(ids: tuple[str, ...], table: Any) -> list[Any]:
    """Those that have come into being: one that failed a gate never does."""
    return [table[id] for id in ids if id in table]


def call_ended(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    """One of a groupcall's calls has ended."""
    _one_less(fake, groupcall, nested=False)


def _one_less(fake: FakeVoipbin, groupcall: Groupcall, *, nested: bool) -> None:
    if nested:
        groupcall.groupcall_count -= 1
    else:
        groupcall.call_count -= 1
    if groupcall.call_count > 0 or groupcall.groupcall_count > 0 or not fake.enforces(rules.ends_with_its_calls):
        return
    won = groupcall.answer_call_id != NIL or groupcall.answer_groupcall_id != NIL
    if not won and groupcall.status == "progressing" and _goes_on(fake, groupcall):
        _ring_next(fake, groupcall)
    else:
        _end(fake, groupcall)


def _goes_on(fake: FakeVoipbin, groupcall: Groupcall) -> bool:
    """Whether a linear groupcall has somebody left to call, and those above it still want that."""
    left = groupcall.dial_request is not None and groupcall.dial_index + 1 < len(groupcall.destinations)
    call = fake.state.calls.get(groupcall.master_call_id)
    master = fake.state.groupcalls.get(groupcall.master_groupcall_id)
    wanted = call is None or call.status not in ("hangup", "canceling", "terminating")
    return left and wanted and (master is None or master.status == "progressing")


def _ring_next(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    assert groupcall.dial_request is not None
    ctx = system_context(fake, groupcall.customer_id)
    groupcall.dial_index += 1
    groupcall.tm_update = fake.clock.timestamp()
    following = groupcall.destinations[groupcall.dial_index]
    (id,) = _named(ctx, groupcall, (following,))
    _child(ctx, groupcall.dial_request, following, groupcall, id, "ring_all")


def _end(fake: FakeVoipbin, groupcall: Groupcall) -> None:
    groupcall.status, groupcall.tm_update = "hangup", fake.clock.timestamp()
    events.emit(fake, "groupcall_hangup", groupcall)
    master = fake.state.groupcalls.get(groupcall.master_groupcall_id)
    if master is not None:
        _one_less(fake, master, nested=True)

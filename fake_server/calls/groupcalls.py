"""Groupcalls: several calls, in parallel or one after the other. The first answer wins (calls.md 5)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from ...contracts.formats.go_uuids import NIL, parse_gofrs
from ...contracts.rules import groupcalls as rules
from ...contracts.rules.telephony import call_gates
from ..world.journal import Exchange
from ..world.records import Call, Groupcall
from ..world.state import Section
from ..world.values import EMPTY_MAP, Address, DialRequest
from ..world.world import RuleContext, World
from . import GROUP_TYPES, agents
from .creation import DestinationDropped, create_call, normalised, owner_of, unsupported_type_error
from .schedule import within_limit

T = TypeVar("T")
RING_METHODS = ("ring_all", "linear")
LEG_DELAY = 0.2
"""Seconds from the creation of a groupcall to that of its calls, where they are created later."""
_MAX_DEPTH = 5
"""How deep groupcalls may nest: an agent may have its own address."""


class Leg(NamedTuple):
    """A call or nested groupcall of a groupcall, whose id is known before it is created.

    `alone` is true if it is the only one of a groupcall that is not linear. `entry` is the request that caused it.
    """

    due: datetime
    id: str
    groupcall_id: str
    destination: Address
    request: DialRequest
    ring_method: str
    alone: bool
    entry: Exchange
    polled: bool = False


PENDING_LEGS: Section[OrderedDict[str, Leg]] = Section.late("pending legs", OrderedDict)
"""The legs that are still to be created, by id, in the order of time."""


class Groupcalls:
    """Creates and drives groupcalls. `hang_up` hangs up a call on behalf of VoIPbin."""

    def __init__(self, world: World, hang_up: Callable[[Call], None]) -> None:
        self._world = world
        self._hang_up_call = hang_up

    # creation

    def create(
        self,
        ctx: RuleContext,
        request: DialRequest,
        destinations: Sequence[Address],
        ring_method: str,
        answer_method: str,
        **fields: Any,
    ) -> Groupcall:
        """Create a groupcall. Raises DestinationDropped if its only destination cannot be called."""
        if ring_method == "linear":
            return self._create_linear(ctx, request, destinations, answer_method, **fields)
        if len(destinations) == 1:
            return self.create_for_destination(ctx, request, destinations[0], answer_method=answer_method, **fields)
        groupcall = _record(ctx, request, destinations, answer_method=answer_method, **fields)
        return self._ring(ctx, request, groupcall, destinations, "ring_all")

    def create_for_destination(
        self, ctx: RuleContext, request: DialRequest, destination: Address, **fields: Any
    ) -> Groupcall:
        """Create the groupcall of an agent or extension, with one call per address or contact (calls.md 5.3)."""
        owner, addresses, ring_method = _resolve(ctx, destination)
        groupcall = _record(
            ctx, request, (destination,), owner_type="agent" if owner else "", owner_id=owner or NIL, **fields
        )
        addresses = ctx.follows(rules.one_call_per_address, addresses)
        return self._ring(ctx, request, groupcall, addresses, ring_method, alone=True)

    def _create_linear(
        self,
        ctx: RuleContext,
        request: DialRequest,
        destinations: Sequence[Address],
        answer_method: str,
        **fields: Any,
    ) -> Groupcall:
        """Create a groupcall that dials each destination after the one before has not answered."""
        groupcall = _record(
            ctx,
            request,
            destinations,
            ring_method="linear",
            answer_method=answer_method,
            dial_request=request,
            **fields,
        )
        return self._ring(ctx, request, groupcall, destinations[:1], "ring_all")

    def _ring(
        self,
        ctx: RuleContext,
        request: DialRequest,
        groupcall: Groupcall,
        destinations: Sequence[Address],
        ring_method: str,
        *,
        alone: bool = False,
    ) -> Groupcall:
        """Dial the first destinations of a groupcall. Their ids are known before any of them is dialled."""
        ids = _reserve_ids(ctx, groupcall, destinations)
        ctx.world.emit("groupcall_created", groupcall)
        agents.groupcall_created(ctx.world, groupcall)
        for id, destination in zip(ids, destinations, strict=True):
            self._dial(ctx, request, destination, groupcall, id, ring_method, alone=alone)
        return groupcall

    def _dial(
        self,
        ctx: RuleContext,
        request: DialRequest,
        destination: Address,
        groupcall: Groupcall,
        id: str,
        ring_method: str,
        *,
        alone: bool,
    ) -> None:
        """Dial one destination of a groupcall by the normal route: without a forced provider, without metadata."""
        unforced = replace(request, provider_id=NIL, metadata=EMPTY_MAP)
        request = ctx.follows(rules.children_are_not_forced, unforced, request)
        due = within_limit(ctx.world.clock.now(), LEG_DELAY)
        leg = Leg(due, id, groupcall.id, destination, request, ring_method, alone, ctx.entry)
        if ctx.flag(rules.legs_follow_the_response):
            PENDING_LEGS.of(ctx.state)[id] = leg
        else:
            self._create_leg(ctx, leg)

    def _create_leg(self, ctx: RuleContext, leg: Leg) -> None:
        groupcall = ctx.state.groupcalls[leg.groupcall_id]
        nested = leg.destination.type in GROUP_TYPES
        try:
            if nested:
                _check_depth(ctx, groupcall)
                self._create_nested(ctx, groupcall, leg)
            else:
                create_call(ctx, leg.request, leg.destination, groupcall, leg.id)
        except DestinationDropped as error:
            leg.entry.add_note(f"the groupcall's destination {leg.destination.target!r} was dropped: {error}")
            self._leg_failed(groupcall, leg, nested=nested)

    def _create_nested(self, ctx: RuleContext, groupcall: Groupcall, leg: Leg) -> None:
        master, ring_method = groupcall.id, leg.ring_method
        if groupcall.ring_method == "linear" and groupcall.dial_index == 0 and not ctx.flag(rules.nested_are_linked):
            # The servers pass on the master's own master and ring method instead of the master.
            master = groupcall.master_groupcall_id
            self.create_for_destination(
                ctx, leg.request, leg.destination, id=leg.id, master_groupcall_id=master, ring_method="linear"
            )
            return
        destinations: tuple[Address, ...] = (leg.destination,)
        answer_method = "hangup_others"
        later = groupcall.ring_method == "linear" and groupcall.dial_index > 0
        if later and self._world.enforces(rules.later_linear_stores_addresses):
            _, destinations, ring_method = _resolve(ctx, leg.destination)
            answer_method = groupcall.answer_method
        if not destinations:
            raise DestinationDropped("it has no address")
        self.create(ctx, leg.request, destinations, ring_method, answer_method, id=leg.id, master_groupcall_id=master)

    def _leg_failed(self, groupcall: Groupcall, leg: Leg, *, nested: bool) -> None:
        """Count a leg that cannot be dialled. The servers count most of them as nested groupcalls."""
        if not self._world.enforces(rules.failed_leg_ends):
            return
        if self._world.flag(rules.failed_legs_count):
            self._child_ended(groupcall, nested=nested)
        elif not (leg.alone and nested):
            first_linear = groupcall.ring_method == "linear" and groupcall.dial_index == 0
            several = groupcall.ring_method != "linear" and not leg.alone
            self._child_ended(groupcall, nested=nested or first_linear or several)

    # legs that are created later

    @property
    def next_leg_due(self) -> datetime | None:
        """The time at which the next leg is created; None if no leg is pending."""
        pending = PENDING_LEGS.of(self._world.state)
        return next(iter(pending.values())).due if pending else None

    def create_next_leg(self) -> None:
        """Create the leg that is due first."""
        state = self._world.state
        _, leg = PENDING_LEGS.of(state).popitem(last=False)
        ctx = self._world.system_context(state.groupcalls[leg.groupcall_id].customer_id)
        # Its rules count for the latest request, as all that are checked outside one.
        ctx.trace = self._world.journal.trace
        self._create_leg(ctx, leg)

    def poll_leg(self, id: str) -> datetime | None:
        """Note that a client has asked for a pending leg. Return when it is created if the client had asked before."""
        pending = PENDING_LEGS.of(self._world.state)
        leg = pending.get(id)
        if leg is None:
            return None
        pending[id] = leg._replace(polled=True)
        return leg.due if leg.polled else None

    # answers and hangups

    def answered(self, groupcall: Groupcall, call: Call) -> None:
        """Handle an answer: the first one wins. The others are hung up unless the answer method differs (5.4)."""
        groupcall.answer_call_id = call.id
        self._won(groupcall)

    def _won(self, groupcall: Groupcall) -> None:
        world = self._world
        groupcall.tm_update = world.clock.timestamp()
        world.emit("groupcall_progressing", groupcall)
        agents.groupcall_answered(world, groupcall)
        master = world.state.groupcalls.get(groupcall.master_groupcall_id)
        if master is not None:
            if world.flag(rules.nested_are_linked):
                master.answer_groupcall_id = groupcall.id
                self._won(master)
        elif groupcall.answer_method == "hangup_others" and world.enforces(rules.first_answer_wins):
            self._hang_up_others(groupcall)

    def _hang_up_others(self, groupcall: Groupcall) -> None:
        for call in _created(groupcall.call_ids, self._world.state.calls):
            if call.id != groupcall.answer_call_id:
                self._hang_up_call(call)
        nested = _created(groupcall.groupcall_ids, self._world.state.groupcalls)
        if nested and self._world.flag(rules.nested_are_linked):
            for one in nested:
                self._hang_up_others(one)

    def hang_up(self, groupcall: Groupcall) -> None:
        """Hang up each call of a groupcall, and of its nested groupcalls, on behalf of VoIPbin."""
        groupcall.status, groupcall.tm_update = "hangingup", self._world.clock.timestamp()
        for call in _created(groupcall.call_ids, self._world.state.calls):
            self._hang_up_call(call)
        for nested in _created(groupcall.groupcall_ids, self._world.state.groupcalls):
            self.hang_up(nested)

    def call_ended(self, groupcall: Groupcall) -> None:
        """Handle the end of one of a groupcall's calls."""
        self._child_ended(groupcall, nested=False)

    def _child_ended(self, groupcall: Groupcall, *, nested: bool) -> None:
        if nested:
            groupcall.groupcall_count -= 1
        else:
            groupcall.call_count -= 1
        if self._world.enforces(rules.changes_with_its_calls):
            groupcall.tm_update = self._world.clock.timestamp()
        left = groupcall.call_count > 0 or groupcall.groupcall_count > 0
        if left or not self._world.enforces(rules.ends_with_its_calls):
            return
        won = groupcall.answer_call_id != NIL or groupcall.answer_groupcall_id != NIL
        if not won and groupcall.status == "progressing" and self._has_next(groupcall):
            self._dial_next(groupcall)
        else:
            self._end(groupcall)

    def _has_next(self, groupcall: Groupcall) -> bool:
        """Return whether a linear groupcall has a further destination, and its masters still want it to continue."""
        state = self._world.state
        left = groupcall.dial_request is not None and groupcall.dial_index + 1 < len(groupcall.destinations)
        call = state.calls.get(groupcall.master_call_id)
        master = state.groupcalls.get(groupcall.master_groupcall_id)
        wanted = call is None or call.status not in ("hangup", "canceling", "terminating")
        return left and wanted and (master is None or master.status == "progressing")

    def _dial_next(self, groupcall: Groupcall) -> None:
        assert groupcall.dial_request is not None
        ctx = self._world.system_context(groupcall.customer_id)
        following = groupcall.destinations[groupcall.dial_index + 1]
        if not (ctx.flag(rules.failed_legs_count) or _is_known(ctx, following)):
            # The servers give up, and leave the groupcall as it is.
            return
        groupcall.dial_index += 1
        groupcall.tm_update = self._world.clock.timestamp()
        (id,) = _reserve_ids(ctx, groupcall, (following,))
        # Only the first call has the variables of the request.
        request = replace(groupcall.dial_request, variables=EMPTY_MAP)
        self._dial(ctx, request, following, groupcall, id, "ring_all", alone=False)

    def _end(self, groupcall: Groupcall) -> None:
        world = self._world
        groupcall.status, groupcall.tm_update = "hangup", world.clock.timestamp()
        world.emit("groupcall_hangup", groupcall)
        master = world.state.groupcalls.get(groupcall.master_groupcall_id)
        if master is not None:
            self._child_ended(master, nested=True)


def _record(ctx: RuleContext, request: DialRequest, destinations: Sequence[Address], **fields: Any) -> Groupcall:
    normalise = ctx.flag(call_gates.numbers_normalised)
    groupcall = Groupcall(
        id=fields.pop("id", "") or ctx.world.ids.uuid(),
        tm_create=ctx.world.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        flow_id=request.flow_id,
        source=normalised(request.source) if normalise else request.source,
        destinations=tuple(map(normalised, destinations) if normalise else destinations),
        master_call_id=request.master_call_id,
        **fields,
    )
    return ctx.state.groupcalls.add(groupcall)


def _reserve_ids(ctx: RuleContext, groupcall: Groupcall, destinations: Sequence[Address]) -> list[str]:
    """Return ids for further calls and nested groupcalls of a groupcall, which counts them from now on."""
    ids = [ctx.world.ids.uuid() for _ in destinations]
    nested = [destination.type in GROUP_TYPES for destination in destinations]
    calls = tuple(id for id, group in zip(ids, nested, strict=True) if not group)
    groups = tuple(id for id, group in zip(ids, nested, strict=True) if group)
    groupcall.call_ids, groupcall.groupcall_ids = groupcall.call_ids + calls, groupcall.groupcall_ids + groups
    groupcall.call_count += len(calls)
    groupcall.groupcall_count += len(groups)
    return ids


def _created(ids: Iterable[str], table: Mapping[str, T]) -> list[T]:
    """Return the calls or groupcalls that were created. One that failed a check never is."""
    return [table[id] for id in ids if id in table]


def _check_depth(ctx: RuleContext, groupcall: Groupcall) -> None:
    depth = 0
    master: Groupcall | None = groupcall
    while master is not None:
        depth, master = depth + 1, ctx.state.groupcalls.get(master.master_groupcall_id)
    if depth >= _MAX_DEPTH:
        raise DestinationDropped(f"groupcalls can be nested at most {_MAX_DEPTH} deep")


# destinations


def _resolve(ctx: RuleContext, destination: Address) -> tuple[str, tuple[Address, ...], str]:
    """Return the agent of a destination, its addresses, and the ring method of its nested groupcalls."""
    if destination.type == "agent":
        return _agent(ctx, destination)
    if destination.type == "extension":
        return owner_of(ctx, destination), _contacts(ctx, destination), "ring_all"
    if destination.type in ("tel", "sip"):
        return owner_of(ctx, destination), (destination,), "ring_all"
    raise unsupported_type_error(destination)


def _is_known(ctx: RuleContext, destination: Address) -> bool:
    """Return whether a destination that becomes a groupcall has addresses that can be looked up."""
    try:
        return destination.type not in GROUP_TYPES or bool(_resolve(ctx, destination))
    except DestinationDropped:
        return False


def _agent(ctx: RuleContext, destination: Address) -> tuple[str, tuple[Address, ...], str]:
    agent = ctx.state.agents.get(parse_gofrs(destination.target) or NIL)
    own = agent is not None and agent.customer_id == ctx.principal.customer_id
    if not ctx.allows(call_gates.agent_exists, own):
        raise DestinationDropped(f"the customer has no agent {destination.target!r}")
    if agent is None:
        return "", (), "ring_all"
    return agent.id, agent.addresses, "linear" if agent.ring_method == "linear" else "ring_all"


def _contacts(ctx: RuleContext, destination: Address) -> tuple[Address, ...]:
    """Return the registered contacts of an extension, which is found by its target_name."""
    customer = ctx.state.customers[ctx.principal.customer_id]
    contacts = customer.extensions.get(destination.target_name, ())
    if not contacts and ctx.flag(call_gates.extension_has_contact):
        raise DestinationDropped(f"the extension {destination.target_name!r} has no registered contact")
    return tuple(Address("sip", contact, destination.target_name) for contact in contacts)

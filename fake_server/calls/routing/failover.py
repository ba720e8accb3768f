"""Failover: a call that cannot reach its callee is dialled by its next route (routing.md 3)."""

from __future__ import annotations

from ....contracts.rules.routing import dialroutes as rules
from ...world.records import Call
from ...world.values import Attempt
from ...world.world import World
from .routes import providers_for

FAILURES = frozenset({"failed", "dialout"})
"""The hangup_reasons of calls that another route might place. Any other is the callee's decision."""


def take_next_route(world: World, call: Call, reason: str) -> bool:
    """Give an unanswered call its next route. Return whether it is to be dialled again; otherwise it ends."""
    following = _following(world, call)
    if not following or (call.early_execution and call.status == "ringing"):
        return False
    failure = reason in FAILURES
    rule = rules.failed_call_fails_over if failure else rules.callee_decides
    if world.enforces(rule) is not failure:
        return False
    now = world.clock.timestamp()
    call.tm_update = now
    if following[0] not in world.state.providers:
        # There is no INVITE without a provider: the call ends as this attempt did.
        world.emit("call_updated", call)
        return False
    if call.sent_invite is not None:
        attempt = Attempt(call.tm_dialled or call.tm_create, now, call.carrier_id, call.sent_invite, call.sip)
        call.attempts = (*call.attempts, attempt)
    call.dialroutes, call.tm_dialled, call.sip = following, now, 0
    world.emit("call_updated", call)
    return True


def _following(world: World, call: Call) -> tuple[str, ...]:
    """Return the providers of the routes after the present one."""
    if call.dialroutes:
        return call.dialroutes[1:]
    # A forced provider has no routes: only a faulty server looks for some.
    found = providers_for(world.system_context(call.customer_id), call.customer_id, call.destination.target)
    return tuple(one for one in found if one != call.provider_id)

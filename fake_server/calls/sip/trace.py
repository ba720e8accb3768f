"""The SIP messages of a call, made from its ladder: their times are the ladder's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from ...world.records import Call
from ...world.values import Invite
from ...world.world import World
from ..ladder import FROM_CARRIER, NO_RESPONSE, TO_CARRIER, LadderStep, steps_of_last_attempt
from .addresses import VOIPBIN, SocketAddress, carrier_address
from .dialogue import Dialogue

_PARTICIPANTS = (TO_CARRIER, FROM_CARRIER)


class SipMessage(NamedTuple):
    """One SIP message: its time, its method (of a response, its status), its addresses and its text."""

    at: datetime
    method: str
    source: SocketAddress
    destination: SocketAddress
    raw: str


def sip_messages(world: World, call: Call) -> list[SipMessage]:
    """Return the SIP messages between VoIPbin and the carrier, in the order of time; none for an orphan.

    Each attempt is a dialogue of its own. The servers know the SIP Call-ID of one, the last.
    """
    invite = call.invite
    if invite is None:
        return []
    return list(_messages(steps_of_last_attempt(world, call), call, invite))


def _messages(steps: list[LadderStep], call: Call, invite: Invite) -> Iterator[SipMessage]:
    carrier = carrier_address(invite.uri)
    dialogue = Dialogue(call, invite, carrier)
    is_silent = any(step.event == NO_RESPONSE for step in steps)
    for step in steps:
        if step.participants not in _PARTICIPANTS or step.event == NO_RESPONSE:
            continue
        for outgoing, line in _exchange(step, is_silent=is_silent):
            source, destination = (VOIPBIN, carrier) if outgoing else (carrier, VOIPBIN)
            method = line.partition(" ")[0]
            yield SipMessage(step.at, method, source, destination, dialogue.message(line, outgoing=outgoing))


def _exchange(step: LadderStep, *, is_silent: bool) -> list[tuple[bool, str]]:
    """Return the messages of a step, each with whether VoIPbin sends it: a request is answered at once."""
    outgoing = step.participants == TO_CARRIER
    method = step.event.partition(" ")[0]
    if method == "INVITE":
        return [(True, method)] if is_silent else [(True, method), (False, "100 Trying")]
    if method == "CANCEL":
        return [(True, method), (False, "200 OK CANCEL"), (False, "487 Request Terminated"), (True, "ACK")]
    if method == "BYE":
        return [(outgoing, method), (not outgoing, "200 OK BYE")]
    if re.match("1[0-9][0-9]", method):
        return [(False, step.event)]
    return [(False, step.event), (True, "ACK")]

"""The ladder: what happened around one call, from the client's request to the hang-up, on the fake's clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .journal import Exchange
    from .records import Call

_CLIENT = "client  -> VoIPbin"
_OUT = "VoIPbin -> carrier"
_IN = "VoIPbin <- carrier"
_BY_TIMER = ("dialout", "timeout")
"""The reasons of VoIPbin's own timers: the API says `remote` of them (calls.md 2.3)."""
_SIP = {
    603: "Decline",
    486: "Busy Here",
    480: "Temporarily Unavailable",
    408: "Request Timeout",
    600: "Busy Everywhere",
}


def ladder(call: Call, journal: Iterable[Exchange]) -> str:
    """The rungs of a call, one line each: seconds since it was placed, who told whom, and what."""
    rungs = sorted([*_asked(call, journal), *_signalled(call)], key=lambda rung: rung[0])
    lines = [f"{(at - call.tm_create).total_seconds():10.3f} s  {who}  {what}" for at, who, what in rungs]
    end = f", {call.hangup_reason} ({call.hangup_by})" if call.status == "hangup" else ""
    return "\n".join([f"call {call.id} to {call.destination.target}: {call.status}{end}", *lines])


_Rung = tuple[datetime, str, str]


def _asked(call: Call, journal: Iterable[Exchange]) -> Iterator[_Rung]:
    """The request that placed the call, and those about it since."""
    placing = None
    for entry in journal:
        path = entry.url.partition("?")[0]
        if entry.method == "POST" and path.endswith(("/providercalls", "/calls")) and entry.at <= call.tm_create:
            placing = entry
        elif call.id in path:
            yield _rung(entry)
    # A call that another one made, or a test, was placed by no request.
    if placing is not None:
        yield _rung(placing)


def _rung(entry: Exchange) -> _Rung:
    more = f", refused by {entry.refused_by}" if entry.refused_by else ""
    more += f", fault: {entry.fault}" if entry.fault else ""
    return entry.at, _CLIENT, f"{entry.method} {entry.url.partition('?')[0]}: {entry.status or 'nothing'}{more}"


def _signalled(call: Call) -> Iterator[_Rung]:
    invite = call.invite
    if invite is None:
        yield call.tm_create, "VoIPbin", "no INVITE: an orphan call has no channel"
        return
    caller = f'From "{invite.from_name}" <{invite.from_number}>'
    yield call.tm_create, _OUT, f"INVITE {invite.uri}, {caller}"
    if call.tm_ringing is not None:
        yield call.tm_ringing, _IN, "180 Ringing"
    if call.tm_progressing is not None:
        yield call.tm_progressing, _IN, "200 OK"
    if call.tm_hangup is not None:
        yield call.tm_hangup, *_end(call)


def _end(call: Call) -> tuple[str, str]:
    if call.sip:
        return _IN, f"{call.sip} {_SIP.get(call.sip) or _phrase(call.sip)}".rstrip()
    answered = call.tm_progressing is not None
    if call.hangup_by == "local" or call.hangup_reason in _BY_TIMER:
        return _OUT, "BYE" if answered else "CANCEL"
    return _IN, "BYE" if answered else "no answer to the INVITE"


def _phrase(sip: int) -> str:
    """SIP took most of its phrases from HTTP."""
    return HTTPStatus(sip).phrase if sip in HTTPStatus._value2member_map_ else ""

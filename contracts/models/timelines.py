"""The wire models of timelines: events, SIP messages and the quality of a call (flows.md 6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from .responses import OMIT_EMPTY_ALWAYS, Activeflow, Call, Flow, WireModel

_DAY_AND_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
Milliseconds = Annotated[str, StringConstraints(pattern=rf"^{_DAY_AND_TIME}\.[0-9]{{3}}Z$")]
"""A timestamp with exactly three decimals, in every edition."""
ShortMilliseconds = Annotated[str, StringConstraints(pattern=rf"^{_DAY_AND_TIME}(\.[0-9]{{1,3}})?Z$")]
"""The same without trailing zeros."""
Microseconds = Annotated[str, StringConstraints(pattern=rf"^({_DAY_AND_TIME}\.[0-9]{{6}}Z)?$")]


class TimelineEvent(WireModel):
    """One event of a call, an activeflow or a flow, with the resource as it was then."""

    timestamp: Milliseconds
    event_type: str
    data: Call | Activeflow | Flow


class Timeline(WireModel):
    """A page of events, the newest first. Only a page before others has a token."""

    result: list[TimelineEvent]
    next_page_token: Annotated[Microseconds, OMIT_EMPTY_ALWAYS] = ""


class SipMessage(WireModel):
    """One SIP message between VoIPbin and the carrier. The `method` of a response is its status."""

    timestamp: ShortMilliseconds
    method: str
    src_ip: str
    src_port: int
    dst_ip: str
    dst_port: int
    raw: str


class RtcpStats(WireModel):
    """The quality of the audio, as the media proxy measured it: jitter in ms, rtt in microseconds."""

    mos: float
    jitter: int
    packet_loss_pct: float
    rtt: int
    rtp_bytes: int
    rtp_packets: int
    rtp_errors: int
    rtcp_bytes: int
    rtcp_packets: int
    rtcp_errors: int


class SipAnalysis(WireModel):
    """The SIP messages of a call; its quality once it has ended with a BYE."""

    sip_messages: list[SipMessage]
    rtcp_stats: RtcpStats | None

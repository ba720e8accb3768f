"""/timelines: the events of a resource, the SIP messages of a call (flows.md 6, calls.md 1.13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....contracts.http import Response
from ....contracts.rules.telephony import timelines as rules
from ...calls.sip import quality
from ...calls.sip.packets import pcap
from ...calls.sip.trace import SipMessage, sip_messages
from ...events.event import EVENTS, Event
from ...events.flow_events import FlowEvent, flow_events
from ...flows import lookup
from ...wire.timestamps import parse_time, rfc3339, rfc3339_micro
from ...world.records import Activeflow, Call, Flow
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier

_TYPES = ("calls", "conferences", "flows", "activeflows")
_MAX_EVENTS = 1000
_EVENTS = Tier(STAFF, rules.staff_only, rules.no_direct_access)
_SIP = Tier(STAFF, rules.sip_staff_only, rules.sip_no_direct_access)


def events(ctx: RequestContext) -> dict[str, Any]:
    type = ctx.params[0]
    id = ctx.any_typed_id("resource_id", 1)
    size, token = ctx.page_size(_MAX_EVENTS), ctx.page_token()
    ctx.require(rules.resource_type_known, type in _TYPES)
    _require_user(ctx)
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    record = _resource(ctx, type, id)
    ctx.authorise_owner(record.customer_id, rules.own_customer_only)
    before = parse_time(token) if token else None
    ctx.require(rules.page_token_valid, not token or before is not None)
    found = ctx.follows(
        rules.newest_first,
        [event for event in reversed(_events_of(ctx, record)) if before is None or event.at < before],
    )
    page: dict[str, Any] = {"result": [_shown(event) for event in found[:size]]}
    more = ctx.follows(rules.token_only_before_more, len(found) > size, found)
    return page | {"next_page_token": rfc3339_micro(found[:size][-1].at)} if more else page


def _events_of(ctx: RequestContext, record: Call | Activeflow | Flow) -> Sequence[Event | FlowEvent]:
    if isinstance(record, Flow):
        return flow_events(ctx.state, record, ctx.render(record))
    return EVENTS.of(ctx.state).of(record.id)


def _shown(event: Event | FlowEvent) -> dict[str, Any]:
    timestamp = event.at.replace(tzinfo=None).isoformat("T", "milliseconds") + "Z"
    return {"timestamp": timestamp, "event_type": event.type, "data": event.data}


def _resource(ctx: RequestContext, type: str, id: str) -> Call | Activeflow | Flow:
    """Return the resource in the path. There are no conferences."""
    ctx.require(rules.conference_exists, type != "conferences")
    if type == "calls":
        call = ctx.require_value(rules.call_exists, ctx.state.calls.get(id), id)
        ctx.require(rules.call_not_deleted, call.tm_delete is None)
        return call
    if type == "flows":
        flow = ctx.require_value(rules.flow_exists, lookup.find_flow(ctx.world, id), id)
        ctx.require(rules.flow_not_deleted, flow.tm_delete is None)
        return flow
    activeflow = ctx.require_value(rules.activeflow_exists, ctx.state.activeflows.get(id), id)
    ctx.require(rules.activeflow_not_deleted, activeflow.tm_delete is None)
    return activeflow


def sip_analysis(ctx: RequestContext) -> dict[str, Any]:
    call = _call(ctx)
    messages = ctx.follows(rules.sip_messages_in_order, sip_messages(ctx.world, call))
    return {"sip_messages": [_shown_message(one) for one in messages], "rtcp_stats": quality.rtcp_stats(call)}


def _shown_message(message: SipMessage) -> dict[str, Any]:
    at = message.at.replace(microsecond=message.at.microsecond // 1000 * 1000)
    (src_ip, src_port), (dst_ip, dst_port) = message.source, message.destination
    return {
        "timestamp": rfc3339(at),
        "method": message.method,
        "src_ip": src_ip,
        "src_port": src_port,
        "dst_ip": dst_ip,
        "dst_port": dst_port,
        "raw": message.raw,
    }


def download_pcap(ctx: RequestContext) -> Response:
    call = _call(ctx)
    headers = (
        ("Content-Type", "application/vnd.tcpdump.pcap"),
        ("Content-Disposition", f'attachment; filename="call-{call.id}.pcap"'),
    )
    return ctx.follows(rules.pcap_is_a_file, Response(200, headers, pcap(sip_messages(ctx.world, call))))


def _call(ctx: RequestContext) -> Call:
    """Return the call in the path, which has SIP messages."""
    id = ctx.any_typed_id("call_id")
    _require_user(ctx)
    ctx.require(rules.sip_no_direct_access, ctx.principal.kind != "direct")
    found = ctx.state.calls.get(id)
    call = ctx.require_value(rules.sip_call_exists, found if found is None or found.tm_delete is None else None, id)
    ctx.authorise_owner(call.customer_id, rules.sip_own_customer_only)
    ctx.require(rules.sip_needs_a_channel, not call.orphan)
    ctx.require(rules.sip_needs_an_answer, call.tm_progressing is not None)
    return call


def _require_user(ctx: RequestContext) -> None:
    ctx.require(rules.no_accesskey, ctx.principal.kind != "accesskey")


ROUTES = (
    Route("GET", "/timelines/{resource_type}/{resource_id}/events", events, _EVENTS),
    Route("GET", "/timelines/calls/{call_id}/sip-analysis", sip_analysis, _SIP),
    Route("GET", "/timelines/calls/{call_id}/pcap", download_pcap, _SIP),
)

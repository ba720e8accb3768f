"""Mutants of the rules of timelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ....contracts.formats.go_uuids import NIL
from ....contracts.http import Response
from ....contracts.rules.telephony import timelines as rules
from ...gateway.request_context import RequestContext
from ...world.records import Activeflow, Call, Flow
from ...world.values import Address
from ..registry import mutant

T = TypeVar("T")


@mutant(rules.call_exists)
@mutant(rules.sip_call_exists)
def invent_call(ctx: RequestContext, _: None, id: str) -> Call:
    now = ctx.world.clock.now()
    return Call(
        id=id,
        tm_create=now,
        tm_progressing=now,
        customer_id=ctx.principal.customer_id,
        flow_id=NIL,
        activeflow_id=NIL,
        source=Address(),
        destination=Address(),
        status="hangup",
        call_engine=ctx.calls,
    )


@mutant(rules.activeflow_exists)
def invent_activeflow(ctx: RequestContext, _: None, id: str) -> Activeflow:
    customer = ctx.principal.customer_id
    return Activeflow(id=id, tm_create=ctx.world.clock.now(), customer_id=customer, flow_id=NIL)


@mutant(rules.flow_exists)
def invent_flow(ctx: RequestContext, _: None, id: str) -> Flow:
    return Flow(id=id, tm_create=ctx.world.clock.now(), customer_id=ctx.principal.customer_id)


@mutant(rules.newest_first)
@mutant(rules.sip_messages_in_order)
def reverse(ctx: RequestContext, rows: Sequence[T], _: None) -> list[T]:
    return list(rows)[::-1]


@mutant(rules.token_only_before_more)
def token_on_every_page(ctx: RequestContext, more: bool, found: Sequence[object]) -> bool:
    return bool(found)


@mutant(rules.pcap_is_a_file)
def send_as_text(ctx: RequestContext, file: Response, _: None) -> Response:
    return file._replace(headers=(("Content-Type", "text/plain"),))

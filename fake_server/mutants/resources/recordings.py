"""Mutants of the rules of recordings."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL
from ....contracts.http import Response
from ....contracts.rules.telephony import recordings as rules
from ...gateway.request_context import RequestContext
from ...world.records import Recording
from ..registry import mutant

Json = dict[str, Any]


@mutant(rules.exists)
def invent_recording(ctx: RequestContext, _: None, id: str) -> Recording:
    customer = ctx.principal.customer_id
    now = ctx.world.clock.now()
    return Recording(id=id, tm_create=now, customer_id=customer, activeflow_id=NIL, reference_id=NIL)


@mutant(rules.recording_ends)
def never_end(ctx: RequestContext, recording: Json, _: None) -> Json:
    return {**recording, "status": "recording"}


@mutant(rules.lists_own_recordings)
def list_all_customers(ctx: RequestContext, owner: str, _: None) -> str:
    return ""


@mutant(rules.redirects_to_file)
def return_link(ctx: RequestContext, redirect: Response, _: None) -> Response:
    return redirect._replace(status=200)

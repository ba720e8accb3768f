"""Consistency checks between a request and its response."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..editions import Edition
from ..formats.go_uuids import NIL, parse_gofrs, parse_google
from ..models import accounts, routing
from ..models import responses as wire
from ..models.recordings import Recording
from ..models.timelines import SipAnalysis, Timeline
from ..rules.providercall_placement import source_given
from .request import ParsedRequest

Inconsistency = tuple[str, str]
"""The id of a rule or the name of a wire model, and a message."""
_ADDRESS: Final = ("type", "target", "target_name", "name", "detail")
_SETS_TM_DELETE: Final = {
    wire.Provider: "PV-DEL-01",
    wire.ProviderCall: "PC-DEL-01",
    wire.Call: "CL-DEL-01",
    wire.Groupcall: "GC-GET-03",
    wire.Flow: "FL-DEL-01",
    wire.Accesskey: "AK-DEL-01",
    Recording: "RC-DEL-01",
    routing.OutboundConfig: "OC-DEL-01",
    routing.Route: "RT-DEL-01",
}
"""The rule that DELETE sets tm_delete, by model."""
_NOT_READABLE: Final = {
    wire.Call: "CL-GET-02",
    wire.Flow: "FL-GET-02",
    wire.Accesskey: "AK-GET-03",
    Recording: "RC-GET-02",
    accounts.Number: "NU-GET-03",
}
"""The rule that a deleted record cannot be read, by model."""
_ENDED_BY: Final = {
    "amd": "local",
    "cancel": "local",
    "busy": "remote",
    "dialout": "remote",
    "failed": "remote",
    "no_answer": "remote",
    "noanswer": "remote",
    "timeout": "remote",
}
_TIME: Final = re.compile(r"([0-9-]{10})[T ]([0-9:]{8})(?:\.([0-9]{1,9}))?Z?")


def inconsistencies(request: ParsedRequest, body: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    """Yield what no server of an edition would send, in a body that matches its wire model."""
    if request.operation.is_list:
        yield from _page(request, body)
    else:
        yield from _record(request, body)
    for call in _all(wire.Call, "calls", request, body):
        yield from _call(call)
    for record in _all(wire.ProviderCall, "", request, body):
        yield from _providercall(record, edition)
    if request.operation.name == "POST /v1.0/providercalls":
        yield from _placed_record(request, body, edition)
    elif request.operation.name == "POST /v1.0/calls":
        yield from _placed(request, body)


def _all(
    model: type[wire.WireModel], key: str, request: ParsedRequest, body: dict[str, Any]
) -> Iterable[dict[str, Any]]:
    """Return the records of a model in a response body."""
    if request.operation.model is model:
        rows: list[dict[str, Any]] = body["result"] if request.operation.is_list else [body]
        return rows
    found: list[dict[str, Any]] = body.get(key, []) if request.operation.model is wire.PlacedCalls else []
    return found


# lists


def _page(request: ParsedRequest, body: dict[str, Any]) -> Iterator[Inconsistency]:
    rows, token = body["result"], body["next_page_token"]
    times = [time for row in rows if (time := _instant(row.get("tm_create")))]
    size = _size(request)
    if len(rows) > size:
        yield "PC-LIST-05", f"{len(rows)} rows, but page_size is {size}"
    if bool(rows) is not bool(token):
        found = "has a next_page_token" if token else "has no next_page_token, but even the last page has one"
        yield "PC-LIST-04", f"a page with {len(rows)} rows {found}"
    elif rows and times and _instant(token) != times[-1]:
        yield "PC-LIST-04", "next_page_token is not the last row's tm_create"
    if times != sorted(times, reverse=True):
        yield "PC-LIST-06", "the rows are not sorted from newest to oldest"
    if any(row.get("tm_delete") for row in rows):
        yield "PC-LIST-03", "a deleted record is listed"
    before = _instant(request.query.get("page_token", [""])[0])
    if before and any(time >= before for time in times):
        yield "LS-TOKEN-01", "a row is not older than the page_token"


def _size(request: ParsedRequest) -> int:
    size = int(request.query.get("page_size", ["100"])[0])
    return size if 1 <= size <= 100 else 100


def _instant(text: str | None) -> str:
    """Convert a timestamp of any edition to comparable text; empty if it is not a timestamp."""
    match = _TIME.fullmatch(text or "")
    return f"{match[1]}T{match[2]}.{match[3] or '':0<9}" if match else ""


# single records


def _ids(model: type[Any], body: dict[str, Any]) -> list[object]:
    """Return the ids in a response that are that of the request's path."""
    if model is Timeline:
        return [event["data"]["id"] for event in body["result"]]
    return [] if model is SipAnalysis else [body.get("id")]


def _record(request: ParsedRequest, body: dict[str, Any]) -> Iterator[Inconsistency]:
    model, method = request.operation.model, request.operation.method
    own = _canonical(request.id) if request.id else None
    if own is not None and any(id != own for id in _ids(model, body)):
        yield model.__name__, "id differs from the id in the path"
    deleted = bool(body.get("tm_delete"))
    if method == "DELETE" and not deleted and body.get("name") != "tmp":
        yield _SETS_TM_DELETE[model], "tm_delete is not set"
    if method != "DELETE" and deleted and model in _NOT_READABLE:
        yield _NOT_READABLE[model], "a deleted record is returned"
    if method == "POST" and model is wire.Provider:
        if (body["tm_update"], body["tm_delete"]) != (None, None):
            yield "PV-NEW-05", "tm_update and tm_delete of a new provider must be null"
        if (body["health_status"], body["health_checked_at"]) != ("unknown", None):
            yield "PV-NEW-02", "health_status of a new provider must be unknown"
    if model is wire.Accesskey and bool(body.get("token")) is not (method == "POST"):
        yield "AK-NEW-01", "only POST returns the key's value"


def _canonical(id: str) -> str | None:
    return parse_gofrs(id) or parse_google(id)


def _call(call: Mapping[str, Any]) -> Iterator[Inconsistency]:
    ended = call["status"] == "hangup"
    for name in ("hangup_reason", "hangup_by", "tm_hangup"):
        if bool(call.get(name)) is not ended:
            yield "Call", f"{name} is {'missing' if ended else 'present'}, but the status is {call['status']}"
    by = _ENDED_BY.get(call.get("hangup_reason") or "")
    if by and call.get("hangup_by") not in (by, None, ""):
        yield "Call", f"hangup_by is {call['hangup_by']}, but hangup_reason is {call['hangup_reason']}"
    if bool(call.get("tm_progressing")) and call["status"] in ("dialing", "ringing", "canceling"):
        yield "Call", f"tm_progressing is present, but the status is {call['status']}"
    if not call.get("tm_progressing") and call["status"] in ("progressing", "terminating"):
        yield "Call", f"tm_progressing is missing, but the status is {call['status']}"


# placed calls


def _providercall(record: Mapping[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    placed = len(record["call_ids"]) + len(record["groupcall_ids"])
    if not placed:
        yield "PC-NEW-28", "call_ids and groupcall_ids are both empty, but a request that places nothing is refused"
    if placed > len(record["destinations"]):
        yield "PC-NEW-14", f"{placed} calls and groupcalls for {len(record['destinations'])} destinations"
    if record["source"] is None and source_given.answers[edition.name].refuses:
        yield "PC-NEW-01", "source is null, but the servers refuse a request without one"


def _placed_record(request: ParsedRequest, record: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    if record["tm_delete"] is not None:
        yield "PC-NEW-19", "tm_delete of a new record must be null"
    if record["tm_update"] != (record["tm_create"] if edition.sets_tm_update_on_create else None):
        yield "PC-NEW-18", f"tm_update is not {'tm_create' if edition.sets_tm_update_on_create else 'null'}"
    if request.body is not None:
        yield from _echoed(request, record, edition)


def _echoed(request: ParsedRequest, record: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    if parse_google(str(request.field("provider_id"))) not in (None, record["provider_id"]):
        yield "PC-NEW-06", "provider_id differs from the request"
    sent = request.field("destinations")
    if isinstance(sent, list) and [_address(one) for one in sent] != [_address(one) for one in record["destinations"]]:
        yield "PC-NEW-10", "destinations differ from the request"
    source = request.field("source")
    if isinstance(source, dict) and (record["source"] is None or _address(source) != _address(record["source"])):
        yield "PC-NEW-09", "source differs from the request"
    anonymous = request.field("anonymous")
    if anonymous is None and record["anonymous"] != "auto":
        yield "PC-NEW-11", "anonymous is not auto, its default"
    elif anonymous is not None and record["anonymous"] != anonymous:
        yield "PC-NEW-13", "anonymous differs from the request"
    yield from _flow(request, record["flow_id"], edition)


def _flow(request: ParsedRequest, flow_id: str, edition: Edition) -> Iterator[Inconsistency]:
    sent = parse_google(str(request.field("flow_id"))) or NIL
    if sent != NIL:
        if flow_id != sent:
            yield "PC-PRE-06", "flow_id differs from the request"
    elif not request.field("actions"):
        if flow_id != NIL:
            yield "PC-NEW-07", "flow_id is not the nil UUID, but the request has neither flow_id nor actions"
    elif (flow_id != NIL) is not edition.record_has_temporary_flow_id:
        yield "PC-NEW-08", "flow_id is the nil UUID" if flow_id == NIL else "flow_id is not the nil UUID"


def _address(value: Any) -> list[Any]:
    """Return the fields of an address in wire order. Names in a request are case-insensitive."""
    fields = {name.lower(): one for name, one in value.items()} if isinstance(value, dict) else {}
    return [fields.get(name) or "" for name in _ADDRESS]


def _placed(request: ParsedRequest, body: dict[str, Any]) -> Iterator[Inconsistency]:
    count = len(body["calls"]) + len(body["groupcalls"])
    if not count:
        yield "CL-NEW-05", "calls and groupcalls are both empty, but a request that places nothing is refused"
    sent = request.field("destinations")
    if isinstance(sent, list) and count > len(sent):
        yield "CL-NEW-01", f"{count} calls and groupcalls for {len(sent)} destinations"

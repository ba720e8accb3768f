"""What an answer must say for its request: the rules that can be seen in one exchange."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..editions import Edition
from ..go_uuids import NIL, parse_gofrs, parse_google
from ..models import responses as wire
from ..rules.providercalls import source_given
from .request import ParsedRequest

Inconsistency = tuple[str, str]
"""The id of a rule, or the name of a wire model, and what is wrong."""
_ADDRESS: Final = ("type", "target", "target_name", "name", "detail")
_DELETED: Final = {
    wire.Provider: "PV-DEL-01",
    wire.ProviderCall: "PC-DEL-01",
    wire.Call: "CL-DEL-01",
    wire.Groupcall: "GC-GET-03",
    wire.Flow: "FL-DEL-01",
    wire.Accesskey: "AK-DEL-01",
}
"""The rule by which the answer to a DELETE has tm_delete."""
_GONE: Final = {wire.Call: "CL-GET-02", wire.Flow: "FL-GET-02", wire.Accesskey: "AK-GET-03"}
"""The rule by which a deleted record is not read any more."""
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


def inconsistencies(asked: ParsedRequest, answer: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    """What no server of an edition answers so, in an answer that is written as its wire model says."""
    if asked.operation.is_list:
        yield from _page(asked, answer)
    else:
        yield from _record(asked, answer)
    for call in _all(wire.Call, "calls", asked, answer):
        yield from _call(call)
    for record in _all(wire.ProviderCall, "", asked, answer):
        yield from _providercall(record, edition)
    if asked.operation.name == "POST /v1.0/providercalls":
        yield from _placed_record(asked, answer, edition)
    elif asked.operation.name == "POST /v1.0/calls":
        yield from _placed(asked, answer)


def _all(
    model: type[wire.WireModel], key: str, asked: ParsedRequest, answer: dict[str, Any]
) -> Iterable[dict[str, Any]]:
    """The records of a model in an answer."""
    if asked.operation.model is model:
        rows: list[dict[str, Any]] = answer["result"] if asked.operation.is_list else [answer]
        return rows
    found: list[dict[str, Any]] = answer.get(key, []) if asked.operation.model is wire.PlacedCalls else []
    return found


# lists


def _page(asked: ParsedRequest, answer: dict[str, Any]) -> Iterator[Inconsistency]:
    rows, token = answer["result"], answer["next_page_token"]
    times = [time for row in rows if (time := _instant(row.get("tm_create")))]
    size = _size(asked)
    if len(rows) > size:
        yield "PC-LIST-05", f"{len(rows)} rows, where {size} were asked for"
    if bool(rows) is not bool(token):
        said = "has a next_page_token" if token else "has no next_page_token, which the last page has too"
        yield "PC-LIST-04", f"a page with {len(rows)} rows {said}"
    elif rows and times and _instant(token) != times[-1]:
        yield "PC-LIST-04", "next_page_token is not the last row's tm_create"
    if times != sorted(times, reverse=True):
        yield "PC-LIST-06", "the rows do not go from the newest to the oldest"
    if any(row.get("tm_delete") for row in rows):
        yield "PC-LIST-03", "a deleted record is listed"
    before = _instant(asked.query.get("page_token", [""])[0])
    if before and any(time >= before for time in times):
        yield "LS-TOKEN-01", "a row is not older than the page_token"


def _size(asked: ParsedRequest) -> int:
    size = int(asked.query.get("page_size", ["100"])[0])
    return size if 1 <= size <= 100 else 100


def _instant(text: str | None) -> str:
    """A timestamp of any edition as text that can be compared; empty for what is none."""
    match = _TIME.fullmatch(text or "")
    return f"{match[1]}T{match[2]}.{match[3] or '':0<9}" if match else ""


# single records


def _record(asked: ParsedRequest, answer: dict[str, Any]) -> Iterator[Inconsistency]:
    model, method = asked.operation.model, asked.operation.method
    if asked.id and _canonical(asked.id) not in (None, answer.get("id")):
        yield model.__name__, "id is not the one that was asked for"
    deleted = bool(answer.get("tm_delete"))
    if method == "DELETE" and not deleted and answer.get("name") != "tmp":
        yield _DELETED[model], "tm_delete is not set"
    if method != "DELETE" and deleted and model in _GONE:
        yield _GONE[model], "a deleted record is answered"
    if method == "POST" and model is wire.Provider:
        if (answer["tm_update"], answer["tm_delete"]) != (None, None):
            yield "PV-NEW-05", "a new provider has neither tm_update nor tm_delete"
        if (answer["health_status"], answer["health_checked_at"]) != ("unknown", None):
            yield "PV-NEW-02", "a new provider's health is unknown"
    if model is wire.Accesskey and bool(answer.get("token")) is not (method == "POST"):
        yield "AK-NEW-01", "the key's value is shown by POST, and by nothing else"


def _canonical(id: str) -> str | None:
    return parse_gofrs(id) or parse_google(id)


def _call(call: Mapping[str, Any]) -> Iterator[Inconsistency]:
    ended = call["status"] == "hangup"
    for name in ("hangup_reason", "hangup_by", "tm_hangup"):
        if bool(call.get(name)) is not ended:
            yield "Call", f"{name} is {'missing' if ended else 'there'}, and the status is {call['status']}"
    by = _ENDED_BY.get(call.get("hangup_reason") or "")
    if by and call.get("hangup_by") not in (by, None, ""):
        yield "Call", f"hangup_by is {call['hangup_by']}, and hangup_reason {call['hangup_reason']}"
    if bool(call.get("tm_progressing")) and call["status"] in ("dialing", "ringing", "canceling"):
        yield "Call", f"tm_progressing is there, and the status is {call['status']}"
    if not call.get("tm_progressing") and call["status"] in ("progressing", "terminating"):
        yield "Call", f"tm_progressing is missing, and the status is {call['status']}"


# what is placed


def _providercall(record: Mapping[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    placed = len(record["call_ids"]) + len(record["groupcall_ids"])
    if not placed:
        yield "PC-NEW-28", "there are neither call_ids nor groupcall_ids: a request that places nothing is refused"
    if placed > len(record["destinations"]):
        yield "PC-NEW-14", f"{placed} calls and groupcalls for {len(record['destinations'])} destinations"
    if record["source"] is None and source_given.answers[edition.name].refuses:
        yield "PC-NEW-01", "source is null: the servers refuse a request without one"


def _placed_record(asked: ParsedRequest, record: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    if record["tm_delete"] is not None:
        yield "PC-NEW-19", "tm_delete of a new record is set"
    if record["tm_update"] != (record["tm_create"] if edition.sets_tm_update_on_create else None):
        yield "PC-NEW-18", f"tm_update is not {'tm_create' if edition.sets_tm_update_on_create else 'null'}"
    if asked.body is not None:
        yield from _echoed(asked, record, edition)


def _echoed(asked: ParsedRequest, record: dict[str, Any], edition: Edition) -> Iterator[Inconsistency]:
    if parse_google(str(asked.field("provider_id"))) not in (None, record["provider_id"]):
        yield "PC-NEW-06", "provider_id is not the one that was sent"
    sent = asked.field("destinations")
    if isinstance(sent, list) and [_address(one) for one in sent] != [_address(one) for one in record["destinations"]]:
        yield "PC-NEW-10", "destinations are not those that were sent"
    source = asked.field("source")
    if isinstance(source, dict) and (record["source"] is None or _address(source) != _address(record["source"])):
        yield "PC-NEW-09", "source is not the one that was sent"
    anonymous = asked.field("anonymous")
    if record["anonymous"] != ("auto" if anonymous is None else anonymous):
        yield ("PC-NEW-11" if anonymous is None else "PC-NEW-13"), "anonymous is not what was sent, or auto"
    yield from _flow(asked, record["flow_id"], edition)


def _flow(asked: ParsedRequest, flow_id: str, edition: Edition) -> Iterator[Inconsistency]:
    sent = parse_google(str(asked.field("flow_id"))) or NIL
    if sent != NIL:
        if flow_id != sent:
            yield "PC-PRE-06", "flow_id is not the one that was sent"
    elif not asked.field("actions"):
        if flow_id != NIL:
            yield "PC-NEW-07", "flow_id is not the nil UUID, and neither flow_id nor actions were sent"
    elif (flow_id != NIL) is not edition.record_has_temporary_flow_id:
        yield "PC-NEW-08", "flow_id is the nil UUID" if flow_id == NIL else "flow_id is not the nil UUID"


def _address(value: Any) -> list[Any]:
    """An address, field by field, as it would be written; names have no case in a request."""
    fields = {name.lower(): one for name, one in value.items()} if isinstance(value, dict) else {}
    return [fields.get(name) or "" for name in _ADDRESS]


def _placed(asked: ParsedRequest, answer: dict[str, Any]) -> Iterator[Inconsistency]:
    count = len(answer["calls"]) + len(answer["groupcalls"])
    if not count:
        yield "CL-NEW-05", "there are neither calls nor groupcalls: a request that places nothing is refused"
    sent = asked.field("destinations")
    if isinstance(sent, list) and count > len(sent):
        yield "CL-NEW-01", f"{count} calls and groupcalls for {len(sent)} destinations"

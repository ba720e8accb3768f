"""Rules of timelines: the events of a resource, the SIP messages of a call (flows.md 6, calls.md 1.13)."""

from __future__ import annotations

from typing import Any

from ...answer import DELETED, DENIED, INTERNAL, NO_DIRECT, NOT_FOUND, Answer, Body, accepted, error
from ...http import Response
from ...probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_MAGIC = (bytes.fromhex("d4c3b2a1"), bytes.fromhex("a1b2c3d4"))
_SLEEP: dict[str, Any] = {"type": "sleep", "option": {"duration": 600_000}}


def _message(status: int, text: str) -> Answer:
    """Return an error response of the servers of April 2026, which has only a message."""
    return Answer(status, "", text, Body.MESSAGE)


_NO_RESOURCE = _message(404, "resource not found")
_INTERNAL_MESSAGE = _message(500, "internal error")
_NO_SIP_DATA = _message(404, "no SIP data available for this call")


# access to events


@rule("TL-AUTH-01", "flows.md 6", Safety.INERT, DENIED, server_2026_04=_NO_RESOURCE)
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may read the events of its resources."""
    return api.get(_events(api, as_="customer_admin"), as_="customer_agent")


@rule("TL-AUTH-02", "flows.md 6", Safety.READ, NO_DIRECT, server_2026_04=_INTERNAL_MESSAGE)
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token cannot read events."""
    return api.get(f"/timelines/calls/{UNKNOWN_ID}/events", as_="direct")


_ACCEPTS_ACCESSKEYS = accepted("an access key has a customer admin's permission")


@rule(
    "TL-AUTH-03",
    "flows.md 6",
    Safety.INERT,
    NO_DIRECT,
    server_2026_04=_ACCEPTS_ACCESSKEYS,
    server_2026_08=_ACCEPTS_ACCESSKEYS,
    hint="Send a user's token, as returned by POST /auth/login.",
    depends_on=("AU-04",),
)
def no_accesskey(api: ProbeClient) -> Response:
    """Timelines are not available with an access key (documented; the servers accept it)."""
    path = _events(api, as_="customer_admin")
    return api.get(path, as_=None, accesskey=api.accesskey("customer_admin"))


@rule(
    "TL-TYPE-01",
    "flows.md 6",
    Safety.READ,
    error(400, "INVALID_RESOURCE_TYPE", "The provided resource_type is not supported."),
    server_2026_04=_message(400, "invalid resource type"),
    hint="`resource_type` is `calls`, `conferences`, `flows` or `activeflows`.",
)
def resource_type_known(api: ProbeClient) -> Response:
    """The resource type must be `calls`, `conferences`, `flows` or `activeflows`."""
    return api.get(f"/timelines/providers/{UNKNOWN_ID}/events")


@rule(
    "TL-GET-01",
    "flows.md 6",
    Safety.READ,
    error(404, "CALL_NOT_FOUND", "The call was not found."),
    server_2026_04=_INTERNAL_MESSAGE,
)
def call_exists(api: ProbeClient) -> Response:
    """The call must exist."""
    return api.get(f"/timelines/calls/{UNKNOWN_ID}/events")


@rule("TL-GET-02", "flows.md 6", Safety.BILLABLE, DELETED, server_2026_04=_INTERNAL_MESSAGE)
def call_not_deleted(api: ProbeClient) -> Response:
    """The events of a deleted call cannot be read."""
    id = api.place()["call_ids"][0]
    require_success(api.delete(f"/calls/{id}"))
    return api.get(f"/timelines/calls/{id}/events")


@rule(
    "TL-GET-03",
    "flows.md 6",
    Safety.READ,
    error(404, "ACTIVEFLOW_NOT_FOUND", "The active flow was not found."),
    server_2026_04=_INTERNAL_MESSAGE,
)
def activeflow_exists(api: ProbeClient) -> Response:
    """The activeflow must exist."""
    return api.get(f"/timelines/activeflows/{UNKNOWN_ID}/events")


@rule("TL-GET-04", "flows.md 6", Safety.INERT, NOT_FOUND, server_2026_04=_NO_RESOURCE, depends_on=("AF-DEL-01",))
def activeflow_not_deleted(api: ProbeClient) -> Response:
    """The events of a deleted activeflow cannot be read."""
    path = _events(api)
    require_success(api.delete(path.removeprefix("/timelines").removesuffix("/events")))
    return api.get(path)


@rule(
    "TL-GET-06",
    "flows.md 6",
    Safety.READ,
    error(404, "FLOW_NOT_FOUND", "The flow was not found."),
    server_2026_04=_INTERNAL_MESSAGE,
)
def flow_exists(api: ProbeClient) -> Response:
    """The flow must exist."""
    return api.get(f"/timelines/flows/{UNKNOWN_ID}/events")


@rule("TL-GET-07", "flows.md 6", Safety.INERT, NOT_FOUND, server_2026_04=_NO_RESOURCE, depends_on=("FL-DEL-01",))
def flow_not_deleted(api: ProbeClient) -> Response:
    """The events of a deleted flow cannot be read."""
    id = require_success(api.post("/flows", {"name": "probe"}))["id"]
    require_success(api.delete(f"/flows/{id}"))
    return api.get(f"/timelines/flows/{id}/events")


@rule(
    "TL-GET-08",
    "flows.md 6",
    Safety.READ,
    error(404, "CONFERENCE_NOT_FOUND", "The conference was not found."),
    server_2026_04=_INTERNAL_MESSAGE,
)
def conference_exists(api: ProbeClient) -> Response:
    """The conference must exist."""
    return api.get(f"/timelines/conferences/{UNKNOWN_ID}/events")


@rule("TL-GET-05", "flows.md 6", Safety.INERT, DENIED, server_2026_04=_NO_RESOURCE)
def own_customer_only(api: ProbeClient) -> Response:
    """The resource must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(_events(api), as_="customer_admin")


# events


@rule("TL-EVT-01", "flows.md 6", Safety.INERT)
def newest_first(api: ProbeClient) -> None:
    """A timeline has the events of one resource, from newest to oldest, each with the resource as it was then."""
    path = _events(api)
    rows = api.poll(path, _has_several)["result"]
    require_equal("the first event", rows[-1]["event_type"], "activeflow_created")
    require_equal("the ids", {row["data"]["id"] for row in rows}, {path.split("/")[3]})
    times = [row["timestamp"] for row in rows]
    require_equal("the order", times, sorted(times, reverse=True))


@rule("TL-PAGE-01", "flows.md 6", Safety.INERT, depends_on=("PC-LIST-05",))
def token_only_before_more(api: ProbeClient) -> None:
    """next_page_token is present only if older events follow; it is the time of the page's last event."""
    path = _events(api)
    count = len(api.poll(path, _has_several)["result"])
    page = require_success(api.get(path, page_size=1))
    require_equal("the first page", (len(page["result"]), bool(page.get("next_page_token"))), (1, True))
    last = require_success(api.get(path, page_size=count))
    require_equal("a token on the last page", "next_page_token" in last, False)


@rule("TL-PAGE-02", "flows.md 6", Safety.INERT, INTERNAL, server_2026_04=_INTERNAL_MESSAGE)
def page_token_valid(api: ProbeClient) -> Response:
    """page_token must be a timestamp; otherwise timelines return 500."""
    return api.get(_events(api), page_token="yesterday")


# SIP messages


@rule("TL-SIP-01", "calls.md 1.13", Safety.BILLABLE, DENIED, server_2026_04=_message(403, "permission denied"))
def sip_staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may read the SIP messages of its calls."""
    body = {"source": SOURCE, "destinations": [DESTINATION]}
    call = require_success(api.post("/calls", body, as_="customer_admin"))["calls"][0]
    return api.get(f"/timelines/calls/{call['id']}/sip-analysis", as_="customer_agent")


@rule(
    "TL-SIP-02",
    "calls.md 1.13",
    Safety.READ,
    NO_DIRECT,
    server_2026_04=_message(502, "upstream service unavailable"),
)
def sip_no_direct_access(api: ProbeClient) -> Response:
    """A direct token cannot read SIP messages."""
    return api.get(f"/timelines/calls/{UNKNOWN_ID}/pcap", as_="direct")


@rule("TL-SIP-03", "calls.md 1.13", Safety.READ, NOT_FOUND, server_2026_04=_message(404, "call not found"))
def sip_call_exists(api: ProbeClient) -> Response:
    """The call whose SIP messages are read must exist, and must not be deleted."""
    return api.get(f"/timelines/calls/{UNKNOWN_ID}/pcap")


@rule("TL-SIP-04", "calls.md 1.13", Safety.BILLABLE, DENIED, server_2026_04=_message(403, "permission denied"))
def sip_own_customer_only(api: ProbeClient) -> Response:
    """The call must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/timelines/calls/{api.place()['call_ids'][0]}/pcap", as_="customer_admin")


@rule(
    "TL-SIP-05",
    "calls.md 1.13",
    Safety.REFUSED,
    NOT_FOUND,
    server_2026_04=_NO_SIP_DATA,
    hint="An orphan call never had a channel: place the call again, with an existing source and flow.",
    depends_on=("PC-LIST-06", "PC-PRE-06", "PC-PRE-09"),
)
def sip_needs_a_channel(api: ProbeClient) -> Response:
    """An orphan call, which has no channel, has no SIP messages."""
    api.post("/providercalls", api.body(flow_id=UNKNOWN_ID))
    return api.get(f"/timelines/calls/{api.first_page('/calls')[0]['id']}/sip-analysis")


@rule(
    "TL-SIP-06",
    "calls.md 1.13",
    Safety.BILLABLE,
    accepted("the SIP messages so far are returned"),
    server_2026_04=_NO_SIP_DATA,
    server_2026_08=NOT_FOUND,
    hint="The servers learn the SIP Call-ID of an outgoing call when it is answered. Read why the call failed from the"
    " call's hangup_reason.",
)
def sip_needs_an_answer(api: ProbeClient) -> Response:
    """The SIP messages of a call that was never answered are available (documented); the servers have none."""
    id = api.place()["call_ids"][0]
    api.drive_call(id, "reject 486")
    api.ended_call(id)
    return api.get(f"/timelines/calls/{id}/sip-analysis")


@rule("TL-SIP-07", "calls.md 1.13", Safety.BILLABLE)
def sip_messages_in_order(api: ProbeClient) -> None:
    """The SIP analysis has the messages between VoIPbin and the carrier in the order of time, from the INVITE on."""
    messages = require_success(api.get(f"/timelines/calls/{_talked(api)}/sip-analysis"))["sip_messages"]
    require_equal("the first message", messages[0]["method"], "INVITE")
    require_equal("its text", messages[0]["raw"].startswith("INVITE "), True)
    require_equal("the end", "BYE" in [message["method"] for message in messages], True)


@rule("TL-SIP-08", "calls.md 1.13", Safety.BILLABLE)
def pcap_is_a_file(api: ProbeClient) -> None:
    """The SIP packets of a call are returned as a pcap file, `call-<id>.pcap`."""
    id = _talked(api)
    response = api.get(f"/timelines/calls/{id}/pcap")
    require_equal("the status", response.status, 200)
    require_equal("the content type", response.header("Content-Type"), "application/vnd.tcpdump.pcap")
    require_equal("the name", response.header("Content-Disposition"), f'attachment; filename="call-{id}.pcap"')
    require_equal("a pcap file", response.body[:4] in _MAGIC, True)


def _events(api: ProbeClient, as_: str = "super_admin") -> str:
    """Return the path of the timeline of a new activeflow, which has ended."""
    id = require_success(api.post("/activeflows", {"actions": [_SLEEP]}, as_=as_))["id"]
    require_success(api.post(f"/activeflows/{id}/stop", as_=as_))
    return f"/timelines/activeflows/{id}/events"


def _has_several(page: dict[str, Any]) -> bool:
    return len(page["result"]) > 1


def _talked(api: ProbeClient) -> str:
    """Return the id of a call that was answered, and hung up a second later."""
    id: str = api.place(actions=[_SLEEP])["call_ids"][0]
    api.drive_call(id, "answer")
    api.advance(1)
    require_success(api.post(f"/calls/{id}/hangup"))
    api.ended_call(id)
    return id

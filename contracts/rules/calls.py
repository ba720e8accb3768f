"""Calls: who may see and end them, and what keeps a destination from being dialled (calls.md 1, 3, 7)."""

from __future__ import annotations

from typing import Any

from ..http import Response
from ..probing import DESTINATION, SOURCE, UNKNOWN_ID, Api, ok, same
from ..rule import DELETED, DENIED, INTERNAL, INVALID_DATA, NO_DIRECT, Safety, accepts, bare, envelope, rule

_UNKNOWN = envelope(404, "CALL_NOT_FOUND", "The call was not found.")


# who may, and which calls there are


@rule("CL-AUTH-01", "calls.md 1.4", Safety.READ, DENIED, server_2026_04=bare(400))
def staff_only(api: Api) -> Response:
    """Calls are for a customer's admins and managers, and for super-admins."""
    return api.get("/calls", as_="customer_agent")


@rule("CL-AUTH-02", "calls.md 1.4", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/calls", as_="direct")


@rule("CL-GET-01", "calls.md 1.4", Safety.READ, _UNKNOWN, server_2026_04=bare(400))
def exists(api: Api) -> Response:
    """A call that is read, hung up or deleted exists."""
    return api.get(f"/calls/{UNKNOWN_ID}")


@rule("CL-GET-02", "calls.md 1.4", Safety.BILLABLE, DELETED, server_2026_04=bare(400))
def not_deleted(api: Api) -> Response:
    """A deleted call cannot be read, hung up or deleted again."""
    path = f"/calls/{_placed(api)['id']}"
    ok(api.delete(path))
    return api.get(path)


@rule("CL-GET-03", "calls.md 1.4", Safety.BILLABLE, DENIED, server_2026_04=bare(400))
def own_customer_only(api: Api) -> Response:
    """Another customer's call is refused, to anybody but a super-admin, once it has been looked up."""
    return api.get(f"/calls/{_placed(api)['id']}", as_="customer_admin")


@rule("PC-OBS-02", "tutorial: Observe call outcome", Safety.BILLABLE)
def shows_status_and_metadata(api: Api) -> None:
    """GET /calls/{id} shows a call's status and metadata."""
    call = _placed(api)
    same("both are shown", bool(call.get("status")) and bool(call.get("metadata")), True)


@rule(
    "PC-OBS-03",
    "tutorial: Observe call outcome (the hint); tutorial: Troubleshooting (Call immediately hangs up)",
    Safety.BILLABLE,
)
def refused_call_fails(api: Api) -> None:
    """A call whose INVITE the carrier refuses, here with 404, ends as `failed`, by `remote`, and never progresses."""
    call = _refused_with(api, 404)
    same("the end", _end(call), ("hangup", "failed", "remote"))
    same("an answer", call.get("tm_progressing"), None)


@rule(
    "PC-TRB-03",
    "tutorial: Troubleshooting (Call immediately hangs up); calls.md 2.5",
    Safety.BILLABLE,
    point="refusal_is_failure",
)
def rejection_is_failure(api: Api) -> None:
    """A refusal with 401, 403 or 407 is `failed`, say the documents; the servers call it `noanswer`."""
    reason = _refused_with(api, 403).get("hangup_reason")
    same("the reason", reason, "failed" if api.edition.refusal_is_failure else api.edition.no_answer_word)


@rule("PC-TRB-04", "tutorial: Troubleshooting (Call reports no_answer / busy); calls.md 2.4", Safety.BILLABLE)
def far_end_is_told_apart(api: Api) -> None:
    """A busy phone is `busy`, one that nobody answers `no_answer` in the documents and `noanswer` on the servers."""
    same("a busy phone", _refused_with(api, 486).get("hangup_reason"), "busy")
    reason = _refused_with(api, 480).get("hangup_reason")
    same("no answer", reason, api.edition.no_answer_word)


@rule("CL-TIME-01", "calls.md 2.3", Safety.BILLABLE, stands_on=("AF-RUN-01",))
def dialling_is_limited(api: Api) -> None:
    """VoIPbin gives up a call that nobody has answered after 60 seconds: `dialout`, by `remote`."""
    id = _placed(api)["id"]
    api.steer(id, "ring")
    api.wait(61)
    same("the end", _end(ok(api.get(f"/calls/{id}"))), ("hangup", "dialout", "remote"))


@rule("CL-TIME-02", "calls.md 2.3; calls.md 2.4", Safety.BILLABLE, stands_on=("PC-PRE-07",))
def calls_are_limited(api: Api) -> None:
    """VoIPbin ends a call an hour after it was placed, ringing included: `timeout`, by `remote`."""
    id = api.place(actions=[{"type": "sleep", "option": {"duration": 7_200_000}}])["call_ids"][0]
    api.steer(id, "answer")
    api.wait(3601)
    same("the end", _end(ok(api.get(f"/calls/{id}"))), ("hangup", "timeout", "remote"))


def _refused_with(api: Api, sip: int) -> dict[str, Any]:
    """A call that its carrier has refused with a SIP response."""
    id = _placed(api)["id"]
    api.steer(id, f"refuse {sip}")
    return ok(api.get(f"/calls/{id}"))


# placing calls with POST /calls


@rule("CL-NEW-01", "calls.md 1.6", Safety.BILLABLE)
def answers_calls_and_groupcalls(api: Api) -> None:
    """POST /calls answers the calls and the groupcalls that it made, both always."""
    answer = ok(api.post("/calls", _request()))
    same("the keys", list(answer), ["calls", "groupcalls"])
    same("the numbers", (len(answer["calls"]), len(answer["groupcalls"])), (1, 0))


@rule(
    "CL-NEW-02",
    "calls.md 1.6",
    Safety.REFUSED,
    envelope(
        403,
        "IDENTITY_VERIFICATION_REQUIRED",
        "Customer identity verification is required for this operation.",
    ),
    server_2026_04=bare(400),
)
def identity_verified_for_tel(api: Api) -> Response:
    """POST /calls to a tel destination needs a customer whose identity is verified."""
    return api.post("/calls", _request(), as_="unverified_admin")


@rule(
    "CL-NEW-03",
    "calls.md 1.6",
    Safety.REFUSED,
    envelope(404, "FLOW_NOT_FOUND", "The flow was not found."),
    server_2026_04=bare(400),
)
def flow_exists(api: Api) -> Response:
    """POST /calls with a flow_id needs a flow that exists."""
    return api.post("/calls", _request(flow_id=UNKNOWN_ID))


@rule("CL-NEW-04", "calls.md 1.6", Safety.REFUSED, DENIED, server_2026_04=bare(400))
def flow_is_own(api: Api) -> Response:
    """POST /calls with a flow_id needs a flow of the asker's own customer, of a super-admin too."""
    flow = ok(api.post("/flows", {"name": "probe"}, as_="customer_admin"))["id"]
    return api.post("/calls", _request(flow_id=flow))


@rule("CL-NEW-05", "calls.md 1.6", Safety.INERT, INTERNAL, server_2026_04=bare(400))
def something_placed(api: Api) -> Response:
    """POST /calls that places nothing is 500, also when there are no destinations."""
    return api.post("/calls", _request(destinations=[]))


@rule("CL-NEW-06", "calls.md 1.6; flows.md 1.5", Safety.BILLABLE)
def temporary_flow_always(api: Api) -> None:
    """POST /calls without a readable flow_id makes a temporary flow, without actions too."""
    call = ok(api.post("/calls", _request(flow_id="nope")))["calls"][0]
    same("the flow", ok(api.get(f"/flows/{call['flow_id']}"))["detail"], "tmp outbound flow")


@rule(
    "CL-NEW-07",
    "calls.md 1.6",
    Safety.INERT,
    envelope(400, "INVALID_VARIABLES", "{why}"),
    server_2026_04=bare(400),
)
def variables_small(api: Api) -> Response:
    """variables are at most 100, of 32 KiB each and 64 KiB together; the servers of April 2026 read over them."""
    return api.post("/calls", _request(destinations=[], variables={f"v{n}": "" for n in range(101)}))


@rule(
    "CL-NEW-08",
    "calls.md 1.6; calls.md 3.3",
    Safety.REFUSED,
    envelope(
        402,
        "INSUFFICIENT_BALANCE",
        "Customer balance is below the minimum required for this operation.",
    ),
    server_2026_04=accepts("every destination is dropped"),
    server_2026_08=accepts("every destination is dropped"),
    stands_on=("CL-NEW-05", "PC-NEW-29"),
)
def balance_is_payment_required(api: Api) -> Response | None:
    """POST /calls without balance is 402, say the documents; the servers drop the destinations instead."""
    response = api.post("/calls", _request(), as_="poor_admin")
    if balance_is_payment_required.answers[api.edition.name].refuses:
        return response
    same("the status", response.status, something_placed.answers[api.edition.name].status)
    return None


@rule("CL-NEW-09", "calls.md 3.6", Safety.BILLABLE, point="unowned_source_is_anonymous", stands_on=("CL-NEW-05",))
def source_owned(api: Api) -> None:
    """POST /calls from a number that is not the customer's leaves anonymously in the documents; the servers drop it."""
    source = {"type": "tel", "target": "+12025550199"}
    response = api.post("/calls", _request(source=source))
    same("the call is placed", response.status == 200, api.edition.unowned_source_is_anonymous)


# what keeps a destination from being dialled: it is dropped in silence

_DROPPED: dict[str, Any] = {"documented": INVALID_DATA, "server_2026_04": bare(400)}


@rule("PC-NEW-30", "calls.md 3.2", Safety.REFUSED, **_DROPPED, stands_on=("PC-NEW-28",))
def customer_active(api: Api) -> Response:
    """A destination is dialled only for an active customer."""
    return _refused(api, "frozen_super_admin")


@rule("CL-GATE-01", "calls.md 3.2", Safety.REFUSED, **_DROPPED, stands_on=("PC-NEW-28",))
def customer_verified(api: Api) -> Response:
    """A tel destination is dialled only for a customer whose identity is verified."""
    return _refused(api, "unverified_super_admin")


@rule(
    "PC-NEW-29",
    "calls.md 3.3; tutorial: Prerequisites (the hint)",
    Safety.REFUSED,
    **_DROPPED,
    stands_on=("PC-NEW-28",),
)
def balance_suffices(api: Api) -> Response:
    """A destination is dialled only while there is balance: a cent of credit, any token, or an unlimited plan."""
    return _refused(api, "poor_super_admin")


@rule(
    "PC-NEW-31",
    "calls.md 3.4",
    Safety.BILLABLE,
    accepts("there is no whitelist"),
    server_2026_04=accepts("there is no whitelist"),
    server_2026_08=INVALID_DATA,
    fix="Put the destination's country on the customer's destination_whitelist.",
    stands_on=("PC-NEW-28",),
)
def country_whitelisted(api: Api) -> Response:
    """A tel destination's country must be on the customer's whitelist; an empty one blocks every country."""
    return _refused(api, "unlisted_super_admin")


@rule("CL-GATE-02", "calls.md 3.5", Safety.INERT, **_DROPPED, stands_on=("PC-NEW-28",))
def number_parses(api: Api) -> Response:
    """A tel destination is a phone number that can be read; it need not be E.164."""
    body = api.request(destinations=[{"type": "tel", "target": "+1"}])
    return api.post("/providercalls", body)


@rule("CL-GATE-03", "calls.md 3.5", Safety.BILLABLE, point="normalises_numbers")
def numbers_normalised(api: Api) -> None:
    """A call's tel targets are kept as they were sent; the newest servers keep the plus and the digits only."""
    sent = "+1 (202) 555-0143"
    call = api.first_call(api.place(destinations=[{"type": "tel", "target": sent}]))
    expected = "+12025550143" if api.edition.normalises_numbers else sent
    same("the target", call["destination"]["target"], expected)


@rule(
    "CL-GATE-04", "calls.md 5.3", Safety.REFUSED, point="extension_needs_contact", stands_on=("PC-NEW-15", "PC-NEW-28")
)
def extension_has_contact(api: Api) -> None:
    """On the newest servers an extension without a contact is dropped; elsewhere its groupcall has no calls."""
    extension = {"type": "extension", "target": "2000", "target_name": "nobody"}
    response = api.post("/providercalls", api.request(destinations=[extension]))
    same("the groupcall is made", response.status == 200, not api.edition.extension_needs_contact)


@rule("CL-GATE-05", "calls.md 5.3", Safety.INERT, **_DROPPED, stands_on=("PC-NEW-28",))
def agent_exists(api: Api) -> Response:
    """An agent destination is an agent of the customer's own."""
    body = api.request(destinations=[{"type": "agent", "target": UNKNOWN_ID}])
    return api.post("/providercalls", body)


def _refused(api: Api, role: str) -> Response:
    return api.post("/providercalls", api.request(), as_=role)


# ending calls


@rule("CL-HUP-01", "calls.md 7", Safety.BILLABLE)
def hangup_before_answer_cancels(api: Api) -> None:
    """Hanging up before the answer answers 200 with `canceling`; the call ends with `cancel`, by `local`."""
    id = _placed(api)["id"]
    same("the status", ok(api.post(f"/calls/{id}/hangup"))["status"], "canceling")
    ended = ok(api.get(f"/calls/{id}"))
    same("the end", _end(ended), ("hangup", "cancel", "local"))


@rule("CL-HUP-02", "calls.md 7", Safety.BILLABLE)
def hangup_after_answer_terminates(api: Api) -> None:
    """Hanging up after the answer answers 200 with `terminating`; the call ends with `normal`, by `local`."""
    id = _placed(api)["id"]
    api.steer(id, "answer")
    same("the status", ok(api.post(f"/calls/{id}/hangup"))["status"], "terminating")
    same("the end", _end(ok(api.get(f"/calls/{id}"))), ("hangup", "normal", "local"))


@rule("CL-HUP-03", "calls.md 7", Safety.BILLABLE, stands_on=("PC-OBS-02",))
def hangup_again_changes_nothing(api: Api) -> None:
    """Hanging up a call that has ended answers 200 with the call as it is."""
    id = _placed(api)["id"]
    ok(api.post(f"/calls/{id}/hangup"))
    ended = ok(api.get(f"/calls/{id}"))
    same("the call", ok(api.post(f"/calls/{id}/hangup")), ended)


@rule(
    "CL-HUP-04",
    "calls.md 3.9; calls.md 7",
    Safety.REFUSED,
    envelope(503, "REQUEST_TIMEOUT", "The request timed out."),
    server_2026_04=bare(400),
    fix="An orphan call never had a channel: place the call again, from a source and with a flow that exist.",
    stands_on=("PC-LIST-06", "PC-PRE-06", "PC-PRE-09"),
)
def channel_exists(api: Api) -> Response:
    """A call that is hung up has a channel; an orphan has none, and answers after three seconds."""
    api.post("/providercalls", api.request(flow_id=UNKNOWN_ID))
    orphan = api.listed("/calls")[0]["id"]
    return api.post(f"/calls/{orphan}/hangup")


@rule("CL-HUP-05", "calls.md 2.4", Safety.BILLABLE, stands_on=("PC-PRE-07",))
def only_amd_shows(api: Api) -> None:
    """The reason of a `hangup` action does not show: the call ends with `normal`, except that `amd` ends with `amd`."""
    for reason, shown in (("busy", "normal"), ("amd", "amd")):
        id = api.place(actions=[{"type": "hangup", "option": {"reason": reason}}])["call_ids"][0]
        api.steer(id, "answer")
        api.wait(1)
        same("the end", _end(ok(api.get(f"/calls/{id}"))), ("hangup", shown, "local"))


@rule("CL-DEL-01", "calls.md 1.8", Safety.BILLABLE)
def delete_hangs_up(api: Api) -> None:
    """DELETE hangs a live call up first, and answers it with tm_delete."""
    deleted = ok(api.delete(f"/calls/{_placed(api)['id']}"))
    same("the status", deleted["status"], "canceling")
    same("tm_delete is set", deleted.get("tm_delete") is not None, True)


def _end(call: dict[str, Any]) -> tuple[Any, ...]:
    return call["status"], call.get("hangup_reason"), call.get("hangup_by")


def _placed(api: Api) -> dict[str, Any]:
    return api.first_call(api.place())


def _request(**fields: object) -> dict[str, object]:
    return {"source": SOURCE, "destinations": [DESTINATION], **fields}

"""Rules of calls: access, placing, dialling and hanging up (calls.md 1, 2, 3, 7)."""

from __future__ import annotations

from typing import Any

from ..answer import DELETED, DENIED, INTERNAL, NO_DIRECT, NOT_FOUND, accepted, empty_error, error
from ..http import Response
from ..probes import (
    DESTINATION,
    SOURCE,
    UNDIALLABLE,
    UNKNOWN_ID,
    ProbeClient,
    ProbeUnavailable,
    require_answer,
    require_equal,
    require_success,
)
from ..rule import Safety, rule

_UNKNOWN = error(404, "CALL_NOT_FOUND", "The call was not found.")


# access, status and limits


@rule("CL-AUTH-01", "calls.md 1.4", Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may access calls."""
    return api.get("/calls", as_="customer_agent")


@rule("CL-AUTH-02", "calls.md 1.4", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/calls", as_="direct")


@rule("CL-GET-01", "calls.md 1.4", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The call to read, hang up or delete must exist."""
    return api.get(f"/calls/{UNKNOWN_ID}")


@rule("CL-GET-02", "calls.md 1.4", Safety.BILLABLE, DELETED, server_2026_04=empty_error(400))
def not_deleted(api: ProbeClient) -> Response:
    """A deleted call cannot be read, hung up or deleted again."""
    path = f"/calls/{_placed(api)['id']}"
    require_success(api.delete(path))
    return api.get(path)


@rule("CL-GET-03", "calls.md 1.4", Safety.BILLABLE, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """An existing call must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/calls/{_placed(api)['id']}", as_="customer_admin")


@rule("PC-OBS-02", "tutorial: Observe call outcome", Safety.BILLABLE)
def shows_status_and_metadata(api: ProbeClient) -> None:
    """GET /calls/{id} returns a call's status and metadata."""
    call = _placed(api)
    require_equal("both are shown", bool(call.get("status")) and bool(call.get("metadata")), True)


@rule(
    "PC-OBS-03",
    "tutorial: Observe call outcome (the hint); tutorial: Troubleshooting (Call immediately hangs up)",
    Safety.BILLABLE,
)
def rejected_call_fails(api: ProbeClient) -> None:
    """A call whose INVITE the carrier rejects, here with 404, ends as `failed`, by `remote`, and never progresses."""
    call = _rejected_with(api, 404)
    require_equal("the end", _end(call), ("hangup", "failed", "remote"))
    require_equal("an answer", call.get("tm_progressing"), None)


@rule(
    "PC-TRB-03",
    "tutorial: Troubleshooting (Call immediately hangs up); calls.md 2.5",
    Safety.BILLABLE,
    edition_flag="auth_rejection_is_failed",
)
def rejection_is_failure(api: ProbeClient) -> None:
    """A carrier's 401, 403 or 407 ends the call as `failed` (documented; the servers report `noanswer`)."""
    reason = _rejected_with(api, 403).get("hangup_reason")
    require_equal(
        "the reason", reason, "failed" if api.edition.auth_rejection_is_failed else api.edition.no_answer_reason
    )


@rule(
    "PC-TRB-04",
    "tutorial: Troubleshooting (Call reports no_answer / busy); calls.md 2.4",
    Safety.BILLABLE,
    edition_value="no_answer_reason",
)
def busy_and_no_answer_differ(api: ProbeClient) -> None:
    """A call ends as `busy` if the phone is busy, and as `no_answer` (servers: `noanswer`) if nobody answers."""
    require_equal("a busy phone", _rejected_with(api, 486).get("hangup_reason"), "busy")
    reason = _rejected_with(api, 480).get("hangup_reason")
    require_equal("no answer", reason, api.edition.no_answer_reason)


@rule("CL-TIME-01", "calls.md 2.3", Safety.BILLABLE, depends_on=("AF-RUN-01",))
def dialling_is_limited(api: ProbeClient) -> None:
    """VoIPbin ends an unanswered call after 60 seconds: `dialout`, by `remote`."""
    id = _placed(api)["id"]
    api.drive_call(id, "ring")
    api.advance(61)
    require_equal("the end", _end(api.ended_call(id)), ("hangup", "dialout", "remote"))


@rule("CL-TIME-02", "calls.md 2.3; calls.md 2.4", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def calls_are_limited(api: ProbeClient) -> None:
    """VoIPbin ends a call one hour after it was placed, ringing included: `timeout`, by `remote`."""
    id = api.place(actions=[{"type": "sleep", "option": {"duration": 7_200_000}}])["call_ids"][0]
    api.drive_call(id, "answer")
    api.advance(3601)
    require_equal("the end", _end(api.ended_call(id)), ("hangup", "timeout", "remote"))


def _rejected_with(api: ProbeClient, sip: int) -> dict[str, Any]:
    """Return a call that its carrier has rejected with a SIP response."""
    id = _placed(api)["id"]
    api.drive_call(id, f"reject {sip}")
    return api.ended_call(id)


# placing calls with POST /calls


@rule("CL-NEW-01", "calls.md 1.6", Safety.BILLABLE)
def answers_calls_and_groupcalls(api: ProbeClient) -> None:
    """POST /calls returns the calls and the groupcalls that it created; both lists are always present."""
    answer = require_success(api.post("/calls", _request()))
    require_equal("the keys", list(answer), ["calls", "groupcalls"])
    require_equal("the numbers", (len(answer["calls"]), len(answer["groupcalls"])), (1, 0))


@rule(
    "CL-NEW-02",
    "calls.md 1.6",
    Safety.REFUSED,
    error(
        403,
        "IDENTITY_VERIFICATION_REQUIRED",
        "Customer identity verification is required for this operation.",
    ),
    server_2026_04=empty_error(400),
)
def identity_verified_for_tel(api: ProbeClient) -> Response:
    """POST /calls to a tel destination requires a customer whose identity is verified."""
    return api.post("/calls", _request(), as_="unverified_admin")


@rule(
    "CL-NEW-03",
    "calls.md 1.6",
    Safety.REFUSED,
    error(404, "FLOW_NOT_FOUND", "The flow was not found."),
    server_2026_04=empty_error(400),
)
def flow_exists(api: ProbeClient) -> Response:
    """The flow_id of POST /calls must be the id of an existing flow."""
    return api.post("/calls", _request(flow_id=UNKNOWN_ID))


@rule(
    "CL-NEW-10", "calls.md 1.6", Safety.REFUSED, NOT_FOUND, server_2026_04=empty_error(400), depends_on=("FL-DEL-01",)
)
def flow_not_deleted(api: ProbeClient) -> Response:
    """The flow of POST /calls must not be deleted; the error reason differs from an unknown flow's."""
    id = require_success(api.post("/flows", {"name": "probe"}))["id"]
    require_success(api.delete(f"/flows/{id}"))
    return api.post("/calls", _request(flow_id=id))


@rule(
    "CL-NEW-11",
    "calls.md 1.6; flows.md 1.3",
    Safety.INERT,
    DENIED,
    server_2026_04=accepted("there are no delegate tokens"),
    hint="Create a flow, and send its flow_id.",
    depends_on=("CL-NEW-05", "CL-NEW-06", "PC-NEW-16"),
)
def delegate_needs_flow(api: ProbeClient) -> Response | None:
    """POST /calls, /groupcalls and /activeflows without a flow_id refuse a delegate token, which cannot create a
    flow."""
    body = _request(destinations=[UNDIALLABLE])
    require_answer(api.post("/calls", body), something_placed.answers[api.edition.name])
    if not api.edition.accepts_delegate_tokens:
        return None
    require_answer(api.post("/groupcalls", body, as_="delegate"), DENIED)
    require_answer(api.post("/activeflows", {}, as_="delegate"), DENIED)
    return api.post("/calls", body, as_="delegate")


@rule("CL-NEW-04", "calls.md 1.6", Safety.REFUSED, DENIED, server_2026_04=empty_error(400))
def flow_is_own(api: ProbeClient) -> Response:
    """The flow_id of POST /calls must be a flow of the user's own customer, even for a super-admin."""
    flow = require_success(api.post("/flows", {"name": "probe"}, as_="customer_admin"))["id"]
    return api.post("/calls", _request(flow_id=flow))


@rule("CL-NEW-05", "calls.md 1.6", Safety.INERT, INTERNAL, server_2026_04=empty_error(400))
def something_placed(api: ProbeClient) -> Response:
    """POST /calls must place a call or a groupcall; otherwise, also without destinations, the response is 500."""
    return api.post("/calls", _request(destinations=[]))


@rule("CL-NEW-06", "calls.md 1.6; flows.md 1.5", Safety.BILLABLE)
def temporary_flow_always(api: ProbeClient) -> None:
    """POST /calls without a valid flow_id creates a temporary flow, even without actions."""
    call = require_success(api.post("/calls", _request(flow_id="nope")))["calls"][0]
    require_equal("the flow", require_success(api.get(f"/flows/{call['flow_id']}"))["detail"], "tmp outbound flow")


@rule(
    "CL-NEW-07",
    "calls.md 1.6",
    Safety.INERT,
    error(400, "INVALID_VARIABLES", "{why}"),
    server_2026_04=empty_error(400),
)
def variables_small(api: ProbeClient) -> Response:
    """At most 100 variables, 32 KiB each and 64 KiB in total (ignored by the servers of April 2026)."""
    return api.post("/calls", _request(destinations=[], variables={f"v{n}": "" for n in range(101)}))


@rule(
    "CL-NEW-12",
    "calls.md 1.6; flows.md 3.8",
    Safety.BILLABLE,
    edition_flag="passes_call_variables",
    depends_on=("AF-RUN-03", "AF-RUN-08", "CL-NEW-06"),
)
def variables_reach_the_flow(api: ProbeClient) -> None:
    """The variables of POST /calls are those of the call's flow, except names that begin with `voipbin.`; the servers
    of April 2026 ignored them."""
    talk = {"type": "talk", "option": {"text": f"[${{campaign}}] {600 * 'long '}"}}
    body = _request(actions=[talk], variables={"campaign": "spring"})
    call = require_success(api.post("/calls", body))["calls"][0]
    api.drive_call(call["id"], "answer")
    api.advance(1)
    spoken = require_success(api.get(f"/activeflows/{call['activeflow_id']}"))["current_action"]["option"]["text"]
    require_equal("the value is filled in", spoken.startswith("[spring]"), api.edition.passes_call_variables)


@rule(
    "CL-NEW-08",
    "calls.md 1.6; calls.md 3.3",
    Safety.REFUSED,
    error(
        402,
        "INSUFFICIENT_BALANCE",
        "Customer balance is below the minimum required for this operation.",
    ),
    server_2026_04=accepted("every destination is dropped"),
    server_2026_08=accepted("every destination is dropped"),
    depends_on=("CL-NEW-05", "PC-NEW-29"),
)
def balance_is_payment_required(api: ProbeClient) -> Response | None:
    """POST /calls without balance returns 402 (documented); the servers drop the destinations instead."""
    response = api.post("/calls", _request(), as_="poor_admin")
    if balance_is_payment_required.answers[api.edition.name].refuses:
        return response
    require_equal("the status", response.status, something_placed.answers[api.edition.name].status)
    return None


@rule("CL-NEW-13", "accounts.md 2", Safety.BILLABLE)
def customer_turns_on_rtp_debug(api: ProbeClient) -> None:
    """The calls of a customer whose metadata has rtp_debug have it in their metadata."""
    before = require_success(api.get("/customer"))["metadata"]
    require_success(api.put("/customer/metadata", {"rtp_debug": True}))
    (call,) = require_success(api.post("/calls", _request()))["calls"]
    require_success(api.put("/customer/metadata", before))
    require_equal("the flag", call.get("metadata", {}).get("rtp_debug"), True)


@rule("CL-NEW-09", "calls.md 3.6", Safety.BILLABLE, edition_flag="anonymizes_unowned_source", depends_on=("CL-NEW-05",))
def source_belongs_to_customer(api: ProbeClient) -> None:
    """POST /calls from a number that the customer does not own is placed anonymously (documented; dropped by the
    servers)."""
    source = {"type": "tel", "target": "+12025550199"}
    response = api.post("/calls", _request(source=source))
    require_equal("the call is placed", response.status == 200, api.edition.anonymizes_unowned_source)


# dialling and ending calls


@rule("CL-DIAL-01", "calls.md 2.3", Safety.BILLABLE, edition_flag="started_channel_updates_call")
def channel_updates_call(api: ProbeClient) -> None:
    """A call that is dialing has no tm_update (documented); on the servers it has one as soon as its channel has
    started."""
    record = api.place()
    api.advance(1)
    if api.place()["tm_create"][:19] == record["tm_create"][:19]:
        raise ProbeUnavailable("the target's clock stands still")
    call = api.first_call(record)
    require_equal("tm_update is set", bool(call.get("tm_update")), api.edition.started_channel_updates_call)


@rule("CL-HUP-01", "calls.md 7", Safety.BILLABLE)
def hangup_before_answer_cancels(api: ProbeClient) -> None:
    """Hanging up before the answer returns 200 with `canceling`; the call ends with `cancel`, by `local`."""
    id = _placed(api)["id"]
    require_equal("the status", require_success(api.post(f"/calls/{id}/hangup"))["status"], "canceling")
    require_equal("the end", _end(api.ended_call(id)), ("hangup", "cancel", "local"))


@rule("CL-HUP-02", "calls.md 7", Safety.BILLABLE)
def hangup_after_answer_terminates(api: ProbeClient) -> None:
    """Hanging up after the answer returns 200 with `terminating`; the call ends with `normal`, by `local`."""
    # Without an action that blocks, the server itself hangs up a moment after the answer.
    id = api.place(actions=[{"type": "sleep", "option": {"duration": 600_000}}])["call_ids"][0]
    api.drive_call(id, "answer")
    require_equal("the status", require_success(api.post(f"/calls/{id}/hangup"))["status"], "terminating")
    require_equal("the end", _end(api.ended_call(id)), ("hangup", "normal", "local"))


@rule("CL-HUP-03", "calls.md 7", Safety.BILLABLE, depends_on=("PC-OBS-02",))
def hangup_again_changes_nothing(api: ProbeClient) -> None:
    """Hanging up a call that has ended returns 200 with the unchanged call."""
    id = _placed(api)["id"]
    require_success(api.post(f"/calls/{id}/hangup"))
    ended = api.ended_call(id)
    require_equal("the call", require_success(api.post(f"/calls/{id}/hangup")), ended)


@rule(
    "CL-HUP-04",
    "calls.md 3.9; calls.md 7",
    Safety.REFUSED,
    error(503, "REQUEST_TIMEOUT", "The request timed out."),
    server_2026_04=empty_error(400),
    hint="An orphan call never had a channel: place the call again, with an existing source and flow.",
    depends_on=("PC-LIST-06", "PC-PRE-06", "PC-PRE-09"),
)
def channel_exists(api: ProbeClient) -> Response:
    """Only a call with a channel can be hung up; for an orphan the request times out after three seconds."""
    api.post("/providercalls", api.body(flow_id=UNKNOWN_ID))
    orphan = api.first_page("/calls")[0]["id"]
    return api.post(f"/calls/{orphan}/hangup")


@rule("CL-HUP-05", "calls.md 2.4", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def only_amd_shows(api: ProbeClient) -> None:
    """A `hangup` action's reason is not shown: the call ends with `normal`, except that `amd` ends with `amd`."""
    for reason, shown in (("busy", "normal"), ("amd", "amd")):
        id = api.place(actions=[{"type": "hangup", "option": {"reason": reason}}])["call_ids"][0]
        api.drive_call(id, "answer")
        api.advance(1)
        require_equal("the end", _end(api.ended_call(id)), ("hangup", shown, "local"))


@rule("CL-DEL-01", "calls.md 1.8", Safety.BILLABLE)
def delete_hangs_up(api: ProbeClient) -> None:
    """DELETE hangs up a live call first, and returns it with tm_delete set."""
    deleted = require_success(api.delete(f"/calls/{_placed(api)['id']}"))
    require_equal("the status", deleted["status"], "canceling")
    require_equal("tm_delete is set", deleted.get("tm_delete") is not None, True)


def _end(call: dict[str, Any]) -> tuple[Any, ...]:
    return call["status"], call.get("hangup_reason"), call.get("hangup_by")


def _placed(api: ProbeClient) -> dict[str, Any]:
    return api.first_call(api.place())


def _request(**fields: object) -> dict[str, object]:
    return {"source": SOURCE, "destinations": [DESTINATION], **fields}

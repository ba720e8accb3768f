"""Rules of activeflows: flows in execution, one per call (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, NO_DIRECT, NOT_FOUND, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_UNKNOWN = error(404, "ACTIVEFLOW_NOT_FOUND", "The active flow was not found.")
_START = "00000000-0000-0000-0000-000000000001"
_FINISH = "00000000-0000-0000-0000-000000000002"


@rule("AF-AUTH-01", "flows.md 3.2", Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may access activeflows."""
    return api.get("/activeflows", as_="customer_agent")


@rule("AF-AUTH-02", "flows.md 3.2", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/activeflows", as_="direct")


@rule("AF-GET-01", "flows.md 3.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The activeflow to read or stop must exist."""
    return api.get(f"/activeflows/{UNKNOWN_ID}")


@rule(
    "AF-GET-03", "flows.md 3.2", Safety.BILLABLE, NOT_FOUND, server_2026_04=empty_error(400), depends_on=("AF-DEL-01",)
)
def not_deleted(api: ProbeClient) -> Response:
    """A deleted activeflow cannot be read, stopped or deleted again; the error reason differs from an unknown one's."""
    path = f"/activeflows/{_running(api)['id']}"
    require_success(api.delete(path))
    return api.get(path)


@rule("AF-DEL-01", "flows.md 3.2", Safety.BILLABLE, depends_on=("PC-LIST-03",))
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE stops an activeflow, returns it with tm_delete, and removes it from the list."""
    id = _running(api)["id"]
    deleted = require_success(api.delete(f"/activeflows/{id}"))
    require_equal("the status", deleted["status"], "ended")
    require_equal("tm_delete is set", deleted["tm_delete"] is not None, True)
    require_equal("listed", id in [row["id"] for row in api.first_page("/activeflows")], False)


@rule("AF-GET-02", "flows.md 3.2", Safety.BILLABLE, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The activeflow must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/activeflows/{_running(api)['id']}", as_="customer_admin")


@rule("AF-NEW-01", "flows.md 3.1; flows.md 3.4", Safety.BILLABLE)
def one_for_each_call(api: ProbeClient) -> None:
    """Each call has an activeflow that refers to it; a new one is `running`, at the start pseudo-action."""
    call = api.first_call(api.place())
    found = require_success(api.get(f"/activeflows/{call['activeflow_id']}"))
    reference = found["reference_type"], found["reference_id"]
    require_equal("the reference", reference, ("call", call["id"]))
    require_equal("the status and action", (found["status"], found["current_action"]["id"]), ("running", _START))


@rule("AF-STOP-01", "flows.md 3.3", Safety.BILLABLE, depends_on=("AF-NEW-01",))
def stop_hangs_up(api: ProbeClient) -> None:
    """Stopping an activeflow returns it as `ended` and hangs up its call."""
    running = _running(api)
    require_equal("the status", require_success(api.post(f"/activeflows/{running['id']}/stop"))["status"], "ended")
    call = api.ended_call(running["reference_id"])
    require_equal("the call's end", (call.get("hangup_reason"), call.get("hangup_by")), ("cancel", "local"))


@rule("AF-STOP-02", "flows.md 3.3", Safety.BILLABLE)
def stop_again_changes_nothing(api: ProbeClient) -> None:
    """Stopping an activeflow that has ended returns 200 with the unchanged activeflow."""
    path = f"/activeflows/{_running(api)['id']}/stop"
    require_equal("the activeflow", require_success(api.post(path)), require_success(api.post(path)))


# execution: actions run one after another once the callee answers

_TALK: dict[str, Any] = {"type": "talk", "option": {"text": "hello", "language": "en-US"}}
_LONG: dict[str, Any] = {"type": "sleep", "option": {"duration": 600_000}}
_RECORD: dict[str, Any] = {"type": "recording_start", "option": {"format": "wav"}}
_FIRST, _SECOND, _THIRD = (f"f1f2f3f4-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


@rule("AF-RUN-01", "flows.md 3.4", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def actions_wait_for_the_answer(api: ProbeClient) -> None:
    """No action is executed before the call is answered; after that, the call shows the current action."""
    id = api.place(actions=[_LONG])["call_ids"][0]
    api.drive_call(id, "ring")
    api.advance(1)
    call = require_success(api.get(f"/calls/{id}"))
    require_equal("the action while ringing", call["action"]["id"], _START)
    api.drive_call(id, "answer")
    api.advance(1)
    require_equal(
        "the action after the answer", require_success(api.get(f"/calls/{id}"))["action"].get("type"), "sleep"
    )


@rule("AF-RUN-02", "flows.md 3.4", Safety.BILLABLE, depends_on=("PC-NEW-26", "PC-PRE-07"))
def executed_in_order(api: ProbeClient) -> None:
    """executed_actions starts with the start pseudo-action and has each action before the current one, in order."""
    found = _run(api, [{"type": "answer"}, _TALK, _LONG])
    require_equal("the executed actions", _types(found), ["", "answer", "talk"])
    require_equal("the start", found["executed_actions"][0]["id"], _START)
    require_equal("the current action", found["current_action"]["type"], "sleep")


@rule("AF-RUN-03", "flows.md 3.5", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def talk_takes_time(api: ProbeClient) -> None:
    """A `talk` lasts until its text has been spoken, unless it is `async`."""
    found = _run(api, [_TALK, _LONG], seconds=0.5)
    require_equal("the current action", found["current_action"].get("type"), "talk")
    spoken = {"type": "talk", "option": {"text": "hello", "async": True}}
    found = _run(api, [spoken, _LONG], seconds=0.5)
    require_equal("the current action", found["current_action"].get("type"), "sleep")


@rule(
    "AF-RUN-04",
    "flows.md 3.4; tutorial: Place a providercall with inline actions",
    Safety.BILLABLE,
    depends_on=("AF-NEW-01",),
)
def end_hangs_up(api: ProbeClient) -> None:
    """After the last action, the activeflow is `ended` at the finish pseudo-action, and the call is hung up."""
    found = _run(api, [_TALK])
    require_equal("the end", (found["status"], found["current_action"]["id"]), ("ended", _FINISH))
    require_equal("the call", _end_of_call(api, found), ("hangup", "normal", "local"))


@rule(
    "AF-RUN-05",
    "flows.md 3.6",
    Safety.BILLABLE,
    edition_flag="goto_honours_loop_count",
    depends_on=("AF-RUN-02", "PC-PRE-07"),
)
def goto_counts(api: ProbeClient) -> None:
    """`goto` jumps loop_count times (documented); on the servers only the execution limit ends the loop."""
    loop = {"type": "goto", "option": {"target_id": _FIRST, "loop_count": 2}}
    found = _run(api, [{"id": _FIRST, "type": "answer"}, loop, _LONG])
    counts = _types(found).count("answer") == 3
    require_equal("the loop ends by itself", counts, api.edition.goto_honours_loop_count)


@rule("AF-RUN-06", "flows.md 3.6", Safety.BILLABLE, depends_on=("AF-NEW-01", "AF-RUN-02", "PC-PRE-07"))
def executions_are_limited(api: ProbeClient) -> None:
    """An activeflow executes at most 101 actions (documented: 1001); then it ends, and the call is hung up."""
    back = {"type": "goto", "option": {"target_id": _FIRST, "loop_count": 5000}}
    found = _run(api, [{"id": _FIRST, "type": "answer"}, back])
    require_equal("the number of executed actions", len(found["executed_actions"]), api.edition.execution_limit + 1)
    require_equal("the call", _end_of_call(api, found), ("hangup", "normal", "local"))


@rule("AF-RUN-07", "flows.md 3.5", Safety.BILLABLE, depends_on=("AF-RUN-09", "PC-PRE-07"))
def jump_target_exists(api: ProbeClient) -> None:
    """A jump to an action that does not exist ends the flow at once, without the finish pseudo-action."""
    found = _run(api, [{"type": "goto", "option": {"target_id": UNKNOWN_ID, "loop_count": 1}}, _LONG])
    require_equal("the end", (found["status"], found["current_action"].get("type")), ("ended", "goto"))


@rule("AF-RUN-08", "flows.md 3.8", Safety.BILLABLE, depends_on=("AF-RUN-03", "PC-PRE-07"))
def variables_are_filled_in(api: ProbeClient) -> None:
    """`${name}` in an option is replaced by a variable: one that was set, or one that describes the call."""
    remember = {"type": "variable_set", "option": {"key": "who", "value": "Ada"}}
    greet = {"type": "talk", "option": {"text": "${who}: ${voipbin.call.destination.target}${nobody}"}}
    found = _run(api, [remember, greet, _LONG], seconds=0.5)
    require_equal("the text", found["current_action"]["option"]["text"], f"Ada: {DESTINATION['target']}")


@rule("AF-RUN-09", "flows.md 3.4", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def failed_flow_action_ends(api: ProbeClient) -> None:
    """An invalid option ends the flow if flow-manager executes the action; if call-manager does, the flow continues."""
    found = _run(api, [{"type": "talk", "option": {"text": 7}}, _LONG])
    require_equal("after a wrong talk", found["current_action"].get("type"), "sleep")
    found = _run(api, [{"type": "goto", "option": {"target_id": "first", "loop_count": 1}}, _LONG])
    require_equal("after a wrong goto", (found["status"], found["current_action"].get("type")), ("ended", "goto"))


@rule("AF-RUN-10", "flows.md 3.5", Safety.BILLABLE, edition_flag="supports_named_conditions", depends_on=("PC-PRE-07",))
def condition_words(api: ProbeClient) -> None:
    """condition_variable accepts a variable's bare name (documented); the servers accept only `${name}`."""
    option = {"variable": "voipbin.call.direction", "condition": "==", "value_type": "string"}
    option |= {"value_string": "outgoing", "false_target_id": _THIRD}
    found = _run(api, [{"type": "condition_variable", "option": option}, _LONG, {"id": _THIRD, "type": "stop"}])
    require_equal(
        "the condition is true", found["current_action"].get("type") == "sleep", api.edition.supports_named_conditions
    )


@rule(
    "AF-RUN-11",
    "flows.md 3.5; flows.md 3.8",
    Safety.BILLABLE,
    edition_flag="stringifies_array_options",
    depends_on=("AF-RUN-08", "AF-RUN-09", "PC-PRE-07"),
)
def arrays_become_text(api: ProbeClient) -> None:
    """condition_datetime evaluates `weekdays` (documented); on the servers any weekday ends the flow."""
    option = {"condition": ">=", "hour": 23, "minute": 59, "weekdays": list(range(7)), "false_target_id": _SECOND}
    found = _run(api, [{"type": "condition_datetime", "option": option}, _LONG, {"id": _SECOND, **_LONG}])
    require_equal("the flow continues", found["status"] == "running", not api.edition.stringifies_array_options)


@rule(
    "AF-RUN-12",
    "flows.md 3.5",
    Safety.BILLABLE,
    edition_flag="digits_receive_takes_one_by_default",
    depends_on=("PC-NEW-26", "PC-PRE-07"),
)
def one_digit_by_default(api: ProbeClient) -> None:
    """digits_receive without length and key takes one digit (documented); the servers wait for its timeout."""
    press = {"type": "variable_set", "option": {"key": "voipbin.call.digits", "value": "1"}}
    found = _run(api, [press, {"type": "digits_receive", "option": {"duration": 600_000}}, _LONG])
    require_equal(
        "one digit is enough",
        found["current_action"].get("type") == "sleep",
        api.edition.digits_receive_takes_one_by_default,
    )


@rule("AF-RUN-13", "flows.md 3.9", Safety.BILLABLE, depends_on=("PC-PRE-06",))
def completion_starts_a_flow(api: ProbeClient) -> None:
    """When a flow completes, the flow of its on_complete_flow_id starts as another activeflow."""
    found = _run(api, flow_id=_flow_with_follower(api, [{"type": "answer"}]))
    require_equal("the number of flows that it started", len(_started_by(api, found)), 1)


@rule(
    "AF-RUN-14",
    "flows.md 3.9",
    Safety.BILLABLE,
    edition_flag="on_complete_after_success_only",
    depends_on=("AF-NEW-01", "AF-RUN-13", "FL-NEW-03", "PC-PRE-06"),
)
def completes_only_success(api: ProbeClient) -> None:
    """on_complete_flow_id starts only after success (documented); on the servers it starts however the flow ends."""
    found = _run(api, flow_id=_flow_with_follower(api, [_LONG]))
    require_success(api.post(f"/calls/{found['reference_id']}/hangup"))
    api.ended_call(found["reference_id"])
    require_equal("a flow was started", bool(_started_by(api, found)), not api.edition.on_complete_after_success_only)


@rule(
    "AF-RUN-15",
    "flows.md 3.5",
    Safety.BILLABLE,
    edition_flag="continues_after_failed_connect",
    depends_on=("AF-NEW-01", "AF-RUN-17", "PC-PRE-07"),
)
def unanswered_connect_continues(api: ProbeClient) -> None:
    """If nobody answers a `connect`, the flow continues (documented); on the servers the call stays in an empty
    bridge."""
    found = _run(api, [{"type": "connect", "option": {"source": SOURCE, "destinations": [DESTINATION]}}, _LONG], 0.5)
    call = api.poll(f"/calls/{found['reference_id']}", lambda call: call.get("chained_call_ids"))
    leg = api.poll(f"/calls/{call['chained_call_ids'][0]}")["id"]
    require_success(api.post(f"/calls/{leg}/hangup"))
    api.ended_call(leg)
    path = f"/activeflows/{found['id']}"
    action = api.poll(path, lambda found: found["current_action"].get("type") == "sleep")["current_action"].get("type")
    require_equal("the call continues", action == "sleep", api.edition.continues_after_failed_connect)


@rule(
    "AF-RUN-16",
    "flows.md 3.5",
    Safety.BILLABLE,
    edition_flag="timed_actions_end",
    depends_on=("AF-RUN-03", "PC-PRE-07"),
)
def timed_actions_end(api: ProbeClient) -> None:
    """`sleep`, `echo`, `stream_echo`, `digits_send` and `digits_receive` end after their duration (documented); on
    the servers they last until the call is hung up."""
    found = _run(api, [{"type": "sleep", "option": {"duration": 500}}, {**_TALK, "option": {"text": 600 * "long "}}])
    action = found["current_action"].get("type")
    require_equal("the sleep ends", action == "talk", api.edition.timed_actions_end)


@rule(
    "AF-RUN-17",
    "flows.md 3.5; calls.md 5.3",
    Safety.BILLABLE,
    depends_on=("AF-NEW-01", "GC-NEW-01", "PC-NEW-15", "PC-PRE-07"),
)
def every_leg_is_chained(api: ProbeClient) -> None:
    """Each call that `connect` places, also through an agent's groupcall, is one of its caller's chained_call_ids; its
    master_call_id is set after the call was created."""
    agent = {"type": "agent", "target": api.identity("super_admin").id}
    found = _run(api, [{"type": "connect", "option": {"source": SOURCE, "destinations": [agent]}}, _LONG], 0.5)
    master = api.poll(f"/calls/{found['reference_id']}", lambda call: call.get("chained_call_ids"))
    require_equal("the number of chained calls", len(master.get("chained_call_ids", [])), 1)
    leg = api.poll(f"/calls/{master['chained_call_ids'][0]}", lambda call: call["master_call_id"] != NIL)
    require_equal("its master", leg["master_call_id"], master["id"])


@rule(
    "AF-REC-01",
    "flows.md 3.5; flows.md 3.8",
    Safety.BILLABLE,
    depends_on=("AF-NEW-01", "AF-RUN-03", "AF-RUN-08", "PC-PRE-07"),
)
def recording_sets_variables(api: ProbeClient) -> None:
    """`recording_start` sets `voipbin.recording.id`, and other variables of the recording."""
    text = "[${voipbin.recording.id}] [${voipbin.recording.reference_type}] " + 600 * "long "
    found = _run(api, [_RECORD, {"type": "talk", "option": {"text": text}}], seconds=0.5)
    call = require_success(api.get(f"/calls/{found['reference_id']}"))
    spoken = found["current_action"]["option"]["text"]
    require_equal("the variables", spoken.split(" long")[0], f"[{call['recording_id']}] [call]")


@rule("AF-REC-02", "flows.md 3.5; flows.md 3.9", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def recording_end_starts_a_flow(api: ProbeClient) -> None:
    """When a recording ends, the flow of its on_end_flow_id starts as another activeflow, which refers to no call."""
    following = require_success(api.post("/flows", {"name": "following"}))["id"]
    record = {"type": "recording_start", "option": {"format": "wav", "on_end_flow_id": following}}
    found = _run(api, [record, {"type": "recording_stop"}, _TALK], seconds=0.5)
    rows = _started_by(api, found)
    started = [(row["flow_id"], row.get("reference_type", ""), row["reference_id"]) for row in rows]
    require_equal("the flows that it started", started, [(following, "", NIL)])


def _run(
    api: ProbeClient, actions: list[dict[str, Any]] | None = None, seconds: float = 5, **fields: object
) -> dict[str, Any]:
    """Return the activeflow of a call, `seconds` after it was answered."""
    request = {"actions": actions, **fields}
    call = api.first_call(require_success(api.post("/providercalls", api.body(**request))))
    api.drive_call(call["id"], "answer")
    api.advance(seconds)
    return require_success(api.get(f"/activeflows/{call['activeflow_id']}"))


def _types(activeflow: dict[str, Any]) -> list[str]:
    return [action.get("type", "") for action in activeflow["executed_actions"]]


def _end_of_call(api: ProbeClient, activeflow: dict[str, Any]) -> tuple[str, str, str]:
    call = api.ended_call(activeflow["reference_id"])
    return call["status"], call.get("hangup_reason", ""), call.get("hangup_by", "")


def _flow_with_follower(api: ProbeClient, actions: list[dict[str, Any]]) -> str:
    """Create a flow with an on_complete_flow_id, and return its id."""
    following = require_success(api.post("/flows", {"name": "following"}))["id"]
    id: str = require_success(api.post("/flows", {"actions": actions, "on_complete_flow_id": following}))["id"]
    return id


def _started_by(api: ProbeClient, activeflow: dict[str, Any]) -> list[dict[str, Any]]:
    return api.rows_where("/activeflows", "reference_activeflow_id", activeflow["id"])


def _running(api: ProbeClient) -> dict[str, Any]:
    call = api.first_call(api.place())
    return require_success(api.get(f"/activeflows/{call['activeflow_id']}"))

"""Rules of POST /activeflows: a flow in execution that belongs to no call (flows.md 3.2)."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, INVALID_DATA, NOT_FOUND, accepted, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_IGNORED = accepted("the field is ignored")


@rule("AF-NEW-02", "flows.md 3.2", Safety.INERT)
def created_without_call(api: ProbeClient) -> None:
    """POST /activeflows creates an activeflow of reference_type `api`, without a reference. Without a valid flow_id it
    executes a temporary flow of the given actions."""
    created = _created(api, flow_id="nope", actions=[{"type": "block"}])
    reference = created["reference_type"], created["reference_id"], created["status"]
    require_equal("the reference and the status", reference, ("api", NIL, "running"))
    flow = require_success(api.get(f"/flows/{created['flow_id']}"))
    require_equal("the flow", [action["type"] for action in flow["actions"]], ["block"])
    require_success(api.post(f"/activeflows/{created['id']}/stop"))


@rule("AF-NEW-03", "flows.md 3.2", Safety.INERT, error(404, "FLOW_NOT_FOUND", "The flow was not found."))
def flow_exists(api: ProbeClient) -> Response:
    """The flow_id of POST /activeflows must be the id of an existing flow."""
    return api.post("/activeflows", {"flow_id": UNKNOWN_ID})


@rule("AF-NEW-04", "flows.md 3.2", Safety.INERT, DENIED)
def flow_is_own(api: ProbeClient) -> Response:
    """The flow_id of POST /activeflows must be a flow of the user's own customer, even for a super-admin."""
    flow = require_success(api.post("/flows", {"name": "probe"}, as_="customer_admin"))["id"]
    return api.post("/activeflows", {"flow_id": flow})


@rule("AF-NEW-05", "flows.md 3.2", Safety.INERT, NOT_FOUND, depends_on=("FL-DEL-01",))
def flow_not_deleted(api: ProbeClient) -> Response:
    """The flow of POST /activeflows must not be deleted; the error reason differs from an unknown flow's."""
    id = require_success(api.post("/flows", {"name": "probe"}))["id"]
    require_success(api.delete(f"/flows/{id}"))
    return api.post("/activeflows", {"flow_id": id})


@rule("AF-NEW-06", "flows.md 3.2", Safety.INERT, INVALID_DATA)
def id_is_unused(api: ProbeClient) -> Response:
    """POST /activeflows accepts an id, which no activeflow may have."""
    return api.post("/activeflows", {"id": _created(api)["id"]})


@rule(
    "AF-NEW-07",
    "flows.md 3.2",
    Safety.INERT,
    error(400, "INVALID_WEBHOOK_URI", "webhook_uri must be a valid http or https URL"),
    server_2026_04=_IGNORED,
    depends_on=("GW-BODY-01",),
    hint="Send a full URL, such as https://client.example/hooks, or leave webhook_uri out.",
)
def webhook_uri_is_a_url(api: ProbeClient) -> Response:
    """The webhook_uri of POST /activeflows must be empty, or an http or https URL (ignored in April 2026)."""
    return api.post("/activeflows", {"webhook_uri": "client.example.invalid/hooks"})


@rule(
    "AF-NEW-08",
    "flows.md 3.2",
    Safety.INERT,
    error(400, "INVALID_WEBHOOK_METHOD", "webhook_method must be one of POST, GET, PUT or DELETE"),
    server_2026_04=_IGNORED,
    depends_on=("GW-BODY-01",),
)
def webhook_method_is_known(api: ProbeClient) -> Response:
    """The webhook_method of POST /activeflows must be empty, POST, GET, PUT or DELETE (ignored in April 2026)."""
    return api.post("/activeflows", {"webhook_method": "BREW"})


@rule(
    "AF-NEW-09",
    "flows.md 3.2; calls.md 1.6",
    Safety.INERT,
    error(400, "INVALID_VARIABLES", "{why}"),
    server_2026_04=_IGNORED,
    depends_on=("GW-BODY-01",),
)
def variables_small(api: ProbeClient) -> Response:
    """The variables of POST /activeflows are limited as those of POST /calls (ignored in April 2026)."""
    return api.post("/activeflows", {"variables": {f"v{n}": "" for n in range(101)}})


@rule("AF-RUN-18", "flows.md 3.2; flows.md 3.4", Safety.INERT, depends_on=("AF-NEW-02",))
def runs_without_call(api: ProbeClient) -> None:
    """An activeflow of POST /activeflows starts at once, after the response. Actions that need a call are skipped, and
    `block` waits until the activeflow is stopped."""
    talk = {"type": "talk", "option": {"text": "hello"}}
    path = f"/activeflows/{_created(api, actions=[{'type': 'answer'}, talk, {'type': 'block'}])['id']}"
    found = api.poll(path, lambda activeflow: activeflow["current_action"].get("type") == "block")
    require_equal("the action", (found["status"], found["current_action"].get("type")), ("running", "block"))
    require_equal("the status", require_success(api.post(f"{path}/stop"))["status"], "ended")


@rule("AF-RUN-19", "flows.md 3.4", Safety.INERT, depends_on=("AF-NEW-02", "AF-RUN-18", "FL-NEW-02"))
def next_id_reaches_below(api: ProbeClient) -> None:
    """A next_id may name an action of the list below, into which the present list was fetched: it continues there."""
    fetched = [{"type": "variable_set", "option": {"key": "a", "value": "b"}, "next_id": UNKNOWN_ID}, {"type": "block"}]
    flow = require_success(api.post("/flows", {"name": "probe", "actions": fetched}))["id"]
    fetch = {"type": "fetch_flow", "option": {"flow_id": flow}}
    actions = [fetch, {"type": "block"}, {"id": UNKNOWN_ID, "type": "block"}]
    path = f"/activeflows/{_created(api, actions=actions)['id']}"
    found = api.poll(path, lambda activeflow: activeflow["current_action"].get("type") == "block")
    require_equal("the action", found["current_action"]["id"], UNKNOWN_ID)
    require_success(api.post(f"{path}/stop"))


def _created(api: ProbeClient, **fields: object) -> dict[str, Any]:
    return require_success(api.post("/activeflows", fields))

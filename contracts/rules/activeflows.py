"""Activeflows: flows in execution, one for each call (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ..http import Response
from ..probing import UNKNOWN_ID, Api, ok, same
from ..rule import DENIED, NO_DIRECT, Safety, bare, envelope, rule

_UNKNOWN = envelope(404, "ACTIVEFLOW_NOT_FOUND", "The active flow was not found.")
_START = "00000000-0000-0000-0000-000000000001"


@rule("AF-AUTH-01", "flows.md 3.2", Safety.READ, DENIED, server_2026_04=bare(400))
def staff_only(api: Api) -> Response:
    """Activeflows are for a customer's admins and managers, and for super-admins."""
    return api.get("/activeflows", as_="customer_agent")


@rule("AF-AUTH-02", "flows.md 3.2", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/activeflows", as_="direct")


@rule("AF-GET-01", "flows.md 3.2", Safety.READ, _UNKNOWN, server_2026_04=bare(400))
def exists(api: Api) -> Response:
    """An activeflow that is read or stopped exists."""
    return api.get(f"/activeflows/{UNKNOWN_ID}")


@rule("AF-GET-02", "flows.md 3.2", Safety.BILLABLE, DENIED, server_2026_04=bare(400))
def own_customer_only(api: Api) -> Response:
    """Another customer's activeflow is refused, to anybody but a super-admin."""
    return api.get(f"/activeflows/{_running(api)['id']}", as_="customer_admin")


@rule("AF-NEW-01", "flows.md 3.1 and 3.4", Safety.BILLABLE)
def one_for_each_call(api: Api) -> None:
    """Each call has an activeflow: running, at the start pseudo-action, and naming the call."""
    call = api.first_call(api.place())
    found = ok(api.get(f"/activeflows/{call['activeflow_id']}"))
    reference = found["reference_type"], found["reference_id"]
    same("the reference", reference, ("call", call["id"]))
    same("the status and action", (found["status"], found["current_action"]["id"]), ("running", _START))


@rule("AF-STOP-01", "flows.md 3.3", Safety.BILLABLE)
def stop_hangs_up(api: Api) -> None:
    """Stopping an activeflow answers it as `ended`, and hangs up its call."""
    running = _running(api)
    same("the status", ok(api.post(f"/activeflows/{running['id']}/stop"))["status"], "ended")
    call = ok(api.get(f"/calls/{running['reference_id']}"))
    same("the call's end", (call.get("hangup_reason"), call.get("hangup_by")), ("cancel", "local"))


@rule("AF-STOP-02", "flows.md 3.3", Safety.BILLABLE)
def stop_again_changes_nothing(api: Api) -> None:
    """Stopping an activeflow that has ended answers 200 with it as it is."""
    path = f"/activeflows/{_running(api)['id']}/stop"
    same("the activeflow", ok(api.post(path)), ok(api.post(path)))


def _running(api: Api) -> dict[str, Any]:
    call = api.first_call(api.place())
    return ok(api.get(f"/activeflows/{call['activeflow_id']}"))

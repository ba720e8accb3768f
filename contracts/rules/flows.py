"""Flows: lists of actions that calls follow (flows.md 1)."""

from __future__ import annotations

from typing import Any

from ..http import Response
from ..probing import UNKNOWN_ID, Api, ok, same
from ..rule import DENIED, NO_DIRECT, NOT_FOUND, Safety, bare, envelope, rule
from ..uuids import NIL

_UNKNOWN = envelope(404, "FLOW_NOT_FOUND", "The flow was not found.")


@rule("FL-AUTH-01", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=bare(400))
def staff_only(api: Api) -> Response:
    """Flows are for a customer's admins and managers, and for super-admins."""
    return api.post("/flows", {}, as_="customer_agent")


@rule("FL-AUTH-02", "flows.md 1.3", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/flows", as_="direct")


@rule("FL-GET-01", "flows.md 1.3", Safety.READ, _UNKNOWN, server_2026_04=bare(400))
def exists(api: Api) -> Response:
    """A flow that is read, changed or deleted exists."""
    return api.get(f"/flows/{UNKNOWN_ID}")


@rule("FL-GET-02", "flows.md 1.3", Safety.INERT, NOT_FOUND, server_2026_04=bare(400), stands_on=("FL-DEL-01",))
def not_deleted(api: Api) -> Response:
    """A deleted flow cannot be read, changed or deleted again; the reason differs from an unknown one's."""
    path = f"/flows/{_made(api)['id']}"
    ok(api.delete(path))
    return api.get(path)


@rule("FL-GET-03", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=bare(400))
def own_customer_only(api: Api) -> Response:
    """Another customer's flow is refused, to anybody but a super-admin."""
    return api.get(f"/flows/{_made(api)['id']}", as_="customer_admin")


@rule("FL-NEW-01", "flows.md 1.2", Safety.INERT)
def every_field_optional(api: Api) -> None:
    """POST /flows takes an empty object, and makes a flow of type `flow` of the asker's own customer."""
    flow = ok(api.post("/flows", {}))
    same("the type and owner", (flow["type"], flow["customer_id"]), ("flow", api.who("super_admin").customer_id))


@rule("FL-NEW-02", "flows.md 2.2", Safety.INERT)
def action_ids(api: Api) -> None:
    """An action keeps an id that is a UUID, and gets a new one for any other; next_id is nil unless it is a UUID."""
    sent = [{"id": UNKNOWN_ID, "type": "answer", "next_id": "second"}, {"id": "second", "type": "hangup"}]
    first, second = _made(api, actions=sent)["actions"]
    same("the first's ids", (first["id"], first["next_id"]), (UNKNOWN_ID, NIL))
    same("a new id", second["id"] not in ("second", NIL), True)


@rule("FL-NEW-03", "flows.md 2.1", Safety.INERT)
def options_kept(api: Api) -> None:
    """An action's options are kept, unknown ones too, in the order of their names."""
    option = {"text": "hello", "language": "en-US", "surprise": 1.0}
    found = _made(api, actions=[{"type": "talk", "option": option}])["actions"][0]["option"]
    same("the options", list(found.items()), [("language", "en-US"), ("surprise", 1), ("text", "hello")])


@rule("FL-NEW-04", "flows.md 1.3", Safety.INERT, _UNKNOWN, server_2026_04=bare(400))
def on_complete_flow_exists(api: Api) -> Response:
    """on_complete_flow_id names a flow that exists; one that cannot be read counts as none."""
    ok(api.post("/flows", {"on_complete_flow_id": "none"}))
    return api.post("/flows", {"on_complete_flow_id": UNKNOWN_ID})


@rule("FL-NEW-05", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=bare(400))
def on_complete_flow_is_own(api: Api) -> Response:
    """on_complete_flow_id names a flow of the asker's own customer, unless a super-admin asks."""
    return api.post("/flows", {"on_complete_flow_id": _made(api)["id"]}, as_="customer_admin")


@rule("FL-NEW-06", "flows.md 1.3", Safety.INERT, NOT_FOUND, server_2026_04=bare(400), stands_on=("FL-DEL-01",))
def on_complete_flow_not_deleted(api: Api) -> Response:
    """on_complete_flow_id names a flow that has not been deleted."""
    id = _made(api)["id"]
    ok(api.delete(f"/flows/{id}"))
    return api.post("/flows", {"on_complete_flow_id": id})


@rule("FL-PUT-01", "flows.md 1.2", Safety.INERT)
def put_replaces(api: Api) -> None:
    """PUT replaces every field: what is left out becomes empty. tm_update is set."""
    flow = _made(api, actions=[{"type": "answer"}], detail="old")
    changed = ok(api.put(f"/flows/{flow['id']}", {"name": "new"}))
    found = changed["name"], changed.get("detail", ""), changed.get("actions", [])
    same("the fields", found, ("new", "", []))
    same("tm_update is set", changed["tm_update"] is not None, True)


@rule("FL-DEL-01", "flows.md 1.4", Safety.INERT)
def delete_is_soft(api: Api) -> None:
    """DELETE answers the flow with tm_delete, equal to tm_update, and takes it off the list."""
    id = _made(api)["id"]
    deleted = ok(api.delete(f"/flows/{id}"))
    same("tm_delete is set", deleted["tm_delete"] is not None, True)
    same("the times", deleted["tm_delete"], deleted["tm_update"])


@rule("FL-TMP-01", "flows.md 1.5", Safety.BILLABLE, stands_on=("PC-PRE-07",))
def temporary_unchangeable(api: Api) -> None:
    """PUT and DELETE of a temporary flow answer 200 and change nothing."""
    path = _temporary(api)
    before = ok(api.get(path))
    same("after PUT", ok(api.put(path, {"name": "new"})), before)
    same("after DELETE", ok(api.delete(path)), before)
    same("still readable", ok(api.get(path)), before)


@rule("FL-TMP-02", "flows.md 1.5", Safety.BILLABLE)
def temporary_not_listed(api: Api) -> None:
    """A temporary flow is never listed."""
    id = _temporary(api).removeprefix("/flows/")
    same("listed", id in [row["id"] for row in api.listed("/flows")], False)


def _temporary(api: Api) -> str:
    call = api.first_call(api.place(actions=[{"type": "answer"}]))
    return f"/flows/{call['flow_id']}"


def _made(api: Api, **fields: object) -> dict[str, Any]:
    return ok(api.post("/flows", {"name": "probe", **fields}))

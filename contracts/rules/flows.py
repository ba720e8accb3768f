"""Rules of flows: lists of actions that calls execute (flows.md 1)."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, INVALID_DATA, NO_DIRECT, NOT_FOUND, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import DIRECT_HASH, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_UNKNOWN = error(404, "FLOW_NOT_FOUND", "The flow was not found.")


@rule("FL-AUTH-01", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may access flows."""
    return api.post("/flows", {}, as_="customer_agent")


@rule("FL-AUTH-02", "flows.md 1.3", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/flows", as_="direct")


@rule("FL-GET-01", "flows.md 1.3", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The flow to read, change or delete must exist."""
    return api.get(f"/flows/{UNKNOWN_ID}")


@rule("FL-GET-02", "flows.md 1.3", Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400), depends_on=("FL-DEL-01",))
def not_deleted(api: ProbeClient) -> Response:
    """A deleted flow cannot be read, changed or deleted again; the error reason differs from an unknown flow's."""
    path = f"/flows/{_create(api)['id']}"
    require_success(api.delete(path))
    return api.get(path)


@rule("FL-GET-03", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The flow must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/flows/{_create(api)['id']}", as_="customer_admin")


@rule("FL-NEW-01", "flows.md 1.2", Safety.INERT)
def every_field_optional(api: ProbeClient) -> None:
    """POST /flows accepts an empty object and creates a flow of type `flow` for the user's own customer."""
    flow = require_success(api.post("/flows", {}))
    require_equal(
        "the type and owner", (flow["type"], flow["customer_id"]), ("flow", api.identity("super_admin").customer_id)
    )


@rule("FL-NEW-02", "flows.md 2.2", Safety.INERT)
def action_ids(api: ProbeClient) -> None:
    """An action keeps an id that is a UUID and gets a new one otherwise; next_id is nil unless it is a UUID."""
    sent = [{"id": UNKNOWN_ID, "type": "answer", "next_id": "second"}, {"id": "second", "type": "hangup"}]
    first, second = _create(api, actions=sent)["actions"]
    require_equal("the first's ids", (first["id"], first["next_id"]), (UNKNOWN_ID, NIL))
    require_equal("a new id", second["id"] not in ("second", NIL), True)


@rule("FL-NEW-03", "flows.md 2.1", Safety.INERT)
def options_kept(api: ProbeClient) -> None:
    """An action's options are kept, unknown ones included, sorted by name."""
    option = {"text": "hello", "language": "en-US", "surprise": 1.0}
    found = _create(api, actions=[{"type": "talk", "option": option}])["actions"][0]["option"]
    require_equal("the options", list(found.items()), [("language", "en-US"), ("surprise", 1), ("text", "hello")])


@rule("FL-NEW-04", "flows.md 1.3", Safety.INERT, _UNKNOWN, server_2026_04=empty_error(400))
def on_complete_flow_exists(api: ProbeClient) -> Response:
    """on_complete_flow_id must be the id of an existing flow; a value that is not a UUID is ignored."""
    require_success(api.post("/flows", {"on_complete_flow_id": "none"}))
    return api.post("/flows", {"on_complete_flow_id": UNKNOWN_ID})


@rule("FL-NEW-05", "flows.md 1.3", Safety.INERT, DENIED, server_2026_04=empty_error(400))
def on_complete_flow_is_own(api: ProbeClient) -> Response:
    """on_complete_flow_id must be a flow of the user's own customer, unless the user is a super-admin."""
    return api.post("/flows", {"on_complete_flow_id": _create(api)["id"]}, as_="customer_admin")


@rule("FL-NEW-06", "flows.md 1.3", Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400), depends_on=("FL-DEL-01",))
def on_complete_flow_not_deleted(api: ProbeClient) -> Response:
    """on_complete_flow_id must not be a deleted flow."""
    id = _create(api)["id"]
    require_success(api.delete(f"/flows/{id}"))
    return api.post("/flows", {"on_complete_flow_id": id})


@rule("FL-NEW-07", "flows.md 1.2", Safety.INERT)
def flow_has_direct_hash(api: ProbeClient) -> None:
    """A flow that is not temporary has a direct_hash: `direct.` and 12 hexadecimal digits."""
    found = _create(api).get("direct_hash", "")
    require_equal("it is well-formed", DIRECT_HASH.fullmatch(found) is not None, True)


@rule("FL-NEW-08", "flows.md 1.3", Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def texts_fit(api: ProbeClient) -> Response:
    """A flow's name has at most 255 characters, and its detail at most 65,535 bytes."""
    require_equal("65,536 bytes of detail", api.post("/flows", {"detail": "x" * 65_536}).status, 400)
    return api.post("/flows", {"name": "x" * 256})


@rule("FL-NEW-09", "flows.md 1.3", Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def flows_are_limited(api: ProbeClient) -> Response:
    """A customer that has 10,000 flows cannot create another, not even a temporary one."""
    return api.post("/flows", {"name": "probe"}, as_="full_admin")


@rule("FL-PUT-01", "flows.md 1.2", Safety.INERT)
def put_replaces(api: ProbeClient) -> None:
    """PUT replaces every field; omitted fields become empty. tm_update is set."""
    flow = _create(api, actions=[{"type": "answer"}], detail="old")
    changed = require_success(api.put(f"/flows/{flow['id']}", {"name": "new"}))
    found = changed["name"], changed.get("detail", ""), changed.get("actions", [])
    require_equal("the fields", found, ("new", "", []))
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("FL-DEL-01", "flows.md 1.4", Safety.INERT)
def delete_is_soft(api: ProbeClient) -> None:
    """DELETE returns the flow with tm_delete equal to tm_update, and removes it from the list."""
    id = _create(api)["id"]
    deleted = require_success(api.delete(f"/flows/{id}"))
    require_equal("tm_delete is set", deleted["tm_delete"] is not None, True)
    require_equal("the times", deleted["tm_delete"], deleted["tm_update"])


@rule("FL-TMP-01", "flows.md 1.5", Safety.BILLABLE, depends_on=("PC-PRE-07",))
def temporary_unchangeable(api: ProbeClient) -> None:
    """PUT and DELETE of a temporary flow return 200 and change nothing."""
    path = _temporary(api)
    before = require_success(api.get(path))
    require_equal("after PUT", require_success(api.put(path, {"name": "new"})), before)
    require_equal("after DELETE", require_success(api.delete(path)), before)
    require_equal("still readable", require_success(api.get(path)), before)


@rule("FL-TMP-02", "flows.md 1.5", Safety.BILLABLE)
def temporary_not_listed(api: ProbeClient) -> None:
    """A temporary flow is never listed."""
    id = _temporary(api).removeprefix("/flows/")
    require_equal("listed", id in [row["id"] for row in api.first_page("/flows")], False)


def _temporary(api: ProbeClient) -> str:
    call = api.first_call(api.place(actions=[{"type": "answer"}]))
    return f"/flows/{call['flow_id']}"


def _create(api: ProbeClient, **fields: object) -> dict[str, Any]:
    return require_success(api.post("/flows", {"name": "probe", **fields}))

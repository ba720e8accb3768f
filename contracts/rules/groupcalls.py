"""Groupcalls: several calls for one destination (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ..http import Response
from ..probing import DESTINATION, SOURCE, UNKNOWN_ID, Api, ok, same
from ..rule import DENIED, INTERNAL, NO_DIRECT, Safety, bare, envelope, rule

_UNKNOWN = envelope(404, "GROUPCALL_NOT_FOUND", "The group call was not found.")


@rule("GC-AUTH-01", "calls.md 5.2", Safety.READ, DENIED, server_2026_04=bare(400))
def staff_only(api: Api) -> Response:
    """Groupcalls are for a customer's admins and managers, and for super-admins."""
    return api.get("/groupcalls", as_="customer_agent")


@rule("GC-AUTH-02", "calls.md 5.2", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/groupcalls", as_="direct")


@rule("GC-GET-01", "calls.md 5.2", Safety.READ, _UNKNOWN, server_2026_04=bare(400))
def exists(api: Api) -> Response:
    """A groupcall that is read, hung up or deleted exists."""
    return api.get(f"/groupcalls/{UNKNOWN_ID}")


@rule("GC-GET-02", "calls.md 5.2", Safety.BILLABLE, DENIED, server_2026_04=bare(400), stands_on=("PC-NEW-15",))
def own_customer_only(api: Api) -> Response:
    """Another customer's groupcall is refused, to anybody but a super-admin."""
    return api.get(f"/groupcalls/{_placed(api)['id']}", as_="customer_admin")


@rule("GC-GET-03", "calls.md 5.2", Safety.BILLABLE, stands_on=("PC-NEW-15",))
def deleted_still_readable(api: Api) -> None:
    """A deleted groupcall is still read, with tm_delete, and deleted again without a change."""
    path = f"/groupcalls/{_placed(api)['id']}"
    deleted = ok(api.delete(path))
    same("tm_delete is set", deleted.get("tm_delete") is not None, True)
    same("tm_delete", ok(api.get(path)).get("tm_delete"), deleted["tm_delete"])
    same("deleted again", ok(api.delete(path)).get("tm_delete"), deleted["tm_delete"])


@rule("GC-NEW-01", "calls.md 5.3", Safety.BILLABLE, stands_on=("PC-NEW-15",))
def one_call_per_address(api: Api) -> None:
    """An agent's groupcall has one call for each of the agent's addresses, and counts them."""
    groupcall = _placed(api)
    same("the calls", (groupcall["call_count"], len(groupcall["call_ids"])), (1, 1))
    ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))


@rule("GC-NEW-02", "calls.md 5.5", Safety.BILLABLE, stands_on=("GC-NEW-01", "PC-NEW-15"))
def children_are_not_forced(api: Api) -> None:
    """A groupcall's calls are not forced through the provider: they carry no metadata."""
    call = ok(api.get(f"/calls/{_placed(api)['call_ids'][0]}"))
    same("the metadata", call.get("metadata", {}), {})


@rule(
    "GC-NEW-03",
    "calls.md 1.1",
    Safety.BILLABLE,
    point="call_names_groupcall",
    stands_on=("GC-NEW-01", "PC-NEW-15"),
)
def children_name_it(api: Api) -> None:
    """groupcall_id of a groupcall's call is the groupcall's in the documents, always the nil UUID on the servers."""
    groupcall = _placed(api)
    call = ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))
    same("its groupcall", call["groupcall_id"] == groupcall["id"], api.edition.call_names_groupcall)


@rule("GC-HUP-01", "calls.md 5.2", Safety.BILLABLE, stands_on=("GC-NEW-01", "PC-NEW-15"))
def hangup_reaches_every_call(api: Api) -> None:
    """Hanging a groupcall up answers `hangingup`, and hangs up each of its calls."""
    groupcall = _placed(api)
    same("the status", ok(api.post(f"/groupcalls/{groupcall['id']}/hangup"))["status"], "hangingup")
    call = ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))
    same("the call", call.get("hangup_reason"), "cancel")


@rule("GC-HUP-02", "calls.md 5.4", Safety.BILLABLE, stands_on=("GC-NEW-01", "PC-NEW-15"))
def ends_with_its_calls(api: Api) -> None:
    """A groupcall ends once each of its calls has ended."""
    groupcall = _placed(api)
    ok(api.post(f"/calls/{groupcall['call_ids'][0]}/hangup"))
    ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))
    same("the status", ok(api.get(f"/groupcalls/{groupcall['id']}"))["status"], "hangup")


@rule("GC-ANS-01", "calls.md 5.4", Safety.BILLABLE)
def first_answer_wins(api: Api) -> None:
    """The first call of a groupcall that is answered wins: it is the answer_call_id, and the others are hung up."""
    body = {"source": SOURCE, "destinations": [DESTINATION, DESTINATION], "answer_method": "hangup_others"}
    groupcall = ok(api.post("/groupcalls", body))
    first, second = groupcall["call_ids"]
    api.steer(first, "answer")
    same("the other call", ok(api.get(f"/calls/{second}")).get("hangup_reason"), "cancel")
    same("answer_call_id", ok(api.get(f"/groupcalls/{groupcall['id']}"))["answer_call_id"], first)


@rule("GC-NEW-04", "calls.md 5.2", Safety.INERT, INTERNAL, server_2026_04=bare(400))
def destinations_given(api: Api) -> Response:
    """POST /groupcalls needs a destination, of which the only one can be called."""
    return api.post("/groupcalls", {"source": SOURCE, "destinations": []})


@rule("GC-NEW-05", "calls.md 5.2", Safety.REFUSED, INTERNAL, server_2026_04=bare(400))
def ring_method_known(api: Api) -> Response:
    """ring_method is ring_all or linear; an empty one is ring_all."""
    return api.post("/groupcalls", {"source": SOURCE, "destinations": [DESTINATION], "ring_method": "all"})


@rule("GC-RING-01", "calls.md 5.3; calls.md 5.4", Safety.BILLABLE, stands_on=("GC-HUP-02",))
def linear_rings_one_after_the_other(api: Api) -> None:
    """A linear groupcall calls its first destination, and the next one once that has ended unanswered."""
    body = {"source": SOURCE, "destinations": [DESTINATION, DESTINATION], "ring_method": "linear"}
    groupcall = ok(api.post("/groupcalls", body))
    same("the calls at first", (len(groupcall["call_ids"]), groupcall.get("dial_index", 0)), (1, 0))
    ok(api.post(f"/calls/{groupcall['call_ids'][0]}/hangup"))
    ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))
    groupcall = ok(api.get(f"/groupcalls/{groupcall['id']}"))
    same("the calls then", (len(groupcall["call_ids"]), groupcall.get("dial_index", 0)), (2, 1))


@rule("GC-DEL-01", "calls.md 5.2", Safety.BILLABLE, stands_on=("GC-NEW-01", "PC-NEW-15"))
def delete_hangs_up(api: Api) -> None:
    """DELETE hangs a live groupcall up first."""
    groupcall = _placed(api)
    ok(api.delete(f"/groupcalls/{groupcall['id']}"))
    call = ok(api.get(f"/calls/{groupcall['call_ids'][0]}"))
    same("the call", call.get("hangup_reason"), "cancel")


def _placed(api: Api) -> dict[str, Any]:
    """A groupcall of the super-admin, who has one address."""
    record = api.place(destinations=[{"type": "agent", "target": api.who("super_admin").id}])
    return ok(api.get(f"/groupcalls/{record['groupcall_ids'][0]}"))

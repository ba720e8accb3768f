"""Rules of groupcalls: several calls for one destination (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, INTERNAL, NO_DIRECT, empty_error, error
from ..http import Response
from ..probes import (
    DESTINATION,
    NO_NUMBER,
    SOURCE,
    UNKNOWN_ID,
    ProbeClient,
    ProbeUnavailable,
    require_equal,
    require_success,
)
from ..rule import Safety, rule

_UNKNOWN = error(404, "GROUPCALL_NOT_FOUND", "The group call was not found.")
_FAILING = {"source": SOURCE, "destinations": 2 * [{"type": "tel", "target": NO_NUMBER}]}
"""The body of a groupcall none of whose calls can be dialled."""


@rule("GC-AUTH-01", "calls.md 5.2", Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers, and super-admins, may access groupcalls."""
    return api.get("/groupcalls", as_="customer_agent")


@rule("GC-AUTH-02", "calls.md 5.2", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/groupcalls", as_="direct")


@rule("GC-GET-01", "calls.md 5.2", Safety.READ, _UNKNOWN, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The groupcall to read, hang up or delete must exist."""
    return api.get(f"/groupcalls/{UNKNOWN_ID}")


@rule("GC-GET-02", "calls.md 5.2", Safety.BILLABLE, DENIED, server_2026_04=empty_error(400), depends_on=("PC-NEW-15",))
def own_customer_only(api: ProbeClient) -> Response:
    """The groupcall must belong to the user's own customer, unless the user is a super-admin."""
    return api.get(f"/groupcalls/{_placed(api)['id']}", as_="customer_admin")


@rule("GC-GET-03", "calls.md 5.2", Safety.BILLABLE, depends_on=("PC-NEW-15",))
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted groupcall can still be read, with tm_delete set; deleting it again changes nothing."""
    path = f"/groupcalls/{_placed(api)['id']}"
    deleted = require_success(api.delete(path))
    require_equal("tm_delete is set", deleted.get("tm_delete") is not None, True)
    require_equal("tm_delete", require_success(api.get(path)).get("tm_delete"), deleted["tm_delete"])
    require_equal("deleted again", require_success(api.delete(path)).get("tm_delete"), deleted["tm_delete"])


@rule("GC-NEW-01", "calls.md 5.3", Safety.BILLABLE, depends_on=("PC-NEW-15",))
def one_call_per_address(api: ProbeClient) -> None:
    """An agent's groupcall has one call for each of the agent's addresses, and call_count counts them."""
    groupcall = _placed(api)
    require_equal("the calls", (groupcall["call_count"], len(groupcall["call_ids"])), (1, 1))
    _first_leg(api, groupcall)


@rule("GC-NEW-02", "calls.md 5.5", Safety.BILLABLE, depends_on=("GC-NEW-01", "PC-NEW-15"))
def children_are_not_forced(api: ProbeClient) -> None:
    """A groupcall's calls are not forced through the provider: they have no metadata."""
    call = _first_leg(api, _placed(api))
    require_equal("the metadata", call.get("metadata", {}), {})


@rule(
    "GC-NEW-06",
    "calls.md 5.3",
    Safety.BILLABLE,
    edition_flag="creates_groupcall_legs_later",
    depends_on=("CL-GET-01", "GC-NEW-01"),
)
def legs_follow_the_response(api: ProbeClient) -> None:
    """The calls in call_ids exist once POST /groupcalls has responded (documented); on the servers GET returns 404
    for some 0.2 s."""
    groupcall = require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [DESTINATION]}))
    status = api.get(f"/calls/{groupcall['call_ids'][0]}").status
    require_equal("the call exists", status == 200, not api.edition.creates_groupcall_legs_later)
    require_equal("its groupcall", (groupcall["status"], groupcall["call_count"]), ("progressing", 1))


@rule(
    "GC-NEW-07",
    "calls.md 5.3",
    Safety.INERT,
    edition_flag="counts_failed_legs",
    depends_on=("CL-GATE-02", "GC-HUP-02", "GC-NEW-08"),
)
def failed_legs_count(api: ProbeClient) -> None:
    """A groupcall whose calls cannot be dialled ends (documented); on the servers only if it has one destination.
    With more it stays `progressing`, and its groupcall_count becomes negative."""
    # Its calls are not read: they never exist, so a server that breaks CL-GET-01 would respond with anything.
    groupcall = _created_a_second_ago(api, _FAILING)
    found = require_success(api.get(f"/groupcalls/{groupcall['id']}"))
    counts = api.edition.counts_failed_legs
    require_equal("the status", found["status"], "hangup" if counts else "progressing")
    require_equal("groupcall_count", found.get("groupcall_count", 0), 0 if counts else -2)


@rule("GC-NEW-08", "calls.md 5.3", Safety.BILLABLE, depends_on=("CL-GATE-05", "GC-HUP-03"))
def failed_leg_ends(api: ProbeClient) -> None:
    """A destination that cannot be called counts as ended: it leaves groupcall_count and changes tm_update."""
    unknown = {"type": "agent", "target": UNKNOWN_ID}
    groupcall = _created_a_second_ago(api, {"source": SOURCE, "destinations": [unknown, DESTINATION]})
    found = require_success(api.get(f"/groupcalls/{groupcall['id']}"))
    require_equal("groupcall_count", found.get("groupcall_count", 0), 0)
    require_equal("tm_update is set", found.get("tm_update") is not None, True)


@rule(
    "GC-NEST-01",
    "calls.md 5.3; calls.md 5.4",
    Safety.BILLABLE,
    edition_flag="links_nested_groupcalls",
    depends_on=("AF-RUN-01", "CL-GET-01", "GC-ANS-01", "GC-GET-01", "GC-NEW-01", "GC-RING-01"),
)
def nested_are_linked(api: ProbeClient) -> None:
    """An answer in a nested groupcall becomes its master's answer_groupcall_id, an answer in the master hangs up the
    nested calls, and a linear groupcall is the master of its first nested one (documented; not so on the servers)."""
    linked = api.edition.links_nested_groupcalls
    _created_a_second_ago(api, _FAILING)
    master, nested = _nested(api)
    api.drive_call(nested["call_ids"][0], "answer")
    found = require_success(api.get(f"/groupcalls/{master['id']}"))["answer_groupcall_id"]
    require_equal("the master has the answer", found == nested["id"], linked)
    master, nested = _nested(api)
    api.drive_call(master["call_ids"][0], "answer")
    ended = require_success(api.get(f"/calls/{nested['call_ids'][0]}"))
    require_equal("the nested call is hung up", ended.get("hangup_reason") == "cancel", linked)
    linear, nested = _nested(api, ring_method="linear")
    require_equal("the nested one has a master", nested["master_groupcall_id"] == linear["id"], linked)


def _created_a_second_ago(api: ProbeClient, body: dict[str, Any]) -> dict[str, Any]:
    """Create a groupcall, and return it as it was then, after the second in which its calls are created.

    Raises ProbeUnavailable if the target's clock stands still, as that of a fake that only polls of a call advance:
    the calls are then not created.
    """
    groupcall = require_success(api.post("/groupcalls", body))
    api.advance(1)
    if require_success(api.post("/groupcalls", body))["tm_create"][:19] == groupcall["tm_create"][:19]:
        raise ProbeUnavailable("the target's clock stands still")
    return groupcall


def _nested(api: ProbeClient, **fields: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Create a groupcall to the super-admin and to a number. Return it, and the nested one of the super-admin."""
    agent = {"type": "agent", "target": api.identity("super_admin").id}
    body = {"source": SOURCE, "destinations": [agent, DESTINATION], "answer_method": "hangup_others", **fields}
    master = require_success(api.post("/groupcalls", body))
    nested = api.poll(f"/groupcalls/{master['groupcall_ids'][0]}")
    _wait_for_calls(api, master)
    _wait_for_calls(api, nested)
    return master, nested


@rule(
    "GC-NEW-03",
    "calls.md 1.1",
    Safety.BILLABLE,
    edition_flag="child_calls_have_groupcall_id",
    depends_on=("GC-NEW-01", "PC-NEW-15"),
)
def children_have_groupcall_id(api: ProbeClient) -> None:
    """A groupcall's calls have its id as groupcall_id (documented; the nil UUID on the servers)."""
    groupcall = _placed(api)
    call = _first_leg(api, groupcall)
    require_equal("its groupcall", call["groupcall_id"] == groupcall["id"], api.edition.child_calls_have_groupcall_id)


@rule("GC-HUP-01", "calls.md 5.2", Safety.BILLABLE, depends_on=("GC-NEW-01", "PC-NEW-15"))
def hangup_reaches_every_call(api: ProbeClient) -> None:
    """Hanging up a groupcall returns it as `hangingup` and hangs up each of its calls."""
    groupcall = _placed(api)
    _first_leg(api, groupcall)
    require_equal(
        "the status", require_success(api.post(f"/groupcalls/{groupcall['id']}/hangup"))["status"], "hangingup"
    )
    call = api.ended_call(groupcall["call_ids"][0])
    require_equal("the call", call.get("hangup_reason"), "cancel")


@rule("GC-HUP-02", "calls.md 5.4", Safety.BILLABLE, depends_on=("GC-NEW-01", "PC-NEW-15"))
def ends_with_its_calls(api: ProbeClient) -> None:
    """A groupcall ends when each of its calls has ended."""
    groupcall = _placed(api)
    _hang_up_first_leg(api, groupcall)
    ended = api.poll(f"/groupcalls/{groupcall['id']}", lambda groupcall: groupcall.get("status") == "hangup")
    require_equal("the status", ended["status"], "hangup")


@rule("GC-HUP-03", "calls.md 5.4", Safety.BILLABLE)
def changes_with_its_calls(api: ProbeClient) -> None:
    """A groupcall's tm_update changes when one of its calls ends, although others go on."""
    body = {"source": SOURCE, "destinations": [DESTINATION, DESTINATION]}
    groupcall = require_success(api.post("/groupcalls", body))
    _wait_for_calls(api, groupcall)
    _hang_up_first_leg(api, groupcall)
    found = api.poll(f"/groupcalls/{groupcall['id']}", lambda groupcall: groupcall["call_count"] == 1)
    require_equal("tm_update is set", found.get("tm_update") is not None, True)


@rule("GC-ANS-01", "calls.md 5.4", Safety.BILLABLE, depends_on=("CL-GET-01",))
def first_answer_wins(api: ProbeClient) -> None:
    """The first answered call of a groupcall wins: it becomes answer_call_id, and the others are hung up."""
    body = {"source": SOURCE, "destinations": [DESTINATION, DESTINATION], "answer_method": "hangup_others"}
    groupcall = require_success(api.post("/groupcalls", body))
    _wait_for_calls(api, groupcall)
    first, second = groupcall["call_ids"]
    api.drive_call(first, "answer")
    require_equal("the other call", api.ended_call(second).get("hangup_reason"), "cancel")
    answered = api.poll(f"/groupcalls/{groupcall['id']}", lambda groupcall: groupcall.get("answer_call_id") == first)
    require_equal("answer_call_id", answered["answer_call_id"], first)


@rule("GC-ANS-02", "calls.md 5.6", Safety.BILLABLE, depends_on=("CL-GET-01", "GC-NEW-01", "PC-NEW-15"))
def agent_status_follows(api: ProbeClient) -> None:
    """An available agent is `ringing` once a groupcall to it is created, and `busy` once one is answered; each change
    sends the webhook `agent_status_updated`."""
    groupcall = _placed(api)
    agent = api.poll("/me", lambda agent: agent["status"] != "available")
    require_equal("an agent that is called is available", agent["status"] == "available", False)
    api.drive_call(groupcall["call_ids"][0], "answer")
    # An agent that was busy before is made busy again.
    changed = api.poll(
        "/me", lambda found: found["status"] == "busy" and found.get("tm_update") != agent.get("tm_update")
    )
    require_equal("the status after the answer", changed["status"], "busy")
    require_equal("tm_update has changed", changed.get("tm_update") != agent.get("tm_update"), True)


@rule("GC-NEW-04", "calls.md 5.2", Safety.INERT, INTERNAL, server_2026_04=empty_error(400))
def destinations_given(api: ProbeClient) -> Response:
    """POST /groupcalls requires a destination; if there is only one, it must be callable."""
    return api.post("/groupcalls", {"source": SOURCE, "destinations": []})


@rule("GC-NEW-05", "calls.md 5.2", Safety.REFUSED, INTERNAL, server_2026_04=empty_error(400))
def ring_method_known(api: ProbeClient) -> Response:
    """ring_method must be ring_all or linear; an empty one means ring_all."""
    return api.post("/groupcalls", {"source": SOURCE, "destinations": [DESTINATION], "ring_method": "all"})


@rule("GC-RING-01", "calls.md 5.3; calls.md 5.4", Safety.BILLABLE, depends_on=("CL-GET-01", "GC-HUP-02"))
def linear_rings_one_after_the_other(api: ProbeClient) -> None:
    """A linear groupcall calls its first destination, and the next one when that call has ended unanswered."""
    body = {"source": SOURCE, "destinations": [DESTINATION, DESTINATION], "ring_method": "linear"}
    groupcall = require_success(api.post("/groupcalls", body))
    require_equal("the calls at first", (len(groupcall["call_ids"]), groupcall.get("dial_index", 0)), (1, 0))
    _hang_up_first_leg(api, groupcall)
    groupcall = api.poll(f"/groupcalls/{groupcall['id']}", lambda groupcall: len(groupcall["call_ids"]) > 1)
    require_equal("the calls afterwards", (len(groupcall["call_ids"]), groupcall.get("dial_index", 0)), (2, 1))


@rule(
    "GC-RING-02",
    "calls.md 5.3",
    Safety.BILLABLE,
    depends_on=("CL-GET-01", "GC-GET-01", "GC-HUP-02", "GC-RING-01"),
)
def later_linear_stores_addresses(api: ProbeClient) -> None:
    """A later destination of a linear groupcall that has a groupcall of its own, such as an agent, is stored there as
    its addresses."""
    agent = {"type": "agent", "target": api.identity("super_admin").id}
    body = {"source": SOURCE, "destinations": [DESTINATION, agent], "ring_method": "linear"}
    groupcall = require_success(api.post("/groupcalls", body))
    _hang_up_first_leg(api, groupcall)
    linear = api.poll(f"/groupcalls/{groupcall['id']}", lambda groupcall: groupcall.get("groupcall_ids"))
    nested = api.poll(f"/groupcalls/{linear['groupcall_ids'][0]}")
    require_equal("an agent is a destination", "agent" in [one["type"] for one in nested["destinations"]], False)


@rule("GC-DEL-01", "calls.md 5.2", Safety.BILLABLE, depends_on=("GC-NEW-01", "PC-NEW-15"))
def delete_hangs_up(api: ProbeClient) -> None:
    """DELETE hangs up a live groupcall first."""
    groupcall = _placed(api)
    _first_leg(api, groupcall)
    require_success(api.delete(f"/groupcalls/{groupcall['id']}"))
    call = api.ended_call(groupcall["call_ids"][0])
    require_equal("the call", call.get("hangup_reason"), "cancel")


def _placed(api: ProbeClient) -> dict[str, Any]:
    """Place a groupcall to the super-admin, who has one address."""
    record = api.place(destinations=[{"type": "agent", "target": api.identity("super_admin").id}])
    groupcall = require_success(api.get(f"/groupcalls/{record['groupcall_ids'][0]}"))
    _wait_for_calls(api, groupcall)
    return groupcall


def _wait_for_calls(api: ProbeClient, groupcall: dict[str, Any]) -> None:
    """Wait until the calls of a groupcall exist, which some servers create after their response."""
    for id in groupcall.get("call_ids", ()):
        api.poll(f"/calls/{id}")


def _first_leg(api: ProbeClient, groupcall: dict[str, Any]) -> dict[str, Any]:
    """Read the first call of a groupcall. The servers create it a moment after their response."""
    return api.poll(f"/calls/{groupcall['call_ids'][0]}")


def _hang_up_first_leg(api: ProbeClient, groupcall: dict[str, Any]) -> None:
    leg = _first_leg(api, groupcall)["id"]
    require_success(api.post(f"/calls/{leg}/hangup"))
    api.ended_call(leg)

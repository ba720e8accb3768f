"""Rules of agents: the users of a customer (accounts.md 5)."""

from __future__ import annotations

from ...answer import DENIED, NO_DIRECT, accepted, empty_error, error
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule
from ..lists import BAD_PARAMETER, BAD_PARAMETER_MSG

_SOURCE = "accounts.md 5"


@rule("AG-AUTH-01", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """Only a customer's admins and managers may list its agents."""
    require_success(api.get("/agents", as_="customer_manager"))
    return api.get("/agents", as_="customer_agent")


@rule("AG-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/agents", as_="direct")


@rule("AG-LIST-01", _SOURCE, Safety.READ)
def own_agents_listed(api: ProbeClient) -> None:
    """GET /agents lists the agents of the user's own customer, even for a super-admin."""
    rows = api.first_page("/agents")
    require_equal("the user is listed", api.identity("super_admin").id in [row["id"] for row in rows], True)
    require_equal("the customers", {row["customer_id"] for row in rows}, {api.identity("super_admin").customer_id})


@rule("AG-LIST-02", _SOURCE, Safety.READ)
def filters_select(api: ProbeClient) -> None:
    """GET /agents?status=...&tag_ids=... lists the agents in this status that have one of the tags."""
    id = api.identity("super_admin").id
    status = require_success(api.get("/me"))["status"]
    own = [row["id"] for row in api.first_page("/agents", status=status)]
    other = [row["id"] for row in api.first_page("/agents", status="offline" if status != "offline" else "away")]
    tagged = api.get("/agents", tag_ids=UNKNOWN_ID)
    require_equal("listed with its status and with another one", (id in own, id in other), (True, False))
    # The servers of April 2026 refuse tag_ids (AG-TAG-01).
    rows = tagged.json()["result"] if tagged.status == 200 else []
    require_equal("the agents with an unknown tag", rows, [])


@rule("AG-LIST-03", "gateway.md 5.3", Safety.READ, BAD_PARAMETER, server_2026_04=BAD_PARAMETER_MSG)
def filter_given_once(api: ProbeClient) -> Response:
    """status and tag_ids must be given at most once."""
    return api.get("/agents?status=away&status=busy")


@rule(
    "AG-TAG-01",
    _SOURCE,
    Safety.READ,
    accepted("the agents that have one of the tags are listed"),
    server_2026_04=empty_error(400),
)
def tags_can_be_filtered(api: ProbeClient) -> Response:
    """GET /agents accepts tag_ids; the servers of April 2026 refuse it."""
    return api.get("/agents", tag_ids=UNKNOWN_ID)


@rule(
    "AG-TAG-02",
    _SOURCE,
    Safety.READ,
    error(400, "INVALID_TAG_IDS", "tag_ids must not be empty when provided."),
    server_2026_04=empty_error(400),
)
def tag_ids_not_empty(api: ProbeClient) -> Response:
    """tag_ids must not be empty."""
    return api.get("/agents", tag_ids="")


@rule(
    "AG-TAG-03",
    _SOURCE,
    Safety.READ,
    error(400, "INVALID_TAG_IDS", "tag_ids contains an invalid tag id."),
    server_2026_04=empty_error(400),
)
def tag_ids_valid(api: ProbeClient) -> Response:
    """tag_ids must be 1 to 100 UUIDs, separated by commas, none of them the nil UUID."""
    require_equal("the status for 101 tags", api.get("/agents", tag_ids=",".join(101 * [UNKNOWN_ID])).status, 400)
    return api.get("/agents", tag_ids="sales")


@rule(
    "AG-GET-01",
    _SOURCE,
    Safety.READ,
    error(404, "AGENT_NOT_FOUND", "The agent was not found."),
    server_2026_04=empty_error(400),
    hint="List the agents with GET /v1.0/agents and choose a current id.",
)
def exists(api: ProbeClient) -> Response:
    """The agent to read must exist."""
    return api.get(f"/agents/{UNKNOWN_ID}")


@rule("AG-GET-02", _SOURCE, Safety.READ)
def deleted_still_readable(api: ProbeClient) -> None:
    """A deleted agent can still be read, with tm_delete set."""
    found = require_success(api.get(f"/agents/{api.deleted('agents')}"))
    require_equal("tm_delete is set", found.get("tm_delete") is not None, True)


@rule("AG-GET-03", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def own_customer_only(api: ProbeClient) -> Response:
    """The agent must belong to the user's own customer, except for a super-admin."""
    return api.get(f"/agents/{api.identity('super_admin').id}", as_="customer_admin")


@rule("AG-GET-04", _SOURCE, Safety.READ)
def reads_itself(api: ProbeClient) -> None:
    """An agent of any tier may read itself."""
    agent = api.identity("customer_agent")
    found = require_success(api.get(f"/agents/{agent.id}", as_="customer_agent"))
    require_equal("the agent", (found["id"], found["username"]), (agent.id, agent.username))

"""Rules of billings: the cost of each call (calls.md 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..answer import DENIED, INVALID_DATA, NO_DIRECT, empty_error, error
from ..formats.go_uuids import NIL
from ..http import Response
from ..probes import DESTINATION, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule


@rule("BL-AUTH-01", "calls.md 6.2", Safety.READ, DENIED, server_2026_04=empty_error(400))
def admin_only(api: ProbeClient) -> Response:
    """Only a customer's admins and super-admins may access billings; managers may not."""
    return api.get("/billings", as_="customer_manager")


@rule("BL-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/billings", as_="direct")


@rule(
    "BL-GET-01",
    "calls.md 6.2",
    Safety.READ,
    error(404, "BILLING_NOT_FOUND", "The billing record was not found."),
    server_2026_04=empty_error(400),
)
def exists(api: ProbeClient) -> Response:
    """The billing to read must exist."""
    return api.get(f"/billings/{UNKNOWN_ID}")


@rule("BL-GET-03", "calls.md 6.2", Safety.READ, INVALID_DATA, server_2026_04=empty_error(400))
def id_is_not_nil(api: ProbeClient) -> Response:
    """The id of a billing must not be the nil UUID."""
    return api.get(f"/billings/{NIL}")


@rule("BL-GET-02", "calls.md 6.2", Safety.BILLABLE, DENIED, server_2026_04=empty_error(400), depends_on=("BL-COST-01",))
def own_customer_only(api: ProbeClient) -> Response:
    """The billing must belong to the user's own customer."""
    return api.get(f"/billings/{_billed(api)['id']}", as_="customer_admin")


@rule("BL-COST-01", "calls.md 6.1", Safety.BILLABLE)
def answered_is_billed(api: ProbeClient) -> None:
    """An answered call to a telephone number has a billing, at 10000 millionths of a dollar per minute."""
    billing = _billed(api)
    require_equal("the type", (billing["reference_type"], billing["cost_type"]), ("call", "call_pstn_outgoing"))
    require_equal("the rate", (billing["rate_credit_per_unit"], billing["rate_token_per_unit"]), (10_000, 0))
    require_equal(
        "the end", (billing["status"], billing["amount_credit"]), ("end", -10_000 * billing["billable_units"])
    )


@rule("BL-COST-02", "calls.md 6.1", Safety.BILLABLE, depends_on=("BL-COST-01",))
def started_minutes_count(api: ProbeClient) -> None:
    """Every started minute is charged."""
    billing = _billed(api)
    require_equal("the minutes", billing["billable_units"], -(-billing["usage_duration"] // 60))


@rule("BL-COST-03", "calls.md 6.1", Safety.BILLABLE)
def unanswered_is_free(api: ProbeClient) -> None:
    """A call that nobody answered has no billing."""
    id = api.place()["call_ids"][0]
    _end(api, id)
    listed = [row for row in api.first_page("/billings") if row["reference_id"] == id]
    require_equal("the billings", listed, [])


@rule("BL-COST-04", "calls.md 6.1", Safety.BILLABLE, depends_on=("BL-COST-01",))
def free_call_has_no_snapshot(api: ProbeClient) -> None:
    """The billing of a free call, such as one to a SIP address, does not show the balance."""
    billing = _billed(api, {"type": "sip", "target": "ann@pbx.example"})
    require_equal("the cost", (billing["rate_credit_per_unit"], billing["amount_credit"]), (0, 0))
    require_equal("the balance", billing["balance_credit_snapshot"], 0)


def _billed(api: ProbeClient, destination: Mapping[str, str] = DESTINATION) -> dict[str, Any]:
    """Return the billing of a call that was answered and hung up ten seconds later."""
    actions = [{"type": "sleep", "option": {"duration": 600_000}}]
    id = api.place(destinations=[destination], actions=actions)["call_ids"][0]
    api.drive_call(id, "answer")
    api.advance(10)
    _end(api, id)
    found = api.rows_where("/billings", "reference_id", id)
    require_equal("the number of billings", len(found), 1)
    return api.poll(f"/billings/{found[0]['id']}", lambda billing: billing.get("status") == "end")


def _end(api: ProbeClient, id: str) -> None:
    require_success(api.post(f"/calls/{id}/hangup"))
    require_equal("the status", api.ended_call(id)["status"], "hangup")

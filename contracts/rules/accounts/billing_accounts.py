"""Rules of /billing_accounts: any customer's balance, for super-admins (accounts.md 1)."""

from __future__ import annotations

from typing import Any

from ...answer import DENIED, NO_DIRECT, NOT_FOUND, empty_error, error
from ...formats.go_uuids import NIL
from ...http import Response
from ...probes import UNKNOWN_ID, ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "accounts.md 1"
_TYPE = "credit_adjustment"


@rule("BA-AUTH-01", _SOURCE, Safety.READ, DENIED, server_2026_04=empty_error(400))
def super_admin_only(api: ProbeClient) -> Response:
    """Only super-admins may access /billing_accounts, even to read their own customer's."""
    own = require_success(api.get("/billing_account", as_="customer_admin"))["id"]
    return api.get(f"/billing_accounts/{own}", as_="customer_admin")


@rule("BA-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/billing_accounts", as_="direct")


@rule("BA-GET-01", _SOURCE, Safety.READ)
def read_in_full(api: ProbeClient) -> None:
    """/billing_accounts returns every customer's account, with the ids of the payment provider and, on the servers, its
    status."""
    own = require_success(api.get("/billing_account", as_="customer_admin"))
    found = require_success(api.get(f"/billing_accounts/{own['id']}"))
    require_equal("the customer", found["customer_id"], own["customer_id"])
    require_equal("the payment provider's ids", {"paddle_subscription_id", "paddle_customer_id"} <= {*found}, True)
    has_status = "FullBillingAccount.status" not in api.edition.unsupported_fields
    require_equal("the status", found.get("status"), "active" if has_status else None)
    listed = [row for row in api.first_page("/billing_accounts") if row["id"] == own["id"]]
    require_equal("the account in the list", listed, [found])


@rule(
    "BA-GET-02",
    _SOURCE,
    Safety.READ,
    error(404, "BILLING_ACCOUNT_NOT_FOUND", "The billing account was not found."),
    server_2026_04=empty_error(400),
    hint="List the accounts with GET /v1.0/billing_accounts and choose a current id.",
)
def exists(api: ProbeClient) -> Response:
    """The billing account to read must exist."""
    return api.get(f"/billing_accounts/{UNKNOWN_ID}")


@rule("BA-GET-03", _SOURCE, Safety.READ, NOT_FOUND, server_2026_04=empty_error(400))
def not_deleted(api: ProbeClient) -> Response:
    """The billing account to read must not be deleted."""
    return api.get(f"/billing_accounts/{api.deleted('billing_accounts')}")


@rule("BA-ADJ-01", _SOURCE, Safety.INERT)
def changes_the_credit(api: ProbeClient) -> None:
    """balance_add_force adds dollars to the credit of any account, and balance_subtract_force subtracts them, even
    below zero; without a balance, nothing. tm_update is set."""
    # A customer without credit, whose calls are refused in any case.
    before = require_success(api.get("/billing_account", as_="poor_admin"))
    id, dollars = before["id"], before["balance_credit"] // 1_000_000 + 1
    subtracted = require_success(_adjust(api, "subtract", {"balance": dollars}, id))
    unchanged = require_success(_adjust(api, "subtract", {}, id))
    added = require_success(_adjust(api, "add", {"balance": dollars}, id))
    require_equal("the account", (added["id"], added["customer_id"]), (before["id"], before["customer_id"]))
    require_equal("it is below zero", subtracted["balance_credit"] < 0, True)
    require_equal("without a balance", unchanged["balance_credit"], subtracted["balance_credit"])
    require_equal("the credit afterwards", added["balance_credit"], before["balance_credit"])
    require_equal("tm_update is set", subtracted["tm_update"] is not None, True)


@rule("BA-ADJ-02", _SOURCE, Safety.INERT, depends_on=("BA-ADJ-01",))
def amount_is_float32(api: ProbeClient) -> None:
    """The balance is a 32-bit number, rounded to millionths of a dollar: 100.01 changes the credit by 100.010002."""
    before = _account(api)["balance_credit"]
    added = require_success(_adjust(api, "add", {"balance": 100.01}))["balance_credit"]
    require_success(_adjust(api, "subtract", {"balance": 100.01}))
    require_equal("the change", added - before, 100_010_002)


@rule(
    "BA-ADJ-03",
    _SOURCE,
    Safety.INERT,
    error(400, "INVALID_ARGUMENT", "The balance must be non-negative."),
    server_2026_04=empty_error(400),
    hint="Send a positive balance: balance_subtract_force subtracts it.",
)
def amount_not_negative(api: ProbeClient) -> Response:
    """The balance must not be negative, and in millionths of a dollar it must fit 64 bits."""
    require_equal("the status for 1e13", _adjust(api, "add", {"balance": 1e13}, UNKNOWN_ID).status, 400)
    return _adjust(api, "add", {"balance": -1}, UNKNOWN_ID)


@rule("BA-ADJ-04", _SOURCE, Safety.INERT, NOT_FOUND, server_2026_04=empty_error(400))
def adjusted_account_exists(api: ProbeClient) -> Response:
    """The billing account to change must exist; the error reason differs from GET's."""
    return _adjust(api, "add", {"balance": 1}, UNKNOWN_ID)


@rule("BA-ADJ-05", _SOURCE, Safety.INERT, depends_on=("AC-BILL-01",))
def adjustment_is_billed(api: ProbeClient) -> None:
    """Each change is in the customer's billings, as an `adjustment` of the credit."""
    account = require_success(_adjust(api, "add", {"balance": 2}))
    rows = api.first_page("/billings", as_="customer_admin")
    require_success(_adjust(api, "subtract", {"balance": 2}))
    snapshot = 2_000_000, account["balance_credit"]
    found = [row for row in rows if (row["amount_credit"], row["balance_credit_snapshot"]) == snapshot]
    require_equal("it has a billing", found != [], True)
    billing = found[0]
    require_equal("the type", (billing["transaction_type"], billing["reference_type"]), ("adjustment", _TYPE))
    require_equal("the cost type and the status", (billing["cost_type"], billing["status"]), ("", "end"))
    require_equal("the ids", (billing["reference_id"], billing["idempotency_key"]), (billing["id"], NIL))


def _account(api: ProbeClient) -> dict[str, Any]:
    return require_success(api.get("/billing_account", as_="customer_admin"))


def _adjust(api: ProbeClient, how: str, body: object, id: str = "") -> Response:
    """Change the credit of an account, by default that of an ordinary customer."""
    return api.post(f"/billing_accounts/{id or _account(api)['id']}/balance_{how}_force", body)

"""Rules of the user's own account (/me, /customer, /billing_account) and of /customers, for super-admins."""

from __future__ import annotations

from typing import Any

from ..answer import DENIED, INTERNAL, INVALID_DATA, NO_DIRECT, accepted, empty_error, error
from ..http import Response
from ..probes import DIRECT_HASH, UNKNOWN_ID, ProbeClient, require_equal, require_success
from ..rule import Safety, rule

_FIELDS = ("name", "detail", "email", "phone_number", "address", "webhook_method", "webhook_uri")
WEBHOOK_METHODS = ("", "POST", "GET", "PUT", "DELETE")
_UNCHECKED = accepted("the value is stored; webhooks do not arrive")


@rule("AC-AUTH-01", "calls.md 6.2", Safety.READ, DENIED, server_2026_04=empty_error(400))
def admin_only(api: ProbeClient) -> Response:
    """Only a customer's admins may change the customer and read its balance; managers may not."""
    return api.get("/billing_account", as_="customer_manager")


@rule("AC-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=empty_error(400))
def no_direct_access(api: ProbeClient) -> Response:
    """A direct token is refused."""
    return api.get("/customer", as_="direct")


@rule("AC-AUTH-03", "flows.md 4.1", Safety.INERT, DENIED, server_2026_04=empty_error(400))
def super_admin_only(api: ProbeClient) -> Response:
    """Only a super-admin may change a customer by its id."""
    return api.put(f"/customers/{UNKNOWN_ID}", {}, as_="customer_admin")


@rule("AC-AUTH-04", "flows.md 4.1", Safety.READ, DENIED, server_2026_04=empty_error(400))
def staff_only(api: ProbeClient) -> Response:
    """GET /customer is for a customer's admins and managers."""
    require_success(api.get("/customer", as_="customer_manager"))
    return api.get("/customer", as_="customer_agent")


@rule(
    "AC-ME-01",
    "gateway.md 2.7",
    Safety.READ,
    error(403, "AGENT_AUTH_REQUIRED", "This endpoint requires agent authentication."),
    server_2026_04=empty_error(400),
    hint="Use an agent's token: an access key belongs to a customer, not to an agent.",
    depends_on=("AU-04",),
)
def me_is_an_agent(api: ProbeClient) -> Response:
    """GET /me requires an agent token; an access key is refused."""
    return api.get("/me", as_=None, accesskey=api.accesskey("customer_admin"))


@rule("AC-ME-02", "gateway.md 2.7", Safety.READ)
def me_answers_the_agent(api: ProbeClient) -> None:
    """GET /me returns the authenticated agent, whatever its tier, without its password."""
    agent = api.identity("customer_agent")
    me = require_success(api.get("/me", as_="customer_agent"))
    require_equal(
        "the agent", (me["id"], me["username"], me["permission"]), (agent.id, agent.username, agent.permission)
    )
    require_equal("a password", "password" in me, False)


@rule("AC-ME-03", "gateway.md 2.7", Safety.READ)
def agent_has_direct_hash(api: ProbeClient) -> None:
    """An agent has a direct_hash: `direct.` and 12 hexadecimal digits."""
    found = require_success(api.get("/me")).get("direct_hash", "")
    require_equal("it is well-formed", DIRECT_HASH.fullmatch(found) is not None, True)


@rule("AC-CUST-01", "flows.md 4.1", Safety.READ)
def customer_answers_own(api: ProbeClient) -> None:
    """GET /customer returns the user's own customer."""
    require_equal("the customer", require_success(api.get("/customer"))["id"], api.identity("super_admin").customer_id)


@rule("AC-CUST-08", "flows.md 4.1", Safety.READ)
def customer_has_metadata(api: ProbeClient) -> None:
    """A customer's metadata has `rtp_debug`, which is true or false."""
    metadata = require_success(api.get("/customer"))["metadata"]
    require_equal("the type of rtp_debug", type(metadata.get("rtp_debug")), bool)


@rule("AC-CUST-02", "flows.md 4.1", Safety.INERT)
def customer_put_replaces(api: ProbeClient) -> None:
    """PUT /customer replaces name, detail, email, phone_number, address, webhook_method and webhook_uri; omitted fields
    become empty. tm_update is set."""
    original = _current_fields(api)
    changed = require_success(
        api.put("/customer", {**original, "detail": "probe", "webhook_uri": "https://client.example.invalid/"})
    )
    emptied = require_success(api.put("/customer", {key: original[key] for key in _FIELDS if key != "detail"}))
    require_success(api.put("/customer", original))
    require_equal(
        "the fields", (changed["detail"], changed["webhook_uri"]), ("probe", "https://client.example.invalid/")
    )
    require_equal("an omitted field", emptied.get("detail", ""), "")
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("AC-CUST-03", "flows.md 4.1", Safety.INERT)
def secret_visible_to_owner(api: ProbeClient) -> None:
    """GET /customer returns the webhook_secret of the user's own customer (not in April 2026); no PUT returns it."""
    original = _current_fields(api)
    require_equal("a secret in PUT", "webhook_secret" in require_success(api.put("/customer", original)), False)
    known = "Customer.webhook_secret" not in api.edition.unsupported_fields
    require_equal("a secret in GET", "webhook_secret" in require_success(api.get("/customer")), known)


@rule(
    "AC-CUST-04",
    "flows.md 4.1",
    Safety.INERT,
    INVALID_DATA,
    server_2026_04=_UNCHECKED,
    server_2026_08=_UNCHECKED,
    hint="Send POST, GET, PUT or DELETE; an empty string means GET with a body.",
)
def webhook_method_is_known(api: ProbeClient) -> Response:
    """webhook_method must be empty, POST, GET, PUT or DELETE (documented; the servers accept any value)."""
    return _put(api, webhook_method="BREW")


@rule(
    "AC-CUST-05",
    "flows.md 4.1",
    Safety.INERT,
    INVALID_DATA,
    server_2026_04=_UNCHECKED,
    server_2026_08=_UNCHECKED,
    hint="Send a full URL, such as https://client.example/hooks; an empty string disables webhooks.",
)
def webhook_uri_is_a_url(api: ProbeClient) -> Response:
    """webhook_uri must be empty, or an http or https URL with a host (documented; the servers accept any value)."""
    return _put(api, webhook_uri="client.example.invalid/hooks")


@rule("AC-CUST-11", "accounts.md 2", Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def texts_fit(api: ProbeClient) -> Response:
    """A customer's texts have at most 255 characters, its address 1024, its webhook_uri 1023, and its detail at most
    65,535 bytes."""
    require_equal("the status for an address of 1025 characters", _put(api, address="x" * 1025).status, 400)
    require_success(_put(api, address="x" * 1024))
    return _put(api, name="x" * 256)


@rule("AC-CUST-06", "flows.md 4.1; gateway.md 4.3", Safety.INERT, INVALID_DATA, server_2026_04=empty_error(400))
def exists(api: ProbeClient) -> Response:
    """The customer to change by its id must exist; another id returns 400."""
    return api.put(f"/customers/{UNKNOWN_ID}", {})


@rule("AC-CUST-09", "flows.md 4.1", Safety.READ)
def read_by_its_id(api: ProbeClient) -> None:
    """GET /customers/{id} returns any customer to a super-admin, and GET /customers all of them, without secrets."""
    id = api.identity("customer_admin").customer_id
    found = require_success(api.get(f"/customers/{id}"))
    require_equal("the customer and its secret", (found["id"], "webhook_secret" in found), (id, False))
    listed = [row for row in api.first_page("/customers") if row["id"] == id]
    require_equal("the customer in the list", listed, [found])


@rule("AC-CUST-10", "flows.md 4.1", Safety.READ, edition_flag="lists_metadata_last")
def metadata_comes_last(api: ProbeClient) -> None:
    """/customers/{id} returns a customer's fields in the order of GET /customer; in April 2026 it returned the
    metadata after the statuses."""
    keys = list(require_success(api.get(f"/customers/{api.identity('customer_admin').customer_id}")))
    last = keys.index("metadata") > keys.index("identity_verification_status")
    require_equal("the metadata follows the statuses", last, api.edition.lists_metadata_last)


@rule("AC-CUST-07", "flows.md 4.1", Safety.INERT, depends_on=("AC-CUST-01",))
def changed_by_its_id(api: ProbeClient) -> None:
    """PUT /customers/{id} changes that customer, in the same way as PUT /customer changes the user's own."""
    original = _current_fields(api, "customer_admin")
    path = f"/customers/{api.identity('customer_admin').customer_id}"
    require_equal(
        "the customer",
        require_success(api.put(path, {**original, "detail": "probe"}))["id"],
        api.identity("customer_admin").customer_id,
    )
    changed = _current_fields(api, "customer_admin")
    require_success(api.put(path, original))
    require_equal("its detail", changed["detail"], "probe")


def _current_fields(api: ProbeClient, as_: str = "super_admin") -> dict[str, Any]:
    """Return the current values of the fields that PUT /customer replaces, to restore them later."""
    found = require_success(api.get("/customer", as_=as_))
    return {key: found.get(key, "") for key in _FIELDS}


def _put(api: ProbeClient, **fields: str) -> Response:
    """Change fields of the account, restore them, and return the response to the change."""
    original = _current_fields(api)
    response = api.put("/customer", {**original, **fields})
    require_success(api.put("/customer", original))
    return response


@rule("AC-BILL-02", "calls.md 6.2", Safety.BILLABLE, depends_on=("AC-BILL-01", "BL-COST-01"))
def charge_updates_account(api: ProbeClient) -> None:
    """A charge sets the tm_update of the billing account."""
    id = api.place(actions=[{"type": "sleep", "option": {"duration": 600_000}}])["call_ids"][0]
    api.drive_call(id, "answer")
    api.advance(10)
    require_success(api.post(f"/calls/{id}/hangup"))
    require_success(api.get(f"/calls/{id}"))
    require_equal("tm_update is set", require_success(api.get("/billing_account"))["tm_update"] is not None, True)


@rule("AC-BILL-03", "calls.md 6.2", Safety.INERT, depends_on=("AC-BILL-01", "AC-BILL-02"))
def account_put_replaces(api: ProbeClient) -> None:
    """PUT /billing_account replaces the name and the detail of the user's own billing account; omitted fields become
    empty. tm_update is set."""
    original = require_success(api.get("/billing_account"))
    changed = require_success(api.put("/billing_account", {"name": "probe", "detail": "probe"}))
    emptied = require_success(api.put("/billing_account", {"name": original["name"]}))
    require_success(api.put("/billing_account", {"name": original["name"], "detail": original["detail"]}))
    require_equal("the account", changed["id"], original["id"])
    require_equal("the fields", (changed["name"], changed["detail"]), ("probe", "probe"))
    require_equal("an omitted field", (emptied["name"], emptied["detail"]), (original["name"], ""))
    require_equal("tm_update is set", changed["tm_update"] is not None, True)


@rule("AC-BILL-04", "accounts.md 1", Safety.INERT, INTERNAL, server_2026_04=empty_error(400))
def account_texts_fit(api: ProbeClient) -> Response:
    """The name of a billing account has at most 255 characters, and its detail at most 65,535 bytes."""
    refused = api.put("/billing_account", {"detail": "x" * 65_536}).status
    require_equal("65,536 bytes of detail are refused", refused >= 400, True)
    return api.put("/billing_account", {"name": "x" * 256})


@rule("AC-BILL-01", "calls.md 6.2", Safety.READ)
def billing_account_answers_own(api: ProbeClient) -> None:
    """GET /billing_account returns the user's own balance, in millionths of a dollar and in tokens."""
    account = require_success(api.get("/billing_account"))
    require_equal("the customer", account["customer_id"], api.identity("super_admin").customer_id)
    require_equal("whole numbers", (type(account["balance_credit"]), type(account["balance_token"])), (int, int))

"""The asker's own account: /me, /customer, /billing_account."""

from __future__ import annotations

from ..http import Response
from ..probing import Api, ok, same
from ..rule import DENIED, NO_DIRECT, Safety, bare, envelope, rule


@rule("AC-AUTH-01", "calls.md 6.2", Safety.READ, DENIED, server_2026_04=bare(400))
def admin_only(api: Api) -> Response:
    """The customer and its balance are for its admins, not for its managers."""
    return api.get("/billing_account", as_="customer_manager")


@rule("AC-AUTH-02", "gateway.md 2.5", Safety.READ, NO_DIRECT, server_2026_04=bare(400))
def no_direct_access(api: Api) -> Response:
    """A direct token is refused."""
    return api.get("/customer", as_="direct")


@rule(
    "AC-ME-01",
    "gateway.md 2.7",
    Safety.READ,
    envelope(403, "AGENT_AUTH_REQUIRED", "This endpoint requires agent authentication."),
    server_2026_04=bare(400),
    fix="Use an agent's token: an access key belongs to a customer, not to an agent.",
)
def me_is_an_agent(api: Api) -> Response:
    """GET /me needs an agent's token; an access key does not do."""
    return api.get("/me", as_=None, accesskey=api.who("customer_admin").accesskey)


@rule("AC-ME-02", "gateway.md 2.7", Safety.READ)
def me_answers_the_agent(api: Api) -> None:
    """GET /me answers the asking agent, whatever its tier, without its password."""
    agent = api.who("customer_agent")
    me = ok(api.get("/me", as_="customer_agent"))
    same("the agent", (me["id"], me["username"], me["permission"]), (agent.id, agent.username, agent.permission))
    same("a password", "password" in me, False)


@rule("AC-CUST-01", "flows.md 4.1", Safety.READ)
def customer_answers_own(api: Api) -> None:
    """GET /customer answers the asker's own customer."""
    same("the customer", ok(api.get("/customer"))["id"], api.who("super_admin").customer_id)


@rule("AC-BILL-01", "calls.md 6.2", Safety.READ)
def billing_account_answers_own(api: Api) -> None:
    """GET /billing_account answers the asker's own balance, in millionths of a dollar and in tokens."""
    account = ok(api.get("/billing_account"))
    same("the customer", account["customer_id"], api.who("super_admin").customer_id)
    same("whole numbers", (type(account["balance_credit"]), type(account["balance_token"])), (int, int))

"""Rules of every list: page sizes, page tokens, order (gateway.md 6)."""

from __future__ import annotations

from typing import Any

from ..answer import INTERNAL, INVALID_DATA, Body, empty_error, error
from ..http import Response
from ..probes import ProbeClient, require_equal, require_success
from ..rule import Safety, rule

BAD_PARAMETER = error(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.')
BAD_PARAMETER_MSG = error(400, "", "Invalid format for parameter {name}: {detail}", Body.BINDER)


@rule("LS-SIZE-01", "gateway.md 5.3", Safety.READ, BAD_PARAMETER, server_2026_04=BAD_PARAMETER_MSG)
def page_size_is_integer(api: ProbeClient) -> Response:
    """page_size must be one decimal integer."""
    return api.get("/providers", page_size="abc")


@rule("PC-LIST-05", "gateway.md 5.3", Safety.INERT)
def page_size_honoured(api: ProbeClient) -> None:
    """A page_size from 1 to 100 is the number of rows per page."""
    _providers(api, 3)
    require_equal("the rows", len(_page(api, page_size=2)["result"]), 2)


@rule("LS-SIZE-02", "gateway.md 5.3", Safety.INERT)
def page_size_bounded(api: ProbeClient) -> None:
    """A page_size below 1 or above 100 means 100."""
    _providers(api, 2)
    rows = len(_page(api)["result"])
    for size in (0, -3, 101):
        require_equal(f"the rows for {size}", len(_page(api, page_size=size)["result"]), rows)


@rule("PC-LIST-06", "gateway.md 6", Safety.INERT, depends_on=("PC-LIST-05",))
def newest_first(api: ProbeClient) -> None:
    """A list is sorted from newest to oldest."""
    created = _providers(api, 3)
    require_equal("the ids", [row["id"] for row in _page(api, page_size=3)["result"]], created[::-1])


@rule("PC-LIST-04", "tutorial: Get list of providercalls; gateway.md 6", Safety.INERT, depends_on=("LS-TOKEN-01",))
def token_on_every_page(api: ProbeClient) -> None:
    """next_page_token is the last row's creation time, even on the last page; only an empty page has none."""
    _providers(api, 1)
    page = _page(api)
    require_equal("the token", page["next_page_token"] != "", True)
    after = _page(api, page_token=_last_token(api))
    require_equal("the page after the last", after, {"result": [], "next_page_token": ""})


@rule("LS-TOKEN-01", "gateway.md 6", Safety.INERT, depends_on=("PC-LIST-05",))
def token_is_exclusive(api: ProbeClient) -> None:
    """A page contains records created strictly before its page_token, so no record appears twice."""
    _providers(api, 2)
    first = _page(api, page_size=1)
    second = _page(api, page_size=1, page_token=first["next_page_token"])
    require_equal("a row appears twice", first["result"][0]["id"] == second["result"][0]["id"], False)


@rule("LS-TOKEN-02", "gateway.md 6", Safety.READ, INVALID_DATA, hint="Send the next_page_token unchanged.")
def page_token_valid(api: ProbeClient) -> Response:
    """page_token must be a timestamp; otherwise providers, providercalls, flows and activeflows return 400."""
    return api.get("/providers", page_token="yesterday")


@rule("LS-TOKEN-04", "gateway.md 5.3", Safety.READ, BAD_PARAMETER, server_2026_04=BAD_PARAMETER_MSG)
def page_token_given_once(api: ProbeClient) -> Response:
    """page_token must be given at most once."""
    return api.get("/providers?page_token=&page_token=")


@rule(
    "LS-TOKEN-03",
    "gateway.md 6",
    Safety.READ,
    INTERNAL,
    server_2026_04=empty_error(400),
    hint="Send the next_page_token unchanged.",
)
def page_token_valid_for_calls(api: ProbeClient) -> Response:
    """page_token must be a timestamp; otherwise calls, groupcalls and access keys return 500."""
    return api.get("/calls", page_token="yesterday")


@rule("PC-LIST-03", "tutorial: Delete a providercall", Safety.INERT)
def deleted_not_listed(api: ProbeClient) -> None:
    """A deleted record is never listed."""
    id = _providers(api, 1)[0]
    require_success(api.delete(f"/providers/{id}"))
    require_equal("listed", id in [row["id"] for row in _page(api)["result"]], False)


@rule("LS-OWN-01", "gateway.md 3.3", Safety.INERT)
def own_customer_only(api: ProbeClient) -> None:
    """Calls, groupcalls, flows and access keys are listed only for the user's own customer, even for a super-admin."""
    flow = require_success(api.post("/flows", {"name": "probe"}, as_="customer_admin"))
    require_equal("listed to its owner", flow["id"] in _ids(api, "customer_admin"), True)
    require_equal("listed to the super-admin", flow["id"] in _ids(api, "super_admin"), False)


def _ids(api: ProbeClient, role: str) -> list[str]:
    return [row["id"] for row in api.first_page("/flows", as_=role)]


def _providers(api: ProbeClient, count: int) -> list[str]:
    return [api.provider(name=f"probe {number}")["id"] for number in range(count)]


def _page(api: ProbeClient, **query: object) -> dict[str, Any]:
    return require_success(api.get("/providers", **query))


def _last_token(api: ProbeClient) -> str:
    """Follow the tokens to the last page that has rows. Raises RuleBroken if a token is repeated."""
    tokens, page = [""], _page(api)
    while page["next_page_token"]:
        require_equal("a token is repeated", page["next_page_token"] in tokens, False)
        tokens.append(page["next_page_token"])
        page = _page(api, page_token=tokens[-1])
    return tokens[-1]

"""What every list does: page sizes, page tokens, order (gateway.md 6)."""

from __future__ import annotations

from typing import Any

from ..http import Response
from ..probing import Api, ok, same
from ..rule import INTERNAL, INVALID_DATA, Body, Safety, bare, envelope, rule

_BAD_PARAMETER = envelope(400, "INVALID_REQUEST_PARAMETER", 'The parameter "{name}" has an invalid format.')
_BAD_PARAMETER_MSG = envelope(400, "", "Invalid format for parameter {name}: {detail}", Body.MSG)


@rule("LS-SIZE-01", "gateway.md 5.3", Safety.READ, _BAD_PARAMETER, server_2026_04=_BAD_PARAMETER_MSG)
def page_size_is_integer(api: Api) -> Response:
    """page_size is one decimal integer."""
    return api.get("/providers", page_size="abc")


@rule("PC-LIST-05", "gateway.md 5.3", Safety.INERT)
def page_size_honoured(api: Api) -> None:
    """A page_size from 1 to 100 is the number of rows of a page."""
    _providers(api, 3)
    same("the rows", len(_page(api, page_size=2)["result"]), 2)


@rule("LS-SIZE-02", "gateway.md 5.3", Safety.INERT)
def page_size_bounded(api: Api) -> None:
    """A page_size of 0 or less, or over 100, means 100."""
    _providers(api, 2)
    rows = len(_page(api)["result"])
    for size in (0, -3, 101):
        same(f"the rows for {size}", len(_page(api, page_size=size)["result"]), rows)


@rule("PC-LIST-06", "gateway.md 6", Safety.INERT, stands_on=("PC-LIST-05",))
def newest_first(api: Api) -> None:
    """A list goes from the newest to the oldest."""
    made = _providers(api, 3)
    same("the ids", [row["id"] for row in _page(api, page_size=3)["result"]], made[::-1])


@rule("PC-LIST-04", "tutorial: Get list of providercalls; gateway.md 6", Safety.INERT, stands_on=("LS-TOKEN-01",))
def token_on_every_page(api: Api) -> None:
    """next_page_token is the last row's creation time, on the last page too; only an empty page has none."""
    _providers(api, 1)
    page = _page(api)
    same("the token", page["next_page_token"] != "", True)
    after = _page(api, page_token=_last_token(api))
    same("the page after the last", after, {"result": [], "next_page_token": ""})


@rule("LS-TOKEN-01", "gateway.md 6", Safety.INERT, stands_on=("PC-LIST-05",))
def token_is_exclusive(api: Api) -> None:
    """A page holds what was created strictly before its token: no row stands on two pages."""
    _providers(api, 2)
    first = _page(api, page_size=1)
    second = _page(api, page_size=1, page_token=first["next_page_token"])
    same("a row twice", first["result"][0]["id"] == second["result"][0]["id"], False)


@rule("LS-TOKEN-02", "gateway.md 6", Safety.READ, INVALID_DATA, fix="Send the next_page_token as it came.")
def token_readable(api: Api) -> Response:
    """A page_token is a time; another one is 400 on providers, providercalls, flows and activeflows."""
    return api.get("/providers", page_token="yesterday")


@rule(
    "LS-TOKEN-03",
    "gateway.md 6",
    Safety.READ,
    INTERNAL,
    server_2026_04=bare(400),
    fix="Send the next_page_token as it came.",
)
def token_readable_by_calls(api: Api) -> Response:
    """A page_token is a time; another one is 500 on calls, groupcalls and access keys."""
    return api.get("/calls", page_token="yesterday")


@rule("PC-LIST-03", "tutorial: Delete a providercall", Safety.INERT)
def deleted_not_listed(api: Api) -> None:
    """A deleted record is never listed."""
    id = _providers(api, 1)[0]
    ok(api.delete(f"/providers/{id}"))
    same("listed", id in [row["id"] for row in _page(api)["result"]], False)


@rule("LS-OWN-01", "gateway.md 3.3", Safety.INERT)
def own_customer_only(api: Api) -> None:
    """Lists of calls, groupcalls, flows and access keys hold the asker's own customer's, for a super-admin too."""
    flow = ok(api.post("/flows", {"name": "probe"}, as_="customer_admin"))
    same("listed to its owner", flow["id"] in _ids(api, "customer_admin"), True)
    same("listed to the super-admin", flow["id"] in _ids(api, "super_admin"), False)


def _ids(api: Api, role: str) -> list[str]:
    return [row["id"] for row in api.listed("/flows", as_=role)]


def _providers(api: Api, count: int) -> list[str]:
    return [api.provider(name=f"probe {number}")["id"] for number in range(count)]


def _page(api: Api, **query: object) -> dict[str, Any]:
    return ok(api.get("/providers", **query))


def _last_token(api: Api) -> str:
    """Follow the tokens to the last page that has rows. Raises Broken for one that comes again."""
    tokens, page = [""], _page(api)
    while page["next_page_token"]:
        same("a token comes again", page["next_page_token"] in tokens, False)
        tokens.append(page["next_page_token"])
        page = _page(api, page_token=tokens[-1])
    return tokens[-1]

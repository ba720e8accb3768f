"""Rules: how a client fetches lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ...http import Request
from ..check_context import CheckContext, as_other_admin, body
from ..client_driver import ClientDriver, OperationResult, ids_of
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken, Inconclusive
from ..harness import Fake

_PATH = "/v1.0/providercalls"
_PAGE_SIZE = "3"
_SMALLER = ("1", "2")
_RECORDS = 8


@client_rule(
    "CLIENT-PAGE-01",
    "tutorial: Get list of providercalls; gateway.md 6",
    "Request the next page with each next_page_token until a page is empty. A page with fewer rows than page_size need"
    " not be the last one.",
    requires=("list_records",),
)
def reads_to_the_empty_page(context: CheckContext) -> None:
    """The client fetches all pages of a list, up to the empty page, without missing or duplicate records."""
    with _listing(context) as client:
        problem = _problem(client.try_call("list_records"), list(client.harness.fake.providercalls))
        if problem:
            raise ClientRuleBroken(problem)


@client_rule(
    "CLIENT-PAGE-02",
    "tutorial: Get list of providercalls; gateway.md 6 (newest first, rows before the token)",
    "Continue from the token of the last page, and do not rely on counts: the list may change between pages.",
    requires=("list_records",),
)
def reads_a_list_that_changes(context: CheckContext) -> None:
    """If records are added and deleted between pages, no other record is missing, and none is duplicated."""
    _require_lists(context)
    with _listing(context) as client:
        fake = client.harness.fake
        ids = list(fake.providercalls)
        client.harness.on_response = _after_the_first_page(lambda: _change(fake, ids[0], ids[-1]))
        problem = _problem(client.try_call("list_records"), ids[1:-1], {*ids, *fake.providercalls})
        if problem:
            raise ClientRuleBroken(
                f"{problem}; after the first page, one record was added, and the first and the last were deleted"
            )


@client_rule(
    "CLIENT-PAGE-03",
    "gateway.md 4.3; gateway.md 6",
    "If a page cannot be fetched, raise an error or request it again: a caller cannot see that a list is incomplete.",
    requires=("list_records",),
)
def partial_list_is_an_error(context: CheckContext) -> None:
    """If a page cannot be fetched, the client raises an error instead of returning a partial list."""
    _require_lists(context)
    with _listing(context) as client:
        client.harness.fake.faults.add("error", status=500, method="GET", path="/providercalls", nth=2, times=None)
        result = client.try_call("list_records")
        if result.error is None:
            raise ClientRuleBroken(
                f"list_records returned {len(result.value)} of {_RECORDS} rows; every page after the first failed (500)"
            )


@contextmanager
def _listing(context: CheckContext) -> Iterator[ClientDriver]:
    """Yield a client on a fake with some records, whose server uses a small page size."""
    with context.harness() as harness:
        for _ in range(_RECORDS):
            as_other_admin(harness.fake, "POST", "/providercalls", body(harness.fake))
        harness.on_request = _small_page
        with context.client(harness) as client:
            yield client


def _small_page(request: Request) -> Request:
    path, _, query = request.target.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    if request.method != "GET" or path != _PATH or pairs.get("page_size") in _SMALLER:
        return request
    return request._replace(target=f"{path}?{urlencode({**pairs, 'page_size': _PAGE_SIZE})}")


def _after_the_first_page(change: Callable[[], None]) -> Callable[[Request, Any], Any]:
    """Return a response hook that calls `change` after the first page."""
    pages = []

    def on_response(request: Request, response: Any) -> Any:
        if request.method == "GET" and "next_page_token" in response:
            pages.append(response)
            if len(pages) == 1:
                change()
        return response

    return on_response


def _change(fake: Fake, *deleted: str) -> None:
    as_other_admin(fake, "POST", "/providercalls", body(fake))
    for id in deleted:
        as_other_admin(fake, "DELETE", f"/providercalls/{id}")


def _problem(result: OperationResult, expected: list[str], allowed: set[str] | None = None) -> str:
    """Describe what is wrong with a list, or return "".

    Every row in `expected` must be in the list. Rows in `allowed` may be.
    """
    if result.error is not None:
        return f"list_records {result}"
    found = Counter(ids_of(result.value))
    missing = [id for id in expected if id not in found]
    duplicates = [id for id, times in found.items() if times > 1]
    unexpected = [id for id in found if id not in (allowed or set(expected))]
    parts = [("missing", missing), ("duplicated", duplicates), ("unexpected", unexpected)]
    problems = ", ".join(f"{len(ids)} {kind}" for kind, ids in parts if ids)
    return f"list_records returned {found.total()} rows for {len(expected)} records: {problems}" if problems else ""


def _require_lists(context: CheckContext) -> None:
    """Raise Inconclusive if the client cannot even fetch a list that does not change."""
    with _listing(context) as client:
        problem = _problem(client.try_call("list_records"), list(client.harness.fake.providercalls))
    if problem:
        raise Inconclusive(f"{problem}; see CLIENT-PAGE-01")

"""How a client reads lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ...http import Request
from ..client_driver import ClientDriver, OperationResult, ids_of
from ..client_rule import ClientRuleBroken, Inconclusive, client_rule
from ..harness import Fake
from ..rule_check import CheckContext, as_other_admin, body

_PATH = "/v1.0/providercalls"
_PAGE = "3"
_SMALLER = ("1", "2")
_RECORDS = 8


@client_rule(
    "CLIENT-PAGE-01",
    "tutorial: Get list of providercalls; gateway.md 6",
    "Ask again with each next_page_token until a page has no rows: a page with fewer rows than were asked for is not"
    " the last one.",
    requires=("list_records",),
)
def reads_to_the_empty_page(trial: CheckContext) -> None:
    """Lists are read page by page until the empty page; nothing is lost, and nothing is there twice."""
    with _listing(trial) as client:
        complaint = _complaint(client.try_call("list_records"), list(client.stage.fake.providercalls))
        if complaint:
            raise ClientRuleBroken(complaint)


@client_rule(
    "CLIENT-PAGE-02",
    "tutorial: Get list of providercalls; gateway.md 6 (newest first, rows before the token)",
    "Go on from the token of the page that was read last, and count nothing: the list changes while it is read.",
    requires=("list_records",),
)
def reads_a_list_that_changes(trial: CheckContext) -> None:
    """Of a list that is added to and deleted from while it is read nothing else is lost, and nothing is there twice."""
    _must_list(trial)
    with _listing(trial) as client:
        fake = client.stage.fake
        ids = list(fake.providercalls)
        client.stage.on_response = _after_the_first_page(lambda: _change(fake, ids[0], ids[-1]))
        complaint = _complaint(client.try_call("list_records"), ids[1:-1], {*ids, *fake.providercalls})
        if complaint:
            raise ClientRuleBroken(
                f"{complaint}; after the first page a record was added, and the first and last were deleted"
            )


@client_rule(
    "CLIENT-PAGE-03",
    "gateway.md 4.3; gateway.md 6",
    "Raise when a page cannot be had, or ask for that page again: a caller cannot see that a list is not whole.",
    requires=("list_records",),
)
def partial_list_is_an_error(trial: CheckContext) -> None:
    """A list of which a page cannot be had is an error, and not a shorter list."""
    _must_list(trial)
    with _listing(trial) as client:
        client.stage.fake.faults.add("error", status=500, method="GET", path="/providercalls", nth=2, times=None)
        outcome = client.try_call("list_records")
        if outcome.error is None:
            raise ClientRuleBroken(
                f"list_records returned {len(outcome.value)} of {_RECORDS} rows; from the second page on 500"
            )


@contextmanager
def _listing(trial: CheckContext) -> Iterator[ClientDriver]:
    """A client, and some records of which the server gives a few to a page, however many are asked for."""
    with trial.stage() as stage:
        for _ in range(_RECORDS):
            as_other_admin(stage.fake, "POST", "/providercalls", body(stage.fake))
        stage.on_request = _small_page
        with trial.client(stage) as client:
            yield client


def _small_page(request: Request) -> Request:
    path, _, query = request.target.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    if request.method != "GET" or path != _PATH or pairs.get("page_size") in _SMALLER:
        return request
    return request._replace(target=f"{path}?{urlencode({**pairs, 'page_size': _PAGE})}")


def _after_the_first_page(change: Callable[[], None]) -> Callable[[Request, Any], Any]:
    """Has something happen when the first page has been read."""
    pages = []

    def see(request: Request, answer: Any) -> Any:
        if request.method == "GET" and "next_page_token" in answer:
            pages.append(answer)
            if len(pages) == 1:
                change()
        return answer

    return see


def _change(fake: Fake, *deleted: str) -> None:
    as_other_admin(fake, "POST", "/providercalls", body(fake))
    for id in deleted:
        as_other_admin(fake, "DELETE", f"/providercalls/{id}")


def _complaint(outcome: OperationResult, wanted: list[str], known: set[str] | None = None) -> str:
    """What is wrong with a list, or nothing: the rows in `wanted` must be there, and of those in `known` any may."""
    if outcome.error is not None:
        return f"list_records {outcome}"
    found = Counter(ids_of(outcome.value))
    missing = [id for id in wanted if id not in found]
    double = [id for id, times in found.items() if times > 1]
    strange = [id for id in found if id not in (known or set(wanted))]
    parts = [("missing", missing), ("there twice", double), ("not of this list", strange)]
    said = ", ".join(f"{len(ids)} {what}" for what, ids in parts if ids)
    return f"list_records returned {found.total()} rows for {len(wanted)} records: {said}" if said else ""


def _must_list(trial: CheckContext) -> None:
    """Raise Unjudged when the client cannot even read a list at rest."""
    with _listing(trial) as client:
        complaint = _complaint(client.try_call("list_records"), list(client.stage.fake.providercalls))
    if complaint:
        raise Inconclusive(f"{complaint}; see CLIENT-PAGE-01")

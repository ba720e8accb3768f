"""Pagination of lists: page sizes, tokens, order, and rows lost because they share a timestamp (gateway.md 6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import Clock, FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.wire.timestamps import parse_time
from pytest_providercalls.fake_server.world.records import Flow

EDITIONS = ("documented", "server-2026-04", "server-2026-08")
END = {"result": [], "next_page_token": ""}


def pages(api: ProbeClient, path: str = "/flows", **query: object) -> Iterator[dict[str, Any]]:
    """Yield each page that has rows, following the tokens to the end."""
    page = require_success(api.get(path, **query))
    while page["result"]:
        yield page
        page = require_success(api.get(path, **query | {"page_token": page["next_page_token"]}))
    assert page == END


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["result"]]


def add_flows(fake: FakeVoipbin, count: int) -> list[str]:
    """Add flows, and return their ids, newest first."""
    return [fake.add_flow(name=str(number)).id for number in range(count)][::-1]


def fake_with_fixed_clock(edition: str = "documented") -> FakeVoipbin:
    """Return a fake whose clock does not tick."""
    return FakeVoipbin(edition, clock=Clock(tick=timedelta(0)))


@pytest.mark.parametrize("size", [1, 7, 99, 100])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_the_pages_have_every_row_once_newest_first(fake: FakeVoipbin, api: ProbeClient, count: int, size: int) -> None:
    added = add_flows(fake, count)
    found = [ids(page) for page in pages(api, page_size=size)]
    assert found == [added[start : start + size] for start in range(0, count, size)]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_a_page_has_a_hundred_rows_by_default(fake: FakeVoipbin, api: ProbeClient, count: int) -> None:
    added = add_flows(fake, count)
    assert ids(require_success(api.get("/flows"))) == added[:100]


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ("1", 1),
        ("100", 100),
        ("101", 100),
        ("0", 100),
        ("-1", 100),
        ("9223372036854775807", 100),
        ("%2B5", 5),
        ("0005", 5),
        ("-0", 100),
    ],
)
def test_a_page_size_out_of_range_means_a_hundred(fake: FakeVoipbin, api: ProbeClient, size: str, rows: int) -> None:
    add_flows(fake, 101)
    assert len(require_success(api.get(f"/flows?page_size={size}"))["result"]) == rows


TOKENS = {
    "documented": "2026-04-21 23:15:01.500000",
    "server-2026-04": "2026-04-21T23:15:01.500000Z",
    "server-2026-08": "2026-04-21T23:15:01.500000Z",
}
CREATION_TIMES = {
    "documented": "2026-04-21 23:15:01.500000",
    "server-2026-04": "2026-04-21T23:15:01.5Z",
    "server-2026-08": "2026-04-21T23:15:01.5Z",
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_token_has_the_format_of_the_edition(edition: str) -> None:
    fake = fake_with_fixed_clock(edition)
    api = ProbeClient(FakeTarget(fake))
    fake.clock.advance(1.5)
    add_flows(fake, 1)
    page = require_success(api.get("/flows"))
    assert (page["next_page_token"], page["result"][0]["tm_create"]) == (TOKENS[edition], CREATION_TIMES[edition])


@pytest.mark.parametrize(
    "token",
    [
        "2026-04-21 23:15:01.500000",
        "2026-04-21T23:15:01.500000Z",
        "2026-04-21T23:15:01.5Z",
        "2026-04-21T23:15:01.5",
        "2026-04-21T23:15:01.500000000Z",
        "2026-04-22T08:15:01.5%2B09:00",
    ],
)
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_token_is_accepted_in_every_time_format(edition: str, token: str) -> None:
    fake = fake_with_fixed_clock(edition)
    api = ProbeClient(FakeTarget(fake))
    older = add_flows(fake, 1)
    fake.clock.advance(1.5)
    add_flows(fake, 1)
    assert ids(require_success(api.get(f"/flows?page_token={token}"))) == older


def test_the_last_page_also_has_a_token(fake: FakeVoipbin, api: ProbeClient) -> None:
    add_flows(fake, 3)
    last = list(pages(api, page_size=2))[-1]
    assert (len(last["result"]), last["next_page_token"] != "") == (1, True)


def test_an_empty_token_means_the_first_page(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 2)
    assert ids(require_success(api.get("/flows", page_token=""))) == added


def test_a_token_in_the_future_starts_with_the_newest_row(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 2)
    assert ids(require_success(api.get("/flows", page_token="2999-01-01T00:00:00Z"))) == added


def test_a_token_in_the_past_finds_nothing(fake: FakeVoipbin, api: ProbeClient) -> None:
    add_flows(fake, 2)
    assert require_success(api.get("/flows", page_token="1999-01-01T00:00:00Z")) == END


def test_rows_with_the_same_time_are_sorted_by_descending_id() -> None:
    fake = fake_with_fixed_clock()
    added = add_flows(fake, 9)
    assert ids(require_success(ProbeClient(FakeTarget(fake)).get("/flows"))) == sorted(added, reverse=True)


@pytest.mark.parametrize("edition", EDITIONS)
def test_rows_with_the_time_of_a_page_boundary_are_lost(edition: str) -> None:
    fake = fake_with_fixed_clock(edition)
    older = add_flows(fake, 1)
    fake.clock.advance(1)
    added = sorted(add_flows(fake, 5), reverse=True)
    found = [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=2)]
    assert found == [added[:2], older]


def test_no_row_is_lost_if_the_times_differ_at_the_boundary() -> None:
    fake = fake_with_fixed_clock()
    older = add_flows(fake, 1)
    fake.clock.advance(1)
    added = sorted(add_flows(fake, 3), reverse=True)
    assert [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=3)] == [added, older]


def test_a_row_deleted_between_two_pages_is_missing(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    require_success(api.delete(f"/flows/{added[2]}"))
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == added[3:]


def test_a_token_works_after_its_row_is_deleted(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    require_success(api.delete(f"/flows/{added[1]}"))
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == added[2:]


def test_a_row_added_between_two_pages_is_not_on_the_second(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    add_flows(fake, 1)
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == added[2:]


def test_a_changed_row_keeps_its_position(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = add_flows(fake, 3)
    require_success(api.put(f"/flows/{added[2]}", {"name": "changed"}))
    assert ids(require_success(api.get("/flows"))) == added


@pytest.mark.parametrize("path", ["/providers", "/flows", "/accesskeys"])
def test_deleted_rows_do_not_count_towards_the_page_size(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    added = [require_success(api.post(path, {"expire": 86400}))["id"] for _ in range(4)]
    require_success(api.delete(f"{path}/{added[2]}"))
    assert ids(require_success(api.get(path, page_size=2))) == [added[3], added[1]]


def test_filtered_providercalls_are_paginated(fake: FakeVoipbin, api: ProbeClient) -> None:
    provider = fake.provider.id
    added = [api.place(provider_id=provider)["id"] for _ in range(5)]
    for _ in range(3):
        api.place()
    found = [ids(page) for page in pages(api, "/providercalls", page_size=2, provider_id=provider)]
    assert found == [added[4:2:-1], added[2:0:-1], added[:1]]


def test_calls_are_paginated_newest_first(fake: FakeVoipbin, api: ProbeClient) -> None:
    added = [api.place()["call_ids"][0] for _ in range(3)]
    assert [ids(page) for page in pages(api, "/calls", page_size=2)] == [added[:0:-1], added[:1]]


_STEPS = st.lists(st.tuples(st.sampled_from([0, 0, 1]), st.booleans()), max_size=12)


@settings(max_examples=150, deadline=None)
@given(steps=_STEPS, size=st.integers(1, 6), edition=st.sampled_from(EDITIONS))
def test_the_pages_match_a_simple_model(steps: list[tuple[int, bool]], size: int, edition: str) -> None:
    fake = fake_with_fixed_clock(edition)
    added: list[Flow] = []
    for seconds, deleted in steps:
        fake.clock.advance(seconds)
        flow = fake.add_flow()
        if deleted:
            flow.tm_delete = fake.clock.now()
        added.append(flow)
    newest_first = sorted(added, key=lambda flow: (flow.tm_create, flow.id), reverse=True)
    expected, rest = [], [flow for flow in newest_first if not flow.tm_delete]
    while rest:
        page, rest = rest[:size], rest[size:]
        expected.append([flow.id for flow in page])
        rest = [flow for flow in rest if flow.tm_create < page[-1].tm_create]
    assert [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=size)] == expected


@pytest.mark.parametrize("path", ["/providers", "/providercalls", "/calls", "/flows", "/billings"])
def test_two_tokens_are_refused(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    assert api.get(f"{path}?page_token=2999-01-01T00:00:00Z&page_token=2999-01-01T00:00:00Z").status == 400


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this platform has no time.tzset")
def test_a_token_without_a_zone_is_utc_in_any_local_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = "2026-04-21 23:15:00", "2026-04-21T23:15:00Z", "2026-04-22T08:15:00+09:00"
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "Asia/Seoul")
            time.tzset()
            assert {parse_time(text) for text in texts} == {datetime(2026, 4, 21, 23, 15, tzinfo=timezone.utc)}
    finally:
        time.tzset()

"""Lists, page by page: sizes, tokens, order, and what is lost where rows share a time (gateway.md 6)."""

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
from pytest_providercalls.fake_server.gateway.pipeline.lists import parse_page_token
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Flow

EDITIONS = ("documented", "server-2026-04", "server-2026-08")
END = {"result": [], "next_page_token": ""}


def pages(api: ProbeClient, path: str = "/flows", **query: object) -> Iterator[dict[str, Any]]:
    """Each page that has rows, following the tokens to the end."""
    page = require_success(api.get(path, **query))
    while page["result"]:
        yield page
        page = require_success(api.get(path, **query | {"page_token": page["next_page_token"]}))
    assert page == END


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["result"]]


def flows(fake: FakeVoipbin, count: int) -> list[str]:
    """The ids of new flows, newest first."""
    return [fake.add_flow(name=str(number)).id for number in range(count)][::-1]


def still(edition: str = "documented") -> FakeVoipbin:
    """A fake in which time stands still."""
    return FakeVoipbin(edition, clock=Clock(tick=timedelta(0)))


@pytest.mark.parametrize("size", [1, 7, 99, 100])
@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_the_pages_hold_every_row_once_newest_first(fake: FakeVoipbin, api: ProbeClient, count: int, size: int) -> None:
    made = flows(fake, count)
    found = [ids(page) for page in pages(api, page_size=size)]
    assert found == [made[start : start + size] for start in range(0, count, size)]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_a_page_has_a_hundred_rows_unless_told(fake: FakeVoipbin, api: ProbeClient, count: int) -> None:
    made = flows(fake, count)
    assert ids(require_success(api.get("/flows"))) == made[:100]


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
def test_an_odd_page_size_means_a_hundred(fake: FakeVoipbin, api: ProbeClient, size: str, rows: int) -> None:
    flows(fake, 101)
    assert len(require_success(api.get(f"/flows?page_size={size}"))["result"]) == rows


TOKENS = {
    "documented": "2026-04-21 23:15:01.500000",
    "server-2026-04": "2026-04-21T23:15:01.500000Z",
    "server-2026-08": "2026-04-21T23:15:01.500000Z",
}
SHOWN = {
    "documented": "2026-04-21 23:15:01.500000",
    "server-2026-04": "2026-04-21T23:15:01.5Z",
    "server-2026-08": "2026-04-21T23:15:01.5Z",
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_token_is_written_as_the_edition_does(edition: str) -> None:
    fake = still(edition)
    api = ProbeClient(FakeTarget(fake))
    fake.clock.advance(1.5)
    flows(fake, 1)
    page = require_success(api.get("/flows"))
    assert (page["next_page_token"], page["result"][0]["tm_create"]) == (TOKENS[edition], SHOWN[edition])


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
def test_a_token_is_read_in_every_spelling_of_its_time(edition: str, token: str) -> None:
    fake = still(edition)
    api = ProbeClient(FakeTarget(fake))
    older = flows(fake, 1)
    fake.clock.advance(1.5)
    flows(fake, 1)
    assert ids(require_success(api.get(f"/flows?page_token={token}"))) == older


def test_the_last_page_has_a_token_too(fake: FakeVoipbin, api: ProbeClient) -> None:
    flows(fake, 3)
    last = list(pages(api, page_size=2))[-1]
    assert (len(last["result"]), last["next_page_token"] != "") == (1, True)


def test_an_empty_token_is_none(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 2)
    assert ids(require_success(api.get("/flows", page_token=""))) == made


def test_a_token_of_the_future_starts_with_the_newest(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 2)
    assert ids(require_success(api.get("/flows", page_token="2999-01-01T00:00:00Z"))) == made


def test_a_token_of_the_past_finds_nothing(fake: FakeVoipbin, api: ProbeClient) -> None:
    flows(fake, 2)
    assert require_success(api.get("/flows", page_token="1999-01-01T00:00:00Z")) == END


def test_rows_of_one_time_go_by_id_downwards() -> None:
    fake = still()
    made = flows(fake, 9)
    assert ids(require_success(ProbeClient(FakeTarget(fake)).get("/flows"))) == sorted(made, reverse=True)


@pytest.mark.parametrize("edition", EDITIONS)
def test_rows_that_share_the_time_of_a_boundary_are_lost(edition: str) -> None:
    fake = still(edition)
    older = flows(fake, 1)
    fake.clock.advance(1)
    made = sorted(flows(fake, 5), reverse=True)
    found = [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=2)]
    assert found == [made[:2], older]


def test_a_page_that_ends_with_a_time_loses_nothing() -> None:
    fake = still()
    older = flows(fake, 1)
    fake.clock.advance(1)
    made = sorted(flows(fake, 3), reverse=True)
    assert [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=3)] == [made, older]


def test_a_row_that_is_deleted_between_two_pages_is_gone(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    require_success(api.delete(f"/flows/{made[2]}"))
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == made[3:]


def test_the_boundary_row_may_be_deleted(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    require_success(api.delete(f"/flows/{made[1]}"))
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == made[2:]


def test_a_row_that_is_added_between_two_pages_is_not_on_the_second(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 4)
    first = require_success(api.get("/flows", page_size=2))
    flows(fake, 1)
    assert ids(require_success(api.get("/flows", page_token=first["next_page_token"]))) == made[2:]


def test_a_row_that_is_changed_keeps_its_place(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 3)
    require_success(api.put(f"/flows/{made[2]}", {"name": "changed"}))
    assert ids(require_success(api.get("/flows"))) == made


@pytest.mark.parametrize("path", ["/providers", "/flows", "/accesskeys"])
def test_a_deleted_row_does_not_count_for_the_page_size(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    made = [require_success(api.post(path, {"expire": 86400}))["id"] for _ in range(4)]
    require_success(api.delete(f"{path}/{made[2]}"))
    assert ids(require_success(api.get(path, page_size=2))) == [made[3], made[1]]


def test_providercalls_are_paged_through_their_filter(fake: FakeVoipbin, api: ProbeClient) -> None:
    provider = fake.provider.id
    made = [api.place(provider_id=provider)["id"] for _ in range(5)]
    for _ in range(3):
        api.place()
    found = [ids(page) for page in pages(api, "/providercalls", page_size=2, provider_id=provider)]
    assert found == [made[4:2:-1], made[2:0:-1], made[:1]]


def test_calls_are_paged_newest_first(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = [api.place()["call_ids"][0] for _ in range(3)]
    assert [ids(page) for page in pages(api, "/calls", page_size=2)] == [made[:0:-1], made[:1]]


_STEPS = st.lists(st.tuples(st.sampled_from([0, 0, 1]), st.booleans()), max_size=12)


@settings(max_examples=150, deadline=None)
@given(steps=_STEPS, size=st.integers(1, 6), edition=st.sampled_from(EDITIONS))
def test_the_pages_are_those_of_a_plain_list(steps: list[tuple[int, bool]], size: int, edition: str) -> None:
    fake = still(edition)
    made: list[Flow] = []
    for seconds, deleted in steps:
        fake.clock.advance(seconds)
        flow = fake.add_flow()
        if deleted:
            flow.tm_delete = fake.clock.now()
        made.append(flow)
    alive = sorted((one for one in made if not one.tm_delete), key=lambda one: (one.tm_create, one.id), reverse=True)
    expected, rest = [], alive
    while rest:
        page, rest = rest[:size], rest[size:]
        expected.append([one.id for one in page])
        rest = [one for one in rest if one.tm_create < page[-1].tm_create]
    assert [ids(page) for page in pages(ProbeClient(FakeTarget(fake)), page_size=size)] == expected


def test_of_two_tokens_the_first_counts(fake: FakeVoipbin, api: ProbeClient) -> None:
    made = flows(fake, 2)
    old, new = "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
    assert ids(require_success(api.get(f"/flows?page_token={new}&page_token={old}"))) == made
    assert require_success(api.get(f"/flows?page_token={old}&page_token={new}")) == END


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process is fixed here")
def test_a_token_without_a_zone_is_utc_wherever_the_tests_run(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = "2026-04-21 23:15:00", "2026-04-21T23:15:00Z", "2026-04-22T08:15:00+09:00"
    try:
        with monkeypatch.context() as there:
            there.setenv("TZ", "Asia/Seoul")
            time.tzset()
            assert {parse_page_token(text) for text in texts} == {datetime(2026, 4, 21, 23, 15, tzinfo=timezone.utc)}
    finally:
        time.tzset()

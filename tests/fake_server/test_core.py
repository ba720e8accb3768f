"""FakeVoipbin: the same bytes for the same seed, snapshots, resets, arguments, threads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, require_success
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server import Clock, FakeVoipbin, core

from .scenario import client_of, each_edition, responses

Tables = Callable[[FakeVoipbin], dict[str, Any]]


@each_edition
def test_same_seed_and_requests_produce_the_same_bytes(edition: str) -> None:
    assert responses(FakeVoipbin(edition, seed=7)) == responses(FakeVoipbin(edition, seed=7))


@each_edition
def test_another_seed_produces_other_ids(edition: str) -> None:
    one, other = FakeVoipbin(edition, seed=1), FakeVoipbin(edition, seed=2)
    assert responses(one) != responses(other)
    for name in ("providers", "calls", "groupcalls", "flows", "activeflows", "providercalls"):
        assert getattr(one, name).keys().isdisjoint(getattr(other, name).keys())


def test_initial_state_is_the_same_whether_created_or_copied(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> None:
    monkeypatch.setattr(core, "_INITIAL", {})
    created, *copied = (FakeVoipbin(seed=3, clock=Clock()), FakeVoipbin(seed=3), FakeVoipbin(seed=3))
    assert core._INITIAL
    initial, later = (tables(created), created.clock.now(), created.super_admin, created.provider), responses(created)
    for fake in copied:
        assert (tables(fake), fake.clock.now(), fake.super_admin, fake.provider) == initial
        assert responses(fake) == later


def test_cache_of_initial_states_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "_INITIAL", {})
    ids = [FakeVoipbin(seed=seed).provider.id for seed in range(core._MAX_INITIAL + 5)]
    assert len(core._INITIAL) == core._MAX_INITIAL
    assert len({*ids}) == len(ids)


def test_another_seed_produces_other_credentials() -> None:
    one, other = FakeVoipbin(seed=1).super_admin, FakeVoipbin(seed=2).super_admin
    for name in ("token", "accesskey", "password"):
        assert getattr(one, name) != getattr(other, name)


def test_token_of_another_fake_is_not_accepted() -> None:
    token = FakeVoipbin(seed=1).super_admin.token
    assert FakeVoipbin(seed=2).handle(Request("GET", f"/v1.0/calls?token={token}")).status == 401


def test_fakes_do_not_share_records() -> None:
    body = {"type": "sip", "hostname": "sip.example.com", "name": "n", "tech_headers": {}}
    first, second = FakeVoipbin(), FakeVoipbin()
    headers: Any = first.providers[require_success(client_of(first).post("/providers", body))["id"]].tech_headers
    headers["X-Trunk"] = "7"
    assert require_success(client_of(second).post("/providers", body))["tech_headers"] == {}


def test_ids_have_the_formats_of_the_server(fake: FakeVoipbin) -> None:
    for id in [fake.ids.uuid() for _ in range(100)]:
        assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id)
    assert re.fullmatch("req_[A-Z2-7]{26}", fake.ids.request_id())
    assert re.fullmatch("vb_[A-Za-z0-9_-]{32}", fake.super_admin.accesskey)
    assert fake.super_admin.token.count(".") == 2


def test_ids_are_unique() -> None:
    fake = FakeVoipbin()
    assert len({fake.ids.uuid() for _ in range(10_000)}) == 10_000


def test_restored_fake_returns_the_same_responses(fake: FakeVoipbin) -> None:
    responses(fake)
    snapshot = fake.snapshot()
    first = responses(fake)
    fake.restore(snapshot)
    assert responses(fake) == first


def test_snapshot_can_be_restored_twice(fake: FakeVoipbin, tables: Tables) -> None:
    snapshot = fake.snapshot()
    before = tables(fake)
    for _ in range(2):
        responses(fake)
        fake.restore(snapshot)
        assert tables(fake) == before


def test_snapshot_contains_the_clock_the_ids_and_the_journal(fake: FakeVoipbin) -> None:
    responses(fake)
    # Copies, because later rules count for the latest request.
    journal = [replace(entry, rule_trace=entry.rule_trace.copy()) for entry in fake.requests]
    now, snapshot = fake.clock.now(), fake.snapshot()
    id = fake.ids.uuid()
    fake.clock.advance(3600)
    responses(fake)
    fake.restore(snapshot)
    assert (fake.clock.now(), fake.requests, fake.ids.uuid()) == (now, journal, id)


def test_snapshot_does_not_change(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    fake.add_provider()
    fake.provider.hostname = "elsewhere.example"
    fake.restore(snapshot)
    assert (len(fake.providers), fake.provider.hostname) == (1, "sip.carrier.example")


def test_restored_fake_shares_no_record_with_the_snapshot(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    fake.restore(snapshot)
    fake.provider.hostname = "elsewhere.example"
    fake.restore(snapshot)
    assert fake.provider.hostname == "sip.carrier.example"


def test_restored_call_can_be_answered(fake: FakeVoipbin) -> None:
    record = client_of(fake).place()
    snapshot = fake.snapshot()
    fake.calls[record["call_ids"][0]].hangup()
    fake.restore(snapshot)
    call = fake.calls[record["call_ids"][0]]
    call.answer()
    assert (call.status, fake.calls[call.id].status) == ("progressing", "progressing")


def test_reset_fake_equals_a_new_one(fake: FakeVoipbin, tables: Tables) -> None:
    new = FakeVoipbin(fake.edition.name)
    first = responses(fake)
    for _ in range(2):
        fake.reset()
        assert (tables(fake), fake.clock.now(), fake.requests) == (tables(new), new.clock.now(), [])
        assert responses(fake) == first


def test_reset_fake_starts_at_the_first_time_of_its_clock() -> None:
    clock = Clock()
    clock.advance(1000)
    start = clock.now()
    fake = FakeVoipbin(clock=clock)
    fake.reset()
    assert fake.provider.tm_create > start
    assert fake.clock.now() == FakeVoipbin(clock=Clock(start)).clock.now()


def test_snapshot_contains_the_tokens(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    late = fake.add_agent().token
    fake.restore(snapshot)
    assert fake.handle(Request("GET", f"/v1.0/calls?token={late}")).status == 401
    assert fake.handle(Request("GET", f"/v1.0/calls?token={fake.super_admin.token}")).status == 200


def test_unknown_rule_cannot_be_broken() -> None:
    with pytest.raises(ValueError, match="unknown rules PC-NOPE-01, XX-99; see contracts.RULES"):
        FakeVoipbin(broken={"XX-99", "PC-NOPE-01", "AU-01"})


def test_broken_accepts_rules_and_ids() -> None:
    assert FakeVoipbin(broken=[RULES["AU-01"]]).broken == FakeVoipbin(broken=["AU-01"]).broken == {"AU-01"}


def test_unknown_edition_is_an_error() -> None:
    known = "documented, server-2026-04, server-2026-08, deployed"
    with pytest.raises(ValueError, match=f"unknown edition 'server-2025'; expected one of {known}"):
        FakeVoipbin("server-2025")


def test_deployed_means_the_newest_server() -> None:
    assert FakeVoipbin("deployed").edition.name == "server-2026-08"


def test_edition_defaults_to_documented() -> None:
    assert FakeVoipbin().edition.name == "documented"


def test_clock_cannot_move_backwards() -> None:
    with pytest.raises(ValueError, match="the clock cannot go back: cannot advance by -1 s"):
        Clock().advance(-1)


def test_sixteen_threads_place_every_call_once(fake: FakeVoipbin) -> None:
    token, provider = fake.super_admin.token, fake.provider.id
    body = json.dumps({"provider_id": provider, "source": SOURCE, "destinations": [DESTINATION]}).encode()
    request = Request("POST", f"/v1.0/providercalls?token={token}", (), body)
    with ThreadPoolExecutor(16) as pool:
        placed = list(pool.map(lambda _: fake.handle(request), range(16 * 50)))
    records = [response.json() for response in placed]
    assert len({record["id"] for record in records}) == len(fake.providercalls) == 800
    assert {id for record in records for id in record["call_ids"]} == set(fake.calls)
    assert [one.status for one in fake.requests] == [200] * 800
    assert len({record["tm_create"] for record in records}) == 800

"""The core by itself: the same bytes again, there and back, the journal, seeds, threads, models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from pytest_providercalls.contracts import models, schema
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, ProbeClient, require_success
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server import Clock, FakeVoipbin, core
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.journal import RuleCounts, explain

Dump = Callable[[FakeVoipbin], dict[str, Any]]
ACTIONS = [{"type": "answer"}, {"type": "talk", "option": {"text": "hello", "n": 1.5}}, {"type": "hangup"}]
each_edition = pytest.mark.parametrize("edition", EDITIONS)


def asked(fake: FakeVoipbin) -> ProbeClient:
    return ProbeClient(FakeTarget(fake))


def scenario(fake: FakeVoipbin) -> Iterator[tuple[str, Response]]:
    """A bit of everything; with each answer, the model that it should follow (`[]` for a page of it)."""
    api = asked(fake)
    agent = {"type": "agent", "target": fake.super_admin.id}
    admin = fake.super_admin
    yield "Login", api.post("//auth/login", {"username": admin.username, "password": admin.password})
    yield "Agent", api.get("/me")
    yield "Customer", api.get("/customer")
    yield "BillingAccount", api.get("/billing_account")
    provider = api.post("/providers", {"hostname": "sip.example", "tech_headers": {"X": "1"}})
    yield "Provider", provider
    yield "Provider", api.put(f"/providers/{provider.json()['id']}", {"name": "new"})
    yield "Provider[]", api.get("/providers")
    flow = api.post("/flows", {"name": "mine", "actions": ACTIONS})
    yield "Flow", flow
    yield "Flow", api.post("/flows", {})
    yield "Flow[]", api.get("/flows")
    yield "Flow", api.put(f"/flows/{flow.json()['id']}", {"detail": "changed"})
    yield "ProviderCall", api.post("/providercalls", api.body(source={}, flow_id=flow.json()["id"]))
    destinations = [DESTINATION, {"type": "sip", "target": "a@B.example", "name": "n"}, agent]
    record = api.post("/providercalls", api.body(destinations=destinations, actions=ACTIONS))
    yield "ProviderCall", record
    first, second = record.json()["call_ids"]
    yield "Call", api.get(f"/calls/{first}")
    fake.calls[first].ring()
    yield "Call", api.get(f"/calls/{first}")
    fake.calls[first].answer()
    fake.clock.advance(61.25)
    yield "Call", api.post(f"/calls/{first}/hangup")
    yield "Call", api.get(f"/calls/{first}")
    yield "Flow", api.get(f"/flows/{fake.calls[first].flow_id}")
    yield "Activeflow", api.get(f"/activeflows/{fake.calls[second].activeflow_id}")
    yield "Activeflow", api.post(f"/activeflows/{fake.calls[second].activeflow_id}/stop")
    yield "Activeflow[]", api.get("/activeflows")
    yield "Call", api.delete(f"/calls/{second}")
    yield "Call[]", api.get("/calls", page_size=2)
    groupcall = record.json()["groupcall_ids"][0]
    yield "Groupcall", api.get(f"/groupcalls/{groupcall}")
    yield "Groupcall", api.post(f"/groupcalls/{groupcall}/hangup")
    yield "Groupcall[]", api.get("/groupcalls")
    yield "Groupcall", api.delete(f"/groupcalls/{groupcall}")
    placed = {"source": SOURCE, "destinations": [DESTINATION, agent]}
    yield "Placed", api.post("/calls", placed)
    yield "ProviderCall[]", api.get("/providercalls", page_size=1)
    yield "ProviderCall", api.get(f"/providercalls/{record.json()['id']}")
    yield "ProviderCall", api.delete(f"/providercalls/{record.json()['id']}")
    yield "Flow", api.delete(f"/flows/{flow.json()['id']}")
    yield "Provider", api.delete(f"/providers/{provider.json()['id']}")
    yield "Billing[]", api.get("/billings")
    yield "Billing", api.get(f"/billings/{fake.calls[first].billing_id}")
    key = api.post("/accesskeys", {"name": "mine", "expire": 86400})
    yield "Accesskey", key
    yield "Accesskey", api.get(f"/accesskeys/{key.json()['id']}")
    yield "Accesskey[]", api.get("/accesskeys")
    yield "Accesskey", api.delete(f"/accesskeys/{key.json()['id']}")
    for row in require_success(api.get("/calls"))["result"]:
        yield "Call", api.get(f"/calls/{row['id']}")


REFUSED = ("GET", "/v1.0/nothing"), ("GET", "/v1.0/calls/nope"), ("POST", "/v1.0/providercalls")


def answers(fake: FakeVoipbin) -> list[Response]:
    refusals = [fake.handle(Request(method, target)) for method, target in REFUSED]
    return [*(response for _, response in scenario(fake)), *refusals]


# the same bytes


@each_edition
def test_the_same_seed_and_requests_give_the_same_bytes(edition: str) -> None:
    assert answers(FakeVoipbin(edition, seed=7)) == answers(FakeVoipbin(edition, seed=7))


@each_edition
def test_another_seed_gives_other_ids(edition: str) -> None:
    one, other = FakeVoipbin(edition, seed=1), FakeVoipbin(edition, seed=2)
    assert answers(one) != answers(other)
    for name in ("providers", "calls", "groupcalls", "flows", "activeflows", "providercalls"):
        assert getattr(one, name).keys().isdisjoint(getattr(other, name).keys())


def test_what_a_fake_begins_with_is_the_same_be_it_made_or_copied(
    monkeypatch: pytest.MonkeyPatch, tables: Dump
) -> None:
    monkeypatch.setattr(core, "_BEGINNINGS", {})
    made, *fakes = (FakeVoipbin(seed=3, clock=Clock()), FakeVoipbin(seed=3), FakeVoipbin(seed=3))
    assert core._BEGINNINGS
    begun, later = (tables(made), made.clock.now(), made.super_admin, made.provider), answers(made)
    for fake in fakes:
        assert (tables(fake), fake.clock.now(), fake.super_admin, fake.provider) == begun
        assert answers(fake) == later


def test_few_beginnings_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "_BEGINNINGS", {})
    ids = [FakeVoipbin(seed=seed).provider.id for seed in range(core._MOST_BEGINNINGS + 5)]
    assert len(core._BEGINNINGS) == core._MOST_BEGINNINGS
    assert len({*ids}) == len(ids)


def test_another_seed_gives_other_credentials() -> None:
    one, other = FakeVoipbin(seed=1).super_admin, FakeVoipbin(seed=2).super_admin
    for name in ("token", "accesskey", "password"):
        assert getattr(one, name) != getattr(other, name)


def test_one_fakes_token_is_nothing_to_another() -> None:
    token = FakeVoipbin(seed=1).super_admin.token
    assert FakeVoipbin(seed=2).handle(Request("GET", f"/v1.0/calls?token={token}")).status == 401


def test_what_is_done_to_one_fakes_record_is_nothing_to_another() -> None:
    body = {"type": "sip", "hostname": "sip.example.com", "name": "n", "tech_headers": {}}
    first, second = FakeVoipbin(), FakeVoipbin()
    headers: Any = first.providers[require_success(asked(first).post("/providers", body))["id"]].tech_headers
    headers["X-Trunk"] = "7"
    assert require_success(asked(second).post("/providers", body))["tech_headers"] == {}


def test_ids_look_like_the_servers(fake: FakeVoipbin) -> None:
    for id in [fake.ids.uuid() for _ in range(100)]:
        assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id)
    assert re.fullmatch("req_[A-Z2-7]{26}", fake.ids.request_id())
    assert re.fullmatch("vb_[A-Za-z0-9_-]{32}", fake.super_admin.accesskey)
    assert fake.super_admin.token.count(".") == 2


def test_ids_are_all_different() -> None:
    fake = FakeVoipbin()
    assert len({fake.ids.uuid() for _ in range(10_000)}) == 10_000


# there and back


def test_a_fake_goes_on_from_a_snapshot_as_it_did_before(fake: FakeVoipbin) -> None:
    answers(fake)
    snapshot = fake.snapshot()
    first = answers(fake)
    fake.restore(snapshot)
    assert answers(fake) == first


def test_a_snapshot_can_be_restored_twice(fake: FakeVoipbin, tables: Dump) -> None:
    snapshot = fake.snapshot()
    before = tables(fake)
    for _ in range(2):
        answers(fake)
        fake.restore(snapshot)
        assert tables(fake) == before


def test_a_snapshot_holds_the_clock_the_ids_and_the_journal(fake: FakeVoipbin) -> None:
    answers(fake)
    # Copies: what happens later is booked to the last request.
    journal = [replace(entry, trace=entry.rule_trace.copy()) for entry in fake.requests]
    now, snapshot = fake.clock.now(), fake.snapshot()
    id = fake.ids.uuid()
    fake.clock.advance(3600)
    answers(fake)
    fake.restore(snapshot)
    assert (fake.clock.now(), fake.requests, fake.ids.uuid()) == (now, journal, id)


def test_a_snapshot_is_not_changed_by_what_comes_after(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    fake.add_provider()
    fake.provider.hostname = "elsewhere.example"
    fake.restore(snapshot)
    assert (len(fake.providers), fake.provider.hostname) == (1, "sip.carrier.example")


def test_a_restored_fake_shares_no_record_with_the_snapshot(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    fake.restore(snapshot)
    fake.provider.hostname = "elsewhere.example"
    fake.restore(snapshot)
    assert fake.provider.hostname == "sip.carrier.example"


def test_a_restored_call_can_be_moved(fake: FakeVoipbin) -> None:
    record = asked(fake).place()
    snapshot = fake.snapshot()
    fake.calls[record["call_ids"][0]].hangup()
    fake.restore(snapshot)
    call = fake.calls[record["call_ids"][0]]
    call.answer()
    assert (call.status, fake.calls[call.id].status) == ("progressing", "progressing")


def test_a_reset_fake_is_a_new_one(fake: FakeVoipbin, tables: Dump) -> None:
    new = FakeVoipbin(fake.edition.name)
    first = answers(fake)
    for _ in range(2):
        fake.reset()
        assert (tables(fake), fake.clock.now(), fake.requests) == (tables(new), new.clock.now(), [])
        assert answers(fake) == first


def test_a_reset_fake_starts_when_its_own_clock_did() -> None:
    clock = Clock()
    clock.advance(1000)
    start = clock.now()
    fake = FakeVoipbin(clock=clock)
    fake.reset()
    assert fake.provider.tm_create > start
    assert fake.clock.now() == FakeVoipbin(clock=Clock(start)).clock.now()


def test_a_snapshot_keeps_what_a_token_is_worth(fake: FakeVoipbin) -> None:
    snapshot = fake.snapshot()
    late = fake.add_agent().token
    fake.restore(snapshot)
    assert fake.handle(Request("GET", f"/v1.0/calls?token={late}")).status == 401
    assert fake.handle(Request("GET", f"/v1.0/calls?token={fake.super_admin.token}")).status == 200


# the journal


def test_the_journal_has_every_request_in_order(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/ping?a=1"))
    fake.handle(Request("POST", "/auth/login", (), b"{}"))
    found = [(one.method, one.url, one.request_body, one.status) for one in fake.requests]
    assert found == [("GET", "/ping?a=1", b"", 200), ("POST", "/auth/login", b"{}", 400)]


def test_the_journal_tells_which_rules_were_met(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/v1.0/calls"))
    exchange = fake.requests[-1]
    assert ("AU-01", False) in exchange.rule_outcomes
    assert exchange.refused_by == "AU-01"


def test_a_granted_request_was_refused_by_nothing(fake: FakeVoipbin) -> None:
    asked(fake).get("/calls")
    assert fake.requests[-1].refused_by is None


def test_what_happens_later_is_booked_to_the_last_request_alone(fake: FakeVoipbin) -> None:
    """Requests that went the same way through the rules share one trace, once they are no longer the last."""
    api = asked(fake)
    body = api.body(provider_id=fake.provider.id)
    for _ in range(3):
        require_success(api.post("/providercalls", body))
    first, second, last = fake.requests
    met = first.rule_outcomes
    assert met == second.rule_outcomes == last.rule_outcomes
    assert first.rule_trace is second.rule_trace
    fake.clock.advance(100)
    assert (first.rule_outcomes, second.rule_outcomes) == (met, met)
    assert last.rule_outcomes[: len(met)] == met != last.rule_outcomes


def test_what_happens_while_the_fake_is_lent_is_booked_to_whom_it_was_lent_by(fake: FakeVoipbin) -> None:
    api = asked(fake)
    body = api.body(provider_id=fake.provider.id)
    require_success(api.post("/providercalls", body))
    with fake.lock, fake.lock_released():
        require_success(api.post("/providercalls", body))
    fake.enforces(RULES["CL-GET-01"])
    require_success(api.post("/providercalls", body))
    earlier, meanwhile, after = fake.requests
    assert earlier.rule_outcomes == [*meanwhile.rule_outcomes, ("CL-GET-01", True)]
    assert meanwhile.rule_outcomes == after.rule_outcomes


def test_the_journal_names_the_asker(fake: FakeVoipbin) -> None:
    asked(fake).get("/calls", as_="customer_admin")
    assert fake.requests[-1].principal == "customer-admin"


def test_a_refusal_says_what_to_do(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/v1.0/calls"))
    assert f"refused by AU-01: {RULES['AU-01'].statement} [{RULES['AU-01'].source}]" in fake.transcript()
    assert f"what to do: {RULES['AU-01'].hint}" in fake.transcript()


def test_coverage_counts_what_was_met(fake: FakeVoipbin) -> None:
    for _ in range(3):
        fake.handle(Request("GET", "/v1.0/calls"))
    asked(fake).get("/calls")
    coverage = RuleCounts.of(fake.requests)
    assert (coverage.refused["AU-01"], coverage.passed["AU-01"]) == (3, 1)


def test_an_explanation_without_a_fix_is_one_line() -> None:
    one = next(rule for rule in RULES.values() if not rule.hint)
    assert explain(one.id) == [f"refused by {one.id}: {one.statement} [{one.source}]"]


SECRET = "S3cr3t-value"
TARGETS = [
    f"/v1.0/calls?token={SECRET}",
    f"/v1.0/calls?accesskey={SECRET}",
    f"/v1.0/calls?page_size=1&token={SECRET}&x=y",
    f"/v1.0/calls?%74oken={SECRET}",
    f"/v1.0/calls?%74%6f%6B%65%6e={SECRET}",
    f"/v1.0/calls?acces%73key={SECRET}",
    f"/v1.0/calls?TOKEN={SECRET}&AccessKey={SECRET}",
    f"/v1.0/calls?token%3D{SECRET}",
    f"/v1.0/calls?a=b;token={SECRET}",
    f"/v1.0/calls&token={SECRET}",
    f"/v1.0/calls?x?token={SECRET}",
    f"/v1.0/nothing?token={SECRET}",
    f"/v1.0/calls/?token={SECRET}",
    f"/v1.0/calls%?token={SECRET}",
]


def told(fake: FakeVoipbin) -> str:
    """Everything that a fake says of its requests."""
    return "\n".join([fake.transcript(), repr(fake.requests), *map(str, fake.requests), repr(fake)])


@pytest.mark.parametrize("target", TARGETS)
def test_a_credential_in_the_target_is_never_told(fake: FakeVoipbin, target: str) -> None:
    fake.handle(Request("GET", target))
    assert SECRET not in told(fake)
    assert "***" in fake.requests[-1].url


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (f"/v1.0/calls?page_size=1&token={SECRET}", "/v1.0/calls?page_size=1&token=***"),
        (f"/v1.0/calls?accesskey={SECRET}&page_size=1", "/v1.0/calls?accesskey=***&page_size=1"),
        ("/v1.0/calls?page_token=2026&x=token", "/v1.0/calls?page_token=2026&x=token"),
        ("/v1.0/calls?q=%20", "/v1.0/calls?q=%20"),
    ],
)
def test_the_rest_of_a_target_is_told(fake: FakeVoipbin, url: str, kept: str) -> None:
    fake.handle(Request("GET", url))
    assert fake.requests[-1].url == kept


BODIES = [
    f'{{"username": "a", "password": "{SECRET}"}}',
    f'{{"PASSWORD":"{SECRET}"}}',
    f'{{"Password"  :\n\t"{SECRET}"}}',
    f'{{"pASSwoRD":"{SECRET}", "x": 1}}',
    f'{{"token":"{SECRET}"}}',
    f'{{"TOKEN":"{SECRET}"}}',
    f'{{"toKeN" : "{SECRET}"}}',
    f'{{"webhook_secret": "{SECRET}"}}',
    f'{{"p\\u0061ssword": "{SECRET}"}}',
    f'{{"\\u0050ASSWORD": "{SECRET}"}}',
    f'{{"t\\u006Fken": "{SECRET}"}}',
    f'{{"pa\u017f\u017fword": "{SECRET}"}}',
    f'{{"to\u212aen": "{SECRET}"}}',
    f'{{"password": "a\\"{SECRET}"}}',
    f'{{"password": "{SECRET}',
    f'{{"a": {{"password": "{SECRET}"}}}}',
    f'{{"password": "x", "password": "{SECRET}"}}',
    f"username=a&password={SECRET}",
    f"password={SECRET}",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/auth/login", "/v1.0/flows", "/v1.0/nothing"])
def test_a_credential_in_a_body_is_never_told(fake: FakeVoipbin, path: str, body: str) -> None:
    token = fake.super_admin.token
    fake.handle(Request("POST", path, (("Authorization", f"Bearer {token}"),), body.encode()))
    assert SECRET not in told(fake)
    assert b"***" in fake.requests[-1].request_body


def test_a_body_without_a_secret_is_told_as_it_came(fake: FakeVoipbin) -> None:
    body = '{"text": "say token, password: x", "token_prefix": "vb_", "\u00e9": "\\u0061"}'.encode()
    fake.handle(Request("POST", "/v1.0/flows", (), body))
    assert fake.requests[-1].request_body == body


def test_a_secret_number_is_hidden_too(fake: FakeVoipbin) -> None:
    fake.handle(Request("POST", "/auth/login", (), b'{"password": 20260421, "username": "a"}'))
    assert fake.requests[-1].request_body == b'{"password": "***", "username": "a"}'


def test_no_header_is_told(fake: FakeVoipbin) -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("Cookie", f"token={SECRET}; accesskey={SECRET}"))
    fake.handle(Request("GET", "/v1.0/calls", headers))
    assert SECRET not in told(fake)


def test_no_credential_of_the_fakes_own_is_told(fake: FakeVoipbin) -> None:
    answers(fake)
    secrets = [
        secret for agent in fake.state.agents.values() for secret in (agent.password, agent.token, agent.accesskey)
    ]
    secrets += [*fake.state.tokens, *fake.state.secrets]
    text = "\n".join(
        [
            told(fake),
            *map(repr, (fake.super_admin, fake.customer_admin, fake.snapshot(), fake.state)),
            *(
                repr(record)
                for table in vars(fake.state).values()
                if isinstance(table, Mapping)
                for record in table.values()
            ),
        ]
    )
    assert [secret for secret in secrets if secret in text] == []


# what is wrong with the arguments


def test_an_unknown_rule_cannot_be_broken() -> None:
    with pytest.raises(ValueError, match="there are no rules PC-NOPE-01, XX-99; see contracts.RULES"):
        FakeVoipbin(broken={"XX-99", "PC-NOPE-01", "AU-01"})


def test_a_rule_can_be_broken_by_itself_or_its_id() -> None:
    assert FakeVoipbin(broken=[RULES["AU-01"]]).broken == FakeVoipbin(broken=["AU-01"]).broken == {"AU-01"}


def test_an_unknown_edition_is_refused_with_those_there_are() -> None:
    known = "documented, server-2026-04, server-2026-08, deployed"
    with pytest.raises(ValueError, match=f"there is no edition 'server-2025'; the editions are {known}"):
        FakeVoipbin("server-2025")


def test_deployed_is_the_newest_server() -> None:
    assert FakeVoipbin("deployed").edition.name == "server-2026-08"


def test_the_documents_are_followed_unless_told() -> None:
    assert FakeVoipbin().edition.name == "documented"


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="time does not run backwards"):
        Clock().advance(-1)


# threads


def test_sixteen_threads_lose_nothing_and_double_nothing(fake: FakeVoipbin) -> None:
    token, provider = fake.super_admin.token, fake.provider.id
    body = json.dumps({"provider_id": provider, "source": SOURCE, "destinations": [DESTINATION]}).encode()
    request = Request("POST", f"/v1.0/providercalls?token={token}", (), body)
    with ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(lambda _: fake.handle(request), range(16 * 50)))
    records = [response.json() for response in responses]
    assert len({record["id"] for record in records}) == len(fake.providercalls) == 800
    assert {id for record in records for id in record["call_ids"]} == set(fake.calls)
    assert [one.status for one in fake.requests] == [200] * 800
    assert len({record["tm_create"] for record in records}) == 800


# seeding


def test_a_fresh_fake_has_what_it_says(fake: FakeVoipbin) -> None:
    identities = (fake.super_admin, fake.customer_admin, fake.customer_manager, fake.customer_agent)
    assert [one.permission for one in identities] == [0x01, 0x20, 0x40, 0x10]
    assert len({one.customer_id for one in identities}) == 2
    assert (fake.provider.health_status, list(fake.providers)) == ("healthy", [fake.provider.id])
    assert not (fake.calls or fake.providercalls or fake.groupcalls or fake.flows or fake.activeflows)


def test_a_seeded_customer_may_place_calls(fake: FakeVoipbin) -> None:
    admin = fake.add_agent(Permission.SUPER_ADMIN, customer=fake.add_customer())
    body = json.dumps({"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]})
    response = fake.handle(Request("POST", f"/v1.0/providercalls?token={admin.token}", (), body.encode()))
    assert (response.status, response.json()["customer_id"]) == (200, admin.customer_id)


@pytest.mark.parametrize("name", ["super_admin", "customer_admin", "customer_manager", "customer_agent"])
def test_an_identitys_credentials_work(fake: FakeVoipbin, name: str) -> None:
    one = getattr(fake, name)
    assert fake.handle(Request("GET", f"/v1.0/me?token={one.token}")).json()["id"] == one.id
    login = json.dumps({"username": one.username, "password": one.password}).encode()
    assert fake.handle(Request("POST", "/auth/login", (), login)).status == 200
    assert fake.handle(Request("GET", f"/v1.0/calls?accesskey={one.accesskey}")).status == 200


def test_a_seeded_accesskey_works(fake: FakeVoipbin) -> None:
    key = fake.add_accesskey(fake.state.agents[fake.customer_admin.id], name="mine")
    assert (key.customer_id, key.name) == (fake.customer_admin.customer_id, "mine")
    assert fake.handle(Request("GET", f"/v1.0/flows?accesskey={key.secret}")).status == 200


def test_a_seeded_provider_is_healthy_unless_told(fake: FakeVoipbin) -> None:
    one, other = fake.add_provider(hostname="a.example"), fake.add_provider(health_status="unknown")
    assert (one.health_status, one.health_checked_at, one.hostname) == ("healthy", one.tm_create, "a.example")
    assert (other.health_status, other.health_checked_at) == ("unknown", None)


def test_a_deleted_provider_is_soft_deleted(fake: FakeVoipbin) -> None:
    gone = fake.delete_provider(fake.provider.id)
    assert gone.tm_delete == gone.tm_update is not None
    assert require_success(asked(fake).get(f"/providers/{gone.id}"))["tm_delete"] is not None
    assert require_success(asked(fake).get("/providers"))["result"] == []


def test_a_provider_that_is_not_there_cannot_be_deleted(fake: FakeVoipbin) -> None:
    with pytest.raises(KeyError):
        fake.delete_provider("nope")


def test_a_seeded_flow_is_the_super_admins_unless_told(fake: FakeVoipbin) -> None:
    mine = fake.add_flow([{"type": "talk", "option": {"text": "hi"}}], name="mine")
    other = fake.add_flow(customer=fake.customer_admin.customer_id)
    assert [row["id"] for row in require_success(asked(fake).get("/flows"))["result"]] == [mine.id]
    assert other.customer_id == fake.customer_admin.customer_id


# assertions


def test_nothing_was_placed_on_a_fresh_fake(fake: FakeVoipbin) -> None:
    fake.assert_nothing_placed()
    fake.assert_placed(0)
    message = r"expected at least 1 placed call\(s\), found 0\nno request was made"
    with pytest.raises(AssertionError, match=message):
        fake.assert_placed()


def test_a_placed_call_is_found_by_where_it_went(fake: FakeVoipbin) -> None:
    asked(fake).place(provider_id=fake.provider.id)
    fake.assert_placed()
    fake.assert_placed(1, provider=fake.provider, destination=DESTINATION["target"])
    fake.assert_placed(1, provider=fake.provider.id)
    fake.assert_placed(0, destination="+12025550199")


def test_a_failed_assertion_tells_the_story(fake: FakeVoipbin) -> None:
    asked(fake).place(provider_id=fake.provider.id)
    with pytest.raises(AssertionError) as caught:
        fake.assert_placed(2, provider=fake.provider, destination="+1")
    first, *rest = str(caught.value).splitlines()
    assert first == f"expected 2 placed call(s) through {fake.provider.id} to +1, found 0"
    assert rest[:2] == ["the requests were:", "POST /v1.0/providercalls -> 200, asked by super-admin"]


def test_something_placed_is_not_nothing(fake: FakeVoipbin) -> None:
    asked(fake).place()
    with pytest.raises(AssertionError, match=r"expected 0 placed call\(s\), found 1"):
        fake.assert_nothing_placed()


# models and schemas


def rows(name: str, body: bytes) -> Iterator[tuple[str, Any]]:
    """The single resources of an answer; a page is checked to be one."""
    found = json.loads(body)
    if name.endswith("[]"):
        assert list(found) == ["result", "next_page_token"]
        assert found["result"]
        yield from ((name[:-2], row) for row in found["result"])
    else:
        yield name, found


@each_edition
def test_every_answer_follows_its_model_and_its_schema(edition: str) -> None:
    seen = set()
    for name, response in scenario(FakeVoipbin(edition)):
        assert response.status == 200, (name, response.body)
        for model, row in rows(name, response.body):
            seen.add(model)
            getattr(models.answers, model).model_validate_json(json.dumps(row))
            jsonschema.Draft202012Validator(schema(model)).validate(row)
    single = {model.__name__ for model in models.answers.RESOURCES} - {"Address", "Action"}
    assert seen == single | {"Login", "Placed"}


@each_edition
def test_every_answers_keys_are_in_the_order_of_its_model(edition: str) -> None:
    for name, response in scenario(FakeVoipbin(edition)):
        for model, row in rows(name, response.body):
            fields = list(getattr(models.answers, model).model_fields)
            assert list(row) == [field for field in fields if field in row]


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
def test_every_refusal_follows_the_envelopes_model_and_schema(edition: str) -> None:
    fake = FakeVoipbin(edition)
    for method, target in REFUSED:
        body = fake.handle(Request(method, target)).body
        models.answers.Envelope.model_validate_json(body)
        jsonschema.Draft202012Validator(schema("Envelope")).validate(json.loads(body))


@pytest.mark.parametrize("name", ["Address", "ProviderCallRequest", "Placed", "Envelope", "Call"])
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", ["Nope", "Annotated", "BaseModel2", "", "RESOURCES"])
def test_there_is_no_schema_of_what_is_no_model(name: str) -> None:
    with pytest.raises(ValueError, match="there is no wire model"):
        schema(name)

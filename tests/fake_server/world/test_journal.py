"""The journal: every request, the rules that were checked, and how a refusal is explained."""

from __future__ import annotations

from pytest_providercalls.contracts import EDITIONS, rule_ledger
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import SOURCE, UNKNOWN_ID, require_success
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.journal import RuleCounts, explain

from ..scenario import client_of


def test_journal_has_every_request_in_order(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/ping?a=1"))
    fake.handle(Request("POST", "/auth/login", (), b"{}"))
    found = [(one.method, one.url, one.request_body, one.status) for one in fake.requests]
    assert found == [("GET", "/ping?a=1", b"", 200), ("POST", "/auth/login", b"{}", 400)]


def test_journal_has_the_rules_that_were_checked(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/v1.0/calls"))
    exchange = fake.requests[-1]
    assert ("AU-01", False) in exchange.rule_outcomes
    assert exchange.refused_by == "AU-01"


def test_accepted_request_was_refused_by_no_rule(fake: FakeVoipbin) -> None:
    client_of(fake).get("/calls")
    assert fake.requests[-1].refused_by is None


def test_later_rules_count_only_for_the_latest_request(fake: FakeVoipbin) -> None:
    """Requests that took the same path through the rules share one trace, except for the latest one."""
    api = client_of(fake)
    body = api.body(provider_id=fake.provider.id)
    for _ in range(3):
        require_success(api.post("/providercalls", body))
    first, second, last = fake.requests
    checked = first.rule_outcomes
    assert checked == second.rule_outcomes == last.rule_outcomes
    assert first.rule_trace is second.rule_trace
    fake.clock.advance(100)
    assert (first.rule_outcomes, second.rule_outcomes) == (checked, checked)
    assert last.rule_outcomes[: len(checked)] == checked != last.rule_outcomes


def test_what_fails_after_a_response_did_not_refuse_the_request(fake: FakeVoipbin) -> None:
    api = client_of(fake)
    agent = {"type": "agent", "target": fake.super_admin.id}
    require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [agent], "flow_id": UNKNOWN_ID}))
    assert api.get("/calls/nope").status == 400
    # On the servers, the call of the groupcall is placed, and fails, after its response.
    fake.clock.advance(10)
    assert fake.requests[-1].refused_by == "GW-ID-01"


def test_nested_request_does_not_take_over_the_trace(fake: FakeVoipbin) -> None:
    api = client_of(fake)
    body = api.body(provider_id=fake.provider.id)
    require_success(api.post("/providercalls", body))
    with fake.lock, fake.world.lock_released():
        require_success(api.post("/providercalls", body))
    fake.world.enforces(RULES["CL-GET-01"])
    require_success(api.post("/providercalls", body))
    outer, nested, later = fake.requests
    assert outer.rule_outcomes == [*nested.rule_outcomes, ("CL-GET-01", True)]
    assert nested.rule_outcomes == later.rule_outcomes


def test_journal_names_the_principal(fake: FakeVoipbin) -> None:
    client_of(fake).get("/calls", as_="customer_admin")
    assert fake.requests[-1].principal == "customer-admin"


def test_refusal_has_a_hint(fake: FakeVoipbin) -> None:
    fake.handle(Request("GET", "/v1.0/calls"))
    source = f"{RULES['AU-01'].source}; {rule_ledger.summary(RULES['AU-01'], fake.edition.name)}"
    assert f"refused by AU-01: {RULES['AU-01'].statement} [{source}]" in fake.transcript()
    assert f"hint: {RULES['AU-01'].hint}" in fake.transcript()


def test_rule_counts(fake: FakeVoipbin) -> None:
    for _ in range(3):
        fake.handle(Request("GET", "/v1.0/calls"))
    client_of(fake).get("/calls")
    counts = RuleCounts.of(fake.requests)
    assert (counts.refused["AU-01"], counts.passed["AU-01"]) == (3, 1)


def test_explanation_without_a_hint_is_one_line() -> None:
    rule = next(rule for rule in RULES.values() if not rule.hint)
    for edition in EDITIONS:
        source = f"{rule.source}; {rule_ledger.summary(rule, edition)}"
        assert explain(rule.id, edition) == [f"refused by {rule.id}: {rule.statement} [{source}]"]


def test_a_refusal_says_how_the_rule_is_known_in_the_edition_of_the_fake() -> None:
    known = {}
    for edition in ("documented", "server-2026-08"):
        fake = FakeVoipbin(edition)
        client_of(fake).post("/providercalls", {"provider_id": UNKNOWN_ID, "source": SOURCE, "destinations": [SOURCE]})
        known[edition] = rule_ledger.summary(RULES["PC-PRE-01"], edition)
        assert f"refused by PC-PRE-01: {RULES['PC-PRE-01'].statement} [" in fake.transcript()
        assert f"; {known[edition]}]" in fake.transcript()
    assert known["documented"] != known["server-2026-08"]


def test_restored_requests_keep_their_edition() -> None:
    fake = FakeVoipbin("server-2026-04")
    fake.handle(Request("GET", "/v1.0/calls"))
    fake.restore(fake.snapshot())
    assert [one.edition for one in fake.requests] == ["server-2026-04"]

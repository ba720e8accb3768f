"""The catalogue: each rule is kept, is noticed when it is broken, is met, and is as dangerous as it says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.editions import EDITIONS, Edition
from pytest_providercalls.contracts.probes import UNREACHABLE_TARGETS
from pytest_providercalls.contracts.rule import (
    DENIED,
    STATUS_NAMES,
    Answer,
    Body,
    Catalogue,
    accepted,
    empty_error,
    per_edition,
)
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

ALL = list(RULES.values())
SAFE = [one for one in ALL if one.safety <= Safety.INERT]
each_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
each_safe_rule = pytest.mark.parametrize("rule", SAFE, ids=lambda rule: rule.id)
each_edition = pytest.mark.parametrize("edition", EDITIONS)

READING = {"GET", "HEAD", "OPTIONS"}
NEVER_MET = {
    ("GW-REQID-02", "server-2026-04"): "no request id is ever made there",
    ("GW-RATE-04", "server-2026-04"): "there are no delegate tokens there",
}
RINGS_NOTHING_HERE = {
    "CL-GATE-04": "an extension without a contact rings nobody here; a real platform may have registered one",
}

UNHURRIED = [one for one in ALL if "-RATE-" not in one.id]
"""Without those who ask hundreds of times: each of them is tried by itself."""
REFUSED = [one for one in ALL if one.safety is Safety.REFUSED]

ABSENT = {
    "PC-AUTH-05": "AU-01: every endpoint asks for a credential",
    "PC-DEL-03": "PC-DEL-02: DELETE touches no call",
    "PC-DEL-06": "PC-GET-03: a deleted record is still there",
    "PC-NEW-12": "PC-NEW-13: its probe sends the empty value too",
    "PC-NEW-17": "GW-TIME-01 and PC-NEW-18: when a record was made",
    "PC-NEW-25": "a point of the edition, removes_temporary_flow; tests/fake_server/test_calls.py",
    "PC-NEW-35": "PC-PRE-01: the provider exists",
    "PC-TRB-02": "PC-PRE-01 and PC-PRE-02: the provider exists and is not deleted",
    "PV-DEL-02": "PV-GET-02: the provider exists",
    "PV-PUT-03": "PV-NEW-03: metadata is read-only",
    "PC-OBS-04": "a webhook, which no probe can receive",
    "PC-EVT-01": "an internal event, which no client sees",
    "PC-RTE-01": "routing, which no client sees",
    "PC-RTE-02": "routing, which no client sees",
    "PC-RTE-03": "routing, which no client sees",
    "PC-ANON-01": "SIP headers, which no client of the API sees",
    "PC-ANON-02": "SIP headers",
    "PC-ANON-03": "SIP headers",
    "PV-COD-01": "SIP headers",
    "PV-TEC-01": "the dialled address, which no client sees",
    "PV-TEC-02": "SIP headers",
    "PV-HLT-01": "the platform's own health check",
    "PV-SET-01": "POST /providers/setup is out of scope",
    "PV-SET-02": "POST /providers/setup is out of scope",
    "PV-SET-03": "POST /providers/setup is out of scope",
    "PV-SET-04": "POST /providers/setup is out of scope",
}
"""The rows of providers.md, section 8, that are no rule of their own, and where they went."""
NUMBERS = {
    "PC-AUTH": 6,
    "PC-PRE": 8,
    "PC-NEW": 35,
    "PC-OBS": 4,
    "PC-LIST": 8,
    "PC-GET": 4,
    "PC-DEL": 6,
    "PC-EVT": 1,
    "PC-RTE": 3,
    "PC-ANON": 4,
    "PC-TRB": 4,
    "PV-AUTH": 1,
    "PV-NEW": 4,
    "PV-PUT": 3,
    "PV-COD": 2,
    "PV-DEL": 2,
    "PV-GET": 1,
    "PV-HLT": 2,
    "PV-SET": 4,
    "PV-TEC": 2,
}
"""How many rows section 8 has of each kind; they are numbered from 01."""
ROWS = [f"{kind}-{number:02}" for kind, count in NUMBERS.items() for number in range(1, count + 1)]


def probed(rule: Rule, edition: str, *broken: str) -> tuple[FakeVoipbin, bool | None, str]:
    """A fake after a rule's probe ran on it, whether it keeps the rule, and why not."""
    fake = FakeVoipbin(edition, broken=broken)
    (verdict,) = check(FakeTarget(fake), Safety.BILLABLE, [rule]).verdicts
    return fake, verdict.kept, verdict.reason


def met(fake: FakeVoipbin) -> set[str]:
    return {met[0] for exchange in fake.requests for met in exchange.rule_outcomes}


def written(fake: FakeVoipbin) -> dict[str, str]:
    """Everything that a request might write, but for what it takes from the rate limits."""
    tables = {name: value for name, value in vars(fake.state).items() if isinstance(value, (Mapping, list))}
    del tables["buckets"]
    return {name: repr([*table.items()] if isinstance(table, Mapping) else table) for name, table in tables.items()}


def dangerous(fake: FakeVoipbin) -> list[str]:
    """The bodies that were sent to where calls are placed, and name somebody who might be rung."""
    placing = [one for one in fake.requests if one.method == "POST" and "calls" in one.url]
    return [one.request_body.decode() for one in placing if _rings(one.request_body)]


def _rings(body: bytes) -> bool:
    try:
        destinations = json.loads(body)["destinations"]
    except (ValueError, LookupError):
        return False
    return any(one["target"] not in UNREACHABLE_TARGETS for one in destinations)


@each_edition
@each_rule
def test_a_rule_is_kept(rule: Rule, edition: str) -> None:
    _, kept, why = probed(rule, edition)
    assert kept is True, why


@each_rule
def test_a_broken_rule_is_noticed(rule: Rule) -> None:
    assert False in [probed(rule, edition, rule.id)[1] for edition in EDITIONS]


@each_edition
@each_rule
def test_a_rule_is_met_by_its_own_probe(rule: Rule, edition: str) -> None:
    fake, _, _ = probed(rule, edition)
    assert (rule.id in met(fake)) is ((rule.id, edition) not in NEVER_MET)


@each_edition
@each_safe_rule
def test_a_harmless_probe_names_nobody_who_might_be_rung(rule: Rule, edition: str) -> None:
    for broken in ((), (rule.id,), tuple(RULES)):
        fake, _, _ = probed(rule, edition, *broken)
        assert dangerous(fake) == []


@each_edition
@each_safe_rule
def test_a_harmless_probe_places_no_call_though_every_rule_is_broken(rule: Rule, edition: str) -> None:
    for broken in ((), (rule.id,), tuple(RULES)):
        fake, _, _ = probed(rule, edition, *broken)
        # The all-broken fake makes a Call of any destination: one that nobody can be reached at rings nobody.
        assert [call for call in fake.placed() if call.destination.target not in UNREACHABLE_TARGETS] == []


@pytest.mark.parametrize("broken", RULES)
def test_harmless_probes_do_no_harm_whichever_rule_is_broken(broken: str) -> None:
    fake = FakeVoipbin(broken=[broken])
    assert_only_read(fake, UNHURRIED)
    check(FakeTarget(fake), Safety.INERT, [one for one in UNHURRIED if one.safety is Safety.INERT])
    assert dangerous(fake) == []
    assert [call for call in fake.placed() if call.destination.target not in UNREACHABLE_TARGETS] == []


@each_edition
def test_reading_probes_write_nothing_though_every_rule_is_broken(edition: str) -> None:
    assert_only_read(FakeVoipbin(edition, broken=list(RULES)), ALL)


def assert_only_read(fake: FakeVoipbin, rules: list[Rule]) -> None:
    target = FakeTarget(fake)
    before = written(fake)
    check(target, Safety.READ, rules)
    assert {exchange.method for exchange in fake.requests} <= READING
    assert written(fake) == before


@each_edition
@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule.id)
def test_a_refused_probe_rings_nobody_where_the_rule_is_kept(rule: Rule, edition: str) -> None:
    fake, _, _ = probed(rule, edition)
    assert [call for call in fake.placed() if not call.orphan] == []


@each_edition
def test_a_refused_probe_rings_somebody_only_if_its_own_rule_is_broken_or_one_it_stands_on(edition: str) -> None:
    ringing = set()
    for broken in RULES:
        fake = FakeVoipbin(edition, broken=[broken])
        target = FakeTarget(fake)
        for rule in REFUSED:
            placed = len(fake.placed())
            check(target, Safety.REFUSED, [rule])
            if any(not call.orphan for call in fake.placed()[placed:]):
                ringing.add((rule.id, broken))
    assert [(id, broken) for id, broken in ringing if broken not in (id, *RULES[id].depends_on)] == []


@pytest.mark.parametrize(
    "rule",
    [one for one in ALL if one.safety >= Safety.REFUSED and one.id not in RINGS_NOTHING_HERE],
    ids=lambda rule: rule.id,
)
def test_a_dangerous_level_is_not_needlessly_high(rule: Rule) -> None:
    fakes = [probed(rule, edition, *broken)[0] for edition in EDITIONS for broken in ((), (rule.id,), tuple(RULES))]
    assert any(fake.placed() for fake in fakes)


@pytest.mark.parametrize("id", RINGS_NOTHING_HERE)
def test_an_exception_from_that_still_is_one(id: str) -> None:
    fakes = [probed(RULES[id], edition, *broken)[0] for edition in EDITIONS for broken in ((), (id,))]
    assert not any(fake.placed() for fake in fakes)


@pytest.mark.parametrize("rule", [one for one in ALL if one.safety is Safety.BILLABLE], ids=lambda rule: rule.id)
def test_a_billable_probe_places_a_call_on_a_faithful_server(rule: Rule) -> None:
    assert any(probed(rule, edition)[0].placed() for edition in EDITIONS)


@pytest.mark.parametrize("allow", Safety)
def test_a_check_asks_nothing_more_dangerous_than_it_may(allow: Safety) -> None:
    report = check(FakeTarget(FakeVoipbin()), allow)
    assert {verdict.rule.id for verdict in report.verdicts if verdict.kept} == {
        one.id for one in ALL if one.safety <= allow
    }


def test_a_check_reads_only_unless_it_is_allowed_more() -> None:
    verdicts = check(FakeTarget(FakeVoipbin())).verdicts
    assert {verdict.rule.safety for verdict in verdicts if verdict.kept is not None} == {Safety.READ}


def test_a_report_names_what_is_broken() -> None:
    report = check(FakeTarget(FakeVoipbin(broken=["AC-CUST-01"])), Safety.READ)
    assert [verdict.rule.id for verdict in report.broken] == ["AC-CUST-01"]
    assert str(report).splitlines()[0].startswith("documented: ")
    assert f"AC-CUST-01 {RULES['AC-CUST-01'].statement}" in str(report)


@each_rule
def test_a_rule_says_what_it_is(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]{2}(-[A-Z]+)?-[0-9]{2}", rule.id)
    assert rule.statement.endswith(".")
    assert rule.source
    assert re.fullmatch(r"[0-9]+\.[0-9]+", rule.since)
    assert isinstance(rule.safety, Safety)


@each_rule
def test_a_rule_has_an_answer_in_each_edition(rule: Rule) -> None:
    assert set(rule.answers) == set(EDITIONS)
    for answer in rule.answers.values():
        assert answer.refuses is (answer.status >= 400)


@each_rule
def test_an_envelope_has_a_reason_and_a_message(rule: Rule) -> None:
    for answer in rule.answers.values():
        if answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
            assert answer.reason.replace("_", "").isupper()
            assert answer.message


def test_a_status_has_the_envelopes_name() -> None:
    assert STATUS_NAMES == {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        402: "PAYMENT_REQUIRED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        409: "FAILED_PRECONDITION",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
        503: "UNAVAILABLE",
    }


@each_rule
def test_a_rules_point_is_the_editions(rule: Rule) -> None:
    assert rule.edition_flag == "" or rule.edition_flag in Edition.__dataclass_fields__


def test_a_catalogue_refuses_one_id_twice() -> None:
    one = RULES["AU-01"]
    with pytest.raises(ValueError, match="two rules have the id AU-01"):
        Catalogue([one, one])


def test_the_catalogue_is_in_the_order_of_its_ids() -> None:
    assert list(RULES) == sorted(RULES)


@pytest.mark.parametrize("id", ROWS)
def test_a_row_of_the_research_is_a_rule_or_has_a_reason(id: str) -> None:
    assert (id in RULES) is (id not in ABSENT)


def test_no_reason_is_given_for_a_row_that_is_not_there() -> None:
    assert set(ABSENT) <= set(ROWS)


@pytest.mark.parametrize("reason", [reason for reason in ABSENT.values() if re.match("[A-Z]{2}-", reason)])
def test_where_a_row_went_is_a_rule(reason: str) -> None:
    assert set(re.findall("[A-Z]{2}(?:-[A-Z]+)?-[0-9]{2}", reason)) <= set(RULES)


def test_an_answer_that_does_not_refuse_says_what_is_done_instead() -> None:
    refusing = [one for one in ALL if any(answer.refuses for answer in one.answers.values())]
    silent = [answer for one in refusing for answer in one.answers.values() if answer == Answer(200)]
    # PC-AUTH-03 is kept by answering: its documented answer is no exception from a refusal.
    assert silent == [RULES["PC-AUTH-03"].answers["documented"]]


def test_an_edition_answers_as_the_one_that_it_follows_unless_it_is_named() -> None:
    assert dict(per_edition(DENIED)) == {
        "documented": DENIED,
        "server-2026-04": empty_error(403),
        "server-2026-08": DENIED,
    }
    assert per_edition(DENIED, server_2026_08=accepted())["server-2026-08"] == accepted()
    assert per_edition(accepted())["server-2026-04"] == accepted()


def test_an_answer_for_no_edition_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="no edition for server_2026_4"):
        per_edition(DENIED, server_2026_4=accepted())

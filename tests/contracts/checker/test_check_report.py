"""`check`: which rules run, their outcomes, and the report."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.answer import accepted, per_edition
from pytest_providercalls.contracts.checker.check_report import CheckReport, Verdict
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget


@pytest.mark.parametrize("allow", Safety)
def test_check_runs_nothing_above_the_allowed_level(allow: Safety) -> None:
    report = check(FakeTarget(FakeVoipbin()), allow)
    assert {verdict.rule.id for verdict in report.verdicts if verdict.kept} == {
        one.id for one in RULES.values() if one.safety <= allow
    }


def test_check_only_reads_by_default() -> None:
    verdicts = check(FakeTarget(FakeVoipbin())).verdicts
    assert {verdict.rule.safety for verdict in verdicts if verdict.kept is not None} == {Safety.READ}


def test_a_report_lists_the_broken_rules() -> None:
    report = check(FakeTarget(FakeVoipbin(broken=["AC-CUST-01"])), Safety.READ)
    assert [verdict.rule.id for verdict in report.broken] == ["AC-CUST-01"]
    assert str(report).splitlines()[0].startswith("documented: ")
    assert f"AC-CUST-01 {RULES['AC-CUST-01'].statement}" in str(report)


def test_a_dangerous_rule_runs_only_when_named() -> None:
    fake = FakeVoipbin()
    found = check(FakeTarget(fake), Safety.READ, [RULES["PC-NEW-14"], RULES["PC-NEW-03"]], named=["PC-NEW-14"])
    assert [one.outcome for one in found.verdicts] == ["passed", "not run"]
    assert len(fake.placed()) == 3


def test_a_response_that_a_probe_cannot_parse_fails_its_rule() -> None:
    def probe(api: ProbeClient) -> None:
        api.get("/me").json()["no such key"]

    rule = Rule("XX-01", "A rule.", "nowhere", per_edition(accepted()), Safety.READ, probe)  # type: ignore[arg-type]
    found = check(FakeTarget(FakeVoipbin()), rules=[rule]).verdicts
    assert (found[0].outcome, found[0].reason) == ("failed", "the response cannot be parsed: KeyError: 'no such key'")


def test_the_four_outcomes() -> None:
    rule = RULES["AU-01"]
    verdicts = [Verdict(rule, True), Verdict(rule, False), Verdict(rule, None), Verdict(rule, None, ran=False)]
    assert [one.outcome for one in verdicts] == ["passed", "failed", "inconclusive", "not run"]


def test_a_rule_is_inconclusive_if_a_dependency_failed() -> None:
    target = FakeTarget(FakeVoipbin(broken=["PC-PRE-07"]))
    verdicts = {one.rule.id: one for one in check(target, Safety.BILLABLE).verdicts}
    assert verdicts["PC-PRE-07"].kept is False
    assert (verdicts["AF-RUN-03"].kept, verdicts["AF-RUN-03"].outcome) == (None, "inconclusive")
    assert verdicts["AF-RUN-03"].reason == "depends on PC-PRE-07, which failed"


def test_a_rule_fails_on_its_own_if_its_dependency_was_not_run() -> None:
    target = FakeTarget(FakeVoipbin(broken=["PC-PRE-07"]))
    report: CheckReport = check(target, Safety.BILLABLE, [RULES["AF-RUN-03"]])
    assert [one.rule.id for one in report.broken] == ["AF-RUN-03"]

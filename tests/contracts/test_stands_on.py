"""Every probe fails where its own rule is broken and on no other, but for those that it says it stands on."""

from __future__ import annotations

import os
from graphlib import TopologicalSorter
from itertools import cycle

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.checker.check_report import CheckReport, verdict
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

ALL_EDITIONS = "PROBES_ALL" in os.environ
"""`make probes` breaks each rule in every edition; `make test` in one, the next one for the next rule."""
BROKEN = (
    [(id, edition) for id in RULES for edition in EDITIONS]
    if ALL_EDITIONS
    else list(zip(RULES, cycle(EDITIONS), strict=False))
)
LONG = {"AF-RUN-06", "AF-RUN-13", "AF-RUN-14", "GW-RATE-01", "GW-RATE-04"}
"""Probes that take two thirds of the time; in `make test` they run where a rule of their own kind is broken."""


def beside(broken: str) -> list[Rule]:
    """The rules that are probed where one is broken."""
    return [rule for id, rule in RULES.items() if ALL_EDITIONS or id not in LONG or id[:6] == broken[:6]]


def failing(target: FakeTarget) -> set[str]:
    """The rules whose own probe fails, whatever it stands on."""
    return {id for id, rule in RULES.items() if verdict(rule, target, Safety.BILLABLE).kept is False}


@pytest.mark.parametrize(("broken", "edition"), BROKEN)
def test_no_rule_but_the_broken_one_is_said_to_be_broken(broken: str, edition: str) -> None:
    target = FakeTarget(FakeVoipbin(edition, broken=[broken]))
    assert {one.rule.id for one in check(target, Safety.BILLABLE, beside(broken)).broken} <= {broken}


@pytest.mark.skipif(not ALL_EDITIONS, reason="make probes: it needs each rule broken in every edition")
def test_a_rule_says_that_it_stands_on_those_only_without_which_its_probe_fails() -> None:
    needed: dict[str, set[str]] = {id: set() for id in RULES}
    for edition in EDITIONS:
        for broken in RULES:
            for id in failing(FakeTarget(FakeVoipbin(edition, broken=[broken]))) - {broken}:
                needed[id].add(broken)
    assert {id: set(rule.depends_on) for id, rule in RULES.items()} == needed


def test_no_rule_stands_on_itself_by_any_way() -> None:
    order = TopologicalSorter({id: rule.depends_on for id, rule in RULES.items()}).static_order()
    assert set(order) == set(RULES)


def test_a_rule_is_not_judged_by_the_failure_of_another() -> None:
    target = FakeTarget(FakeVoipbin(broken=["PC-PRE-07"]))
    verdicts = {one.rule.id: one for one in check(target, Safety.BILLABLE).verdicts}
    assert verdicts["PC-PRE-07"].kept is False
    assert (verdicts["AF-RUN-03"].kept, verdicts["AF-RUN-03"].outcome) == (None, "not answerable")
    assert verdicts["AF-RUN-03"].reason == "not judged: it stands on PC-PRE-07, which is not kept"


def test_a_rule_is_judged_by_itself_where_what_it_stands_on_was_not_asked() -> None:
    target = FakeTarget(FakeVoipbin(broken=["PC-PRE-07"]))
    report: CheckReport = check(target, Safety.BILLABLE, [RULES["AF-RUN-03"]])
    assert [one.rule.id for one in report.broken] == ["AF-RUN-03"]

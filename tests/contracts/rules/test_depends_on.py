"""A probe fails only if its own rule is broken, or a rule that it depends on."""

from __future__ import annotations

import os
from itertools import cycle

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.checker.check_report import verdict
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

ALL_EDITIONS = "PROBES_ALL" in os.environ
"""`make probes` breaks each rule in every edition and runs all probes; `make slow` breaks each in one edition."""
BROKEN = (
    [(id, edition) for id in RULES for edition in EDITIONS]
    if ALL_EDITIONS
    else list(zip(RULES, cycle(EDITIONS), strict=False))
)
SLOW = {"AF-RUN-06", "AF-RUN-13", "AF-RUN-14", "GW-RATE-01", "GW-RATE-04"}
"""Slow probes, two thirds of the time; in `make slow` they run only if a rule with the same prefix is broken."""
NEEDED = {id for rule in RULES.values() for id in rule.depends_on}
"""While a rule that any probe depends on is broken, all other probes run: another may depend on it too."""
SHARE = 6
"""While another rule is broken, one in so many probes runs (for the next rule, the next ones), and those of its
prefix.
"""


def probed_rules(broken: str) -> list[Rule]:
    """The rules to probe while one is broken."""
    if ALL_EDITIONS:
        return [*RULES.values()]
    share = {*RULES} if broken in NEEDED else {*list(RULES)[list(RULES).index(broken) % SHARE :: SHARE]}
    return [rule for id, rule in RULES.items() if id[:6] == broken[:6] or id in share - SLOW]


def failing(target: FakeTarget) -> set[str]:
    """The rules whose own probe fails, regardless of dependencies."""
    return {id for id, rule in RULES.items() if verdict(rule, target, Safety.BILLABLE).kept is False}


@pytest.mark.parametrize(("broken", "edition"), BROKEN)
def test_only_the_broken_rule_is_reported(broken: str, edition: str) -> None:
    target = FakeTarget(FakeVoipbin(edition, broken=[broken]))
    assert {one.rule.id for one in check(target, Safety.BILLABLE, probed_rules(broken)).broken} <= {broken}


@pytest.mark.skipif(not ALL_EDITIONS, reason="make probes: needs each rule broken in every edition")
def test_depends_on_lists_exactly_the_rules_without_which_the_probe_fails() -> None:
    needed: dict[str, set[str]] = {id: set() for id in RULES}
    for edition in EDITIONS:
        for broken in RULES:
            for id in failing(FakeTarget(FakeVoipbin(edition, broken=[broken]))) - {broken}:
                needed[id].add(broken)
    assert {id: set(rule.depends_on) for id, rule in RULES.items()} == needed

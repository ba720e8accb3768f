"""Each faulty client breaks the rule about its mistake, and no other. The correct clients comply with every rule."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance import rules
from pytest_providercalls.contracts.conformance.client_rule import ClientRule
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import ClientVerdict, run_check

from .adapters import Adapter
from .clients import correct

CLIENTS = sorted(f"{path.parent.name}.{path.stem}" for path in (Path(__file__).parent / "clients").glob("*/*.py"))

ALL_RULES = "PROBES_ALL" in os.environ
"""`make probes` checks each faulty client by every rule."""
SHARE = 4
"""In `make test`, one in so many rules checks a faulty client, and so do all rules of the group that it breaks."""


def client(name: str) -> Any:
    return import_module(f".clients.{name}", __package__)


def rules_that_check(name: str, breaks: str) -> list[ClientRule]:
    """Return the rules that check a faulty client; the next client is checked by the next share."""
    start, group = CLIENTS.index(name) % SHARE, breaks.rpartition("-")[0]
    share = list(CLIENT_RULES)[start::SHARE]
    return [rule for id, rule in CLIENT_RULES.items() if ALL_RULES or id in share or id.startswith(group)]


def verdicts_on(adapter: Any, checked: Iterable[ClientRule], harness_factory: HarnessFactory) -> list[ClientVerdict]:
    return [run_check(adapter, rule, harness_factory) for rule in checked]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_faulty_client_breaks_one_rule(name: str, harness_factory: HarnessFactory) -> None:
    faulty = client(name)
    verdicts = verdicts_on(Adapter(faulty.Client), rules_that_check(name, faulty.BREAKS), harness_factory)
    assert {verdict.rule.id: verdict.reason for verdict in verdicts if verdict.passed is False}.keys() == {
        faulty.BREAKS
    }


@pytest.mark.providercalls(edition="all")
@pytest.mark.parametrize("adapter", [Adapter(correct.Dialer), Adapter(correct.AsyncDialer)], ids=["sync", "async"])
def test_the_correct_clients_comply_with_every_rule(adapter: Any, harness_factory: HarnessFactory) -> None:
    verdicts = verdicts_on(adapter, CLIENT_RULES.values(), harness_factory)
    assert [verdict.reason for verdict in verdicts if not verdict.passed] == []


def test_every_rule_has_a_faulty_client() -> None:
    assert {client(name).BREAKS for name in CLIENTS} == CLIENT_RULES.keys()


@pytest.mark.parametrize("name", CLIENTS)
def test_a_faulty_client_is_in_the_folder_of_its_rule(name: str) -> None:
    folder = name.partition(".")[0]
    found = vars(getattr(rules, folder)).values()
    assert client(name).BREAKS in {value.id for value in found if isinstance(value, ClientRule)}

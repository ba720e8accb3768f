"""Each client that makes one mistake breaks the rule about it, and no other."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import ClientVerdict, run_check

from .adapters import Adapter
from .clients import right

CLIENTS = sorted(path.stem for path in (Path(__file__).parent / "clients").glob("*.py") if path.stem != "right")


def client(name: str) -> Any:
    return import_module(f".clients.{name}", __package__)


def judged(adapter: Any, stages: HarnessFactory) -> list[ClientVerdict]:
    return [run_check(adapter, rule, stages) for rule in CLIENT_RULES.values()]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_mistake_is_named(name: str, stages: HarnessFactory) -> None:
    wrong = client(name)
    verdicts = judged(Adapter(wrong.Client), stages)
    assert {verdict.rule.id: verdict.why for verdict in verdicts if verdict.kept is False}.keys() == {wrong.BREAKS}


@pytest.mark.providercalls(edition="all")
@pytest.mark.parametrize("adapter", [Adapter(right.Dialer), Adapter(right.AsyncDialer)], ids=["sync", "async"])
def test_the_right_clients_keep_every_rule(adapter: Any, stages: HarnessFactory) -> None:
    assert [verdict.why for verdict in judged(adapter, stages) if not verdict.kept] == []


def test_there_is_a_wrong_client_for_every_rule() -> None:
    assert {client(name).BREAKS for name in CLIENTS} == CLIENT_RULES.keys()

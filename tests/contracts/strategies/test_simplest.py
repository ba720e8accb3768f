"""The strategies shrink: for each predicate, every seed ends with literally the simplest example.

`make test` runs every fourth predicate with one seed, `make simplest` all with ten.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import strategies
from pytest_providercalls.contracts.fake_records import WITHOUT_FAKE
from pytest_providercalls.contracts.probes import NO_NUMBER
from pytest_providercalls.contracts.strategies import InvalidBody

SEEDS: Final = range(int(os.environ.get("SIMPLEST_SEEDS", "1")))
SETTINGS: Final = settings(
    # The phase after shrinking tries other examples, and `find` returns the last one.
    max_examples=20_000,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
PROVIDER, AGENT = WITHOUT_FAKE.provider_id, WITHOUT_FAKE.agent_ids[0]
FLOWS: Final = tuple(f"f0f0f0f0-0000-4000-8000-00000000000{digit}" for digit in (1, 2))
ID, UNKNOWN, DELETED = (f"f1f2f3f4-0000-4000-8000-00000000{end}" for end in ("0001", "dead", "0bad"))
NUMBER: Final = "+12025550100"
TEL: Final = {"type": "tel", "target": NUMBER}
SIP: Final = {"type": "sip", "target": "alice@sip.example.invalid"}
SIMPLEST: Final = {"provider_id": PROVIDER, "source": TEL, "destinations": [TEL]}
BODIES: Final = strategies.providercall_bodies()
WITH_FLOWS: Final = strategies.providercall_bodies(PROVIDER, flow_ids=FLOWS, agent_ids=[AGENT])
ACTIONS: Final = strategies.actions()
INVALID: Final = strategies.invalid_providercall_bodies(PROVIDER, deleted_provider_id=DELETED)


class Case(NamedTuple):
    strategy: st.SearchStrategy[Any]
    predicate: Callable[[Any], bool]
    simplest: Any


def option(action: dict[str, Any], name: str) -> Any:
    return action.get("option", {}).get(name)


def any_action(predicate: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], bool]:
    return lambda body: any(predicate(one) for one in body.get("actions", ()))


def any_destination(predicate: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], bool]:
    return lambda body: any(predicate(one) for one in body["destinations"])


def types(body: dict[str, Any]) -> set[str]:
    return {one["type"] for one in body["destinations"]}


def destinations(*several: dict[str, Any]) -> dict[str, Any]:
    return {**SIMPLEST, "destinations": list(several)}


def source(**names: str) -> dict[str, Any]:
    return {**SIMPLEST, "source": {**TEL, **names}}


def with_actions(*several: dict[str, Any]) -> dict[str, Any]:
    return {**SIMPLEST, "actions": list(several)}


def action(type: str, **options: Any) -> dict[str, Any]:
    return {"type": type, "option": options}


CASES: Final = {
    # bodies
    "a body": Case(BODIES, lambda _: True, SIMPLEST),
    "two destinations": Case(BODIES, lambda one: len(one["destinations"]) >= 2, destinations(TEL, TEL)),
    "three destinations": Case(BODIES, lambda one: len(one["destinations"]) >= 3, destinations(TEL, TEL, TEL)),
    "two numbers": Case(
        BODIES,
        lambda one: len({to["target"] for to in one["destinations"] if to["type"] == "tel"}) >= 2,
        destinations(TEL, {"type": "tel", "target": "+12025550101"}),
    ),
    "a SIP destination": Case(BODIES, lambda one: "sip" in types(one), destinations(SIP)),
    "an agent": Case(BODIES, lambda one: "agent" in types(one), destinations({"type": "agent", "target": AGENT})),
    "a number and an agent": Case(
        BODIES, lambda one: {"tel", "agent"} <= types(one), destinations(TEL, {"type": "agent", "target": AGENT})
    ),
    "an ignored destination": Case(
        BODIES,
        lambda one: not types(one) <= {"tel", "sip", "agent"},
        destinations(TEL, {"type": "conference", "target": UNKNOWN}),
    ),
    "a British number": Case(
        BODIES,
        any_destination(lambda to: to["target"].startswith("+44")),
        destinations({"type": "tel", "target": "+447700900100"}),
    ),
    "a magic number": Case(
        BODIES,
        any_destination(lambda to: "+12025550180" <= to["target"] <= "+12025550189"),
        destinations({"type": "tel", "target": "+12025550180"}),
    ),
    "a named destination": Case(
        BODIES, any_destination(lambda to: "name" in to), destinations({**TEL, "name": "front desk"})
    ),
    "a withheld caller": Case(BODIES, lambda one: one.get("anonymous") == "yes", {**SIMPLEST, "anonymous": "yes"}),
    "anonymous": Case(BODIES, lambda one: "anonymous" in one, {**SIMPLEST, "anonymous": "auto"}),
    "a SIP source": Case(BODIES, lambda one: one["source"]["type"] == "sip", {**SIMPLEST, "source": SIP}),
    "a source's name": Case(BODIES, lambda one: "target_name" in one["source"], source(target_name="Sales")),
    "a source's detail": Case(BODIES, lambda one: "detail" in one["source"], source(detail="until six")),
    "a source beyond ASCII": Case(
        BODIES,
        lambda one: not "".join(one["source"].values()).isascii(),
        source(target_name='Zoë "Zo" Ōno <x&y>'),
    ),
    "a flow": Case(WITH_FLOWS, lambda one: "flow_id" in one, {**SIMPLEST, "flow_id": FLOWS[0]}),
    "the second flow": Case(WITH_FLOWS, lambda one: one.get("flow_id") == FLOWS[1], {**SIMPLEST, "flow_id": FLOWS[1]}),
    "a flow and actions": Case(
        WITH_FLOWS,
        lambda one: {"flow_id", "actions"} <= set(one),
        {**with_actions({"type": "answer"}), "flow_id": FLOWS[0]},
    ),
    "a sleep": Case(BODIES, any_action(lambda one: one["type"] == "sleep"), with_actions({"type": "sleep"})),
    "two actions": Case(
        BODIES, lambda one: len(one.get("actions", ())) >= 2, with_actions({"type": "answer"}, {"type": "answer"})
    ),
    "an action with an option": Case(
        BODIES, any_action(lambda one: "option" in one), with_actions(action("talk", text=""))
    ),
    "an action with an id": Case(
        BODIES, any_action(lambda one: "id" in one), with_actions({"type": "answer", "id": ID})
    ),
    # actions and addresses
    "two options": Case(
        strategies.actions("answer", "talk"),
        lambda one: option(one, "text") is not None and option(one, "async") is not None,
        {"type": "talk", "option": {"text": "", "async": False}},
    ),
    "a connect to two": Case(
        strategies.actions("answer", "connect"),
        lambda one: one["type"] == "connect" and len(option(one, "destinations") or ()) >= 2,
        action("connect", destinations=[TEL, TEL]),
    ),
    "an hour": Case(ACTIONS, lambda one: (option(one, "hour") or 0) > 5, action("condition_datetime", hour=6)),
    "a loop": Case(ACTIONS, lambda one: (option(one, "loop_count") or 0) >= 2, action("goto", loop_count=2)),
    "an address with a detail": Case(
        strategies.addresses(), lambda one: "detail" in one, {**TEL, "detail": "until six"}
    ),
    "an address of an AI": Case(
        strategies.addresses(), lambda one: one["type"] == "ai", {"type": "ai", "target": UNKNOWN}
    ),
    "a number": Case(strategies.fictional_numbers(), lambda one: one > "+12025550150", "+12025550151"),
    # invalid bodies
    "a missing source": Case(
        INVALID,
        lambda one: one.rule_id == "PC-NEW-01",
        InvalidBody({"provider_id": PROVIDER, "destinations": [TEL]}, "PC-NEW-01", "source is missing"),
    ),
    "an unknown provider": Case(
        INVALID,
        lambda one: one.rule_id == "PC-PRE-01",
        InvalidBody({**SIMPLEST, "provider_id": UNKNOWN}, "PC-PRE-01", "the provider does not exist"),
    ),
    "an unknown action": Case(
        INVALID,
        lambda one: one.rule_id == "PC-NEW-27",
        InvalidBody(with_actions({"type": "no_such_action"}), "PC-NEW-27", "an action has no valid type"),
    ),
    "no phone number": Case(
        INVALID,
        lambda one: one.rule_id == "CL-GATE-02",
        InvalidBody(
            destinations({"type": "tel", "target": NO_NUMBER}), "CL-GATE-02", "the destination is not a phone number"
        ),
    ),
    "a withheld caller without a number": Case(
        INVALID,
        lambda one: one.rule_id == "PC-ANON-04",
        InvalidBody(
            {**SIMPLEST, "source": SIP, "anonymous": "yes"},
            "PC-ANON-04",
            "the caller is withheld but has no number",
        ),
    ),
    # faults, scripts and seed files
    "a fault with a status": Case(
        strategies.faults(), lambda one: one.get("status") == 503, {"kind": "error", "status": 503}
    ),
    "the second of some requests": Case(
        strategies.faults(),
        lambda one: one.get("nth", 1) > 1 and "path" in one,
        {"kind": "drop", "nth": 2, "path": "/providercalls*"},
    ),
    "two lines of a script": Case(
        strategies.carrier_scripts(), lambda one: len(one) >= 2, [{"busy": {"destination": NUMBER}}, "busy"]
    ),
    "an agent of another customer": Case(
        strategies.seed_files(),
        lambda one: any(agent.get("customer") == "acme" for agent in one.get("agents", ())),
        {"customers": [{"name": "acme"}], "agents": [{"username": "alice", "customer": "acme"}]},
    ),
}


def test_there_are_forty_predicates() -> None:
    assert len(CASES) == 40


@pytest.mark.parametrize("name", list(CASES)[:: 4 if len(SEEDS) == 1 else 1])
def test_every_seed_ends_with_the_simplest_example(name: str) -> None:
    strategy, predicate, simplest = CASES[name]
    for seed in SEEDS:
        assert find(strategy, predicate, settings=SETTINGS, random=random.Random(seed)) == simplest

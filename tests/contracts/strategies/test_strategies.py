"""The strategies: what they generate is valid or invalid as documented, and covers every variant."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import EDITIONS, RULES, Request, Response, strategies
from pytest_providercalls.contracts.fake_records import WITHOUT_FAKE, FakeRecords, UnderTest
from pytest_providercalls.contracts.models.action_types import ACTIONS
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.contracts.strategies import fault, seed_file
from pytest_providercalls.contracts.strategies.action import OPTIONS
from pytest_providercalls.contracts.strategies.address import FICTION
from pytest_providercalls.contracts.strategies.providercall import MISTAKES
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.carriers import SCRIPTS, Carrier
from pytest_providercalls.fake_server.calls.numbers import countries, syntax
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed
from pytest_providercalls.fake_server.transports.faults import KINDS, Fault

FAKES = {edition: FakeVoipbin(edition) for edition in EDITIONS}
"""Fakes with the same seed, so all of them have the same records with the same ids."""
FIRST = FAKES["documented"]
for fake in FAKES.values():
    FLOW = fake.add_flow([{"type": "answer"}]).id
    GONE = fake.delete_provider(fake.add_provider(name="gone").id).id
START = {edition: fake.snapshot() for edition, fake in FAKES.items()}


def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    # The phase after shrinking tries other examples, and `find` returns the last one.
    return find(strategy, lambda _: True, settings=settings(database=None, phases=[Phase.generate, Phase.shrink]))


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return the same examples every time."""
    examples: list[Any] = []

    @settings(DRAWING, max_examples=count)
    @given(strategy)
    def draw(example: Any) -> None:
        examples.append(example)

    draw()
    return examples


BRIEF = settings(max_examples=40, deadline=None)
DRAWING = settings(
    BRIEF, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
PROVIDER, AGENT = FIRST.provider.id, FIRST.super_admin.id
REQUESTS = strategies.providercall_bodies(PROVIDER, flow_ids=[FLOW], agent_ids=[AGENT])
INVALID = strategies.invalid_providercall_bodies(PROVIDER, deleted_provider_id=GONE)
each_edition = pytest.mark.parametrize("edition", EDITIONS)


def post(edition: str, body: object) -> tuple[FakeVoipbin, Response]:
    """Reset a fake, send it one POST, and return both the fake and the response."""
    fake = FAKES[edition]
    fake.restore(START[edition])
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake, fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))


SIMPLEST = simplest(REQUESTS)


# addresses


@given(strategies.fictional_numbers())
def test_a_fictional_number_is_a_phone_number_of_its_country(number: str) -> None:
    assert syntax.is_phone_number(number)
    assert number.startswith(FICTION[countries.country_of(number)])
    assert len(number) == {"us": 12, "ca": 12, "gb": 13, "au": 12, "fr": 12}[countries.country_of(number)]


@pytest.mark.parametrize("country", FICTION)
def test_numbers_belong_to_the_requested_country(country: str) -> None:
    assert countries.country_of(simplest(strategies.fictional_numbers(country))) == country


def test_the_simplest_number_is_the_documented_one() -> None:
    assert simplest(strategies.fictional_numbers()) == "+12025550100"


def test_there_are_addresses_of_each_type() -> None:
    assert {address["type"] for address in drawn(strategies.addresses(), 200)} == set(strategies.ADDRESS_TYPES)
    assert {address["type"] for address in drawn(strategies.addresses("sip", "line"), 50)} == {"sip", "line"}


# actions


def test_every_action_has_its_options() -> None:
    names = {
        type: {field.alias or name for name, field in action.option.model_fields.items()}
        for type, action in ACTIONS.items()
    }
    assert {type: set(options) for type, options in OPTIONS.items()} == names


@settings(BRIEF)
@given(strategies.actions())
def test_an_option_is_valid_for_its_action(action: dict[str, Any]) -> None:
    ACTIONS[action["type"]].option.model_validate(action.get("option", {}))


def test_there_are_actions_of_each_type_with_any_combination_of_options() -> None:
    for type in ACTIONS:
        assert {action["type"] for action in drawn(strategies.actions(type), 2)} == {type}
    assert len({action["type"] for action in drawn(strategies.actions(), 200)}) > 30
    talks = drawn(strategies.actions("talk"), 50)
    assert {name for action in talks for name in action.get("option", ())} == set(OPTIONS["talk"])
    assert simplest(strategies.actions("goto")) == {"type": "goto"}


@settings(BRIEF)
@each_edition
@given(actions=st.lists(strategies.actions(), min_size=1, max_size=4))
def test_any_actions_end(edition: str, actions: list[dict[str, Any]]) -> None:
    known = [one for one in actions if one["type"] not in EDITIONS[edition].unsupported_actions]
    fake, _ = post(edition, {**SIMPLEST, "actions": known})
    fake.clock.advance(7200)
    assert {call.status for call in fake.calls.values() if not call.orphan} == {"hangup"}


# requests


@settings(BRIEF)
@each_edition
@given(request=REQUESTS)
def test_a_valid_body_is_accepted(edition: str, request: dict[str, Any]) -> None:
    fake, answer = post(edition, request)
    assert answer.status == 200, fake.requests[-1]
    record = answer.json()
    assert record["call_ids"] or record["groupcall_ids"]


@settings(BRIEF, max_examples=80)
@each_edition
@given(invalid=INVALID)
def test_an_invalid_body_is_refused_by_its_rule_only(edition: str, invalid: strategies.InvalidBody) -> None:
    fake, answer = post(edition, invalid.body)
    refused = [id for id, passed in fake.requests[-1].rule_outcomes if not passed]
    if invalid.refused_in(edition):
        # Dropped destinations alone do not refuse the request; having none left does.
        assert refused[0] == invalid.rule_id
        assert set(refused) <= {invalid.rule_id, "PC-NEW-28"}
        assert answer.status == RULES[invalid.rule_id].answers[edition].status
    else:
        assert (refused, answer.status) == ([], 200)


@pytest.mark.parametrize("rule", strategies.BREAKABLE_RULES)
def test_a_rule_is_broken_in_every_way(rule: str) -> None:
    only = strategies.invalid_providercall_bodies(PROVIDER, deleted_provider_id=GONE, rules=[rule])
    found = {(invalid.rule_id, invalid.description) for invalid in drawn(only, 100)}
    assert found >= {(rule, mistake.description) for mistake in MISTAKES if mistake.rule.id == rule}
    assert {id for id, _ in found} == {rule}
    assert any(RULES[rule].answers[edition].refuses for edition in EDITIONS)


def test_invalid_bodies_break_every_rule_that_a_body_alone_can_break() -> None:
    (placing,) = (one for one in OPERATIONS if (one.method, one.path) == ("POST", "/v1.0/providercalls"))
    of_the_credential = {rule.id for one in OPERATIONS if one.path == "/v1.0/me" for rule in one.rules}
    assert {rule.id for rule in placing.rules} - of_the_credential - OTHERWISE == set(strategies.BREAKABLE_RULES)


OTHERWISE = {
    # the user's tier
    *("PC-AUTH-02", "PC-AUTH-03", "PC-AUTH-04", "PC-TRB-01"),
    # the customer
    *("CL-GATE-01", "FL-NEW-09", "PC-NEW-29", "PC-NEW-30", "PC-NEW-31"),
}
"""The rules of POST /providercalls that a body alone cannot break."""


def test_the_repr_of_an_invalid_body() -> None:
    only = strategies.invalid_providercall_bodies(PROVIDER, rules=["PC-PRE-04"])
    body = {"provider_id": PROVIDER, "source": {"type": "tel", "target": "+12025550100"}}
    assert (
        repr(simplest(only)) == f"InvalidBody(body={body}, rule_id='PC-PRE-04', description='destinations is missing')"
    )


def test_without_ids_a_strategy_refers_to_the_fake_under_test_when_it_draws() -> None:
    valid, invalid = strategies.providercall_bodies(), strategies.invalid_providercall_bodies(rules=["PC-PRE-02"])
    with UnderTest(lambda: FakeRecords("provider", ("flow",), ("agent",), "deleted")):
        bodies = drawn(valid, 50)
        assert {body["provider_id"] for body in bodies} == {"provider"}
        assert {body["flow_id"] for body in bodies if "flow_id" in body} == {"flow"}
        assert {to["target"] for body in bodies for to in body["destinations"] if to["type"] == "agent"} == {"agent"}
        assert simplest(invalid).body["provider_id"] == "deleted"
    assert simplest(valid)["provider_id"] == WITHOUT_FAKE.provider_id


@pytest.mark.parametrize(
    ("rule", "message"), [("PC-PRE-02", "pass deleted_provider_id"), ("PC-NEW-03", "expected some of CL-GATE-02")]
)
def test_a_rule_that_no_body_can_break(rule: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simplest(strategies.invalid_providercall_bodies(PROVIDER, rules=[rule]))


def test_the_simplest_request_is_one_call_to_one_number() -> None:
    number = {"type": "tel", "target": "+12025550100"}
    body = {"provider_id": PROVIDER, "source": number, "destinations": [number]}
    assert list(simplest(REQUESTS).items()) == list(body.items())


# seed files, carrier scripts and faults


@settings(BRIEF)
@given(strategies.seed_files())
def test_a_seed_file_can_be_applied(seed: dict[str, Any]) -> None:
    fake = FAKES["documented"]
    fake.restore(START["documented"])
    world = apply_seed(fake, Seed.model_validate(seed))
    assert len(world.identities) == len(seed.get("agents", ()))
    assert set(world.providers) == {one["name"] for one in seed.get("providers", ())}


def test_every_part_of_a_seed_file_is_generated() -> None:
    assert {part for seed in drawn(strategies.seed_files(), 50) for part in seed} == set(Seed.model_fields)
    assert simplest(strategies.seed_files()) == {}


@settings(BRIEF)
@given(strategies.carrier_scripts())
def test_a_script_can_be_applied(script: list[Any]) -> None:
    fake = FAKES["documented"]
    fake.restore(START["documented"])
    apply_seed(fake, Seed.model_validate({"carriers": {"carrier": script}}))
    assert len(SCRIPTS.of(fake.state).get(PROVIDER, ())) == len(script)


def test_every_line_of_a_script_is_generated() -> None:
    verbs = {name for name in vars(Carrier) if not name.startswith("_")} - {"clear"}
    assert {*seed_file.LINES, *seed_file.ABOUT_EVERY_CALL, "allows_sources"} == verbs
    lines = [line for script in drawn(strategies.carrier_scripts(), 150) for line in script]
    assert {verb for line in lines for verb in ([line] if isinstance(line, str) else line)} == verbs


@settings(BRIEF)
@given(st.lists(strategies.faults(), max_size=4))
def test_any_faults_can_be_added(faults: list[dict[str, Any]]) -> None:
    fake = FAKES["documented"]
    fake.restore(START["documented"])
    for one in faults:
        fake.faults.add(Fault.from_dict(one))
    assert len(fake.faults.pending) == len(faults)


def test_every_fault_is_generated_at_every_moment_with_all_parameters() -> None:
    assert {kind: set(moments) for kind, (moments, _, _) in fault.KINDS.items()} == {
        kind: set(one.moments) for kind, one in KINDS.items()
    }
    assert {kind: {*required, *optional} for kind, (_, required, optional) in fault.KINDS.items()} == {
        kind: set(one.accepts) for kind, one in KINDS.items()
    }
    assert simplest(strategies.faults()) == {"kind": "drop"}


# lazy import


def test_hypothesis_is_imported_on_first_use_of_a_strategy() -> None:
    code = (
        "import sys; from pytest_providercalls import contracts; contracts.RULES, contracts.schema('Call')\n"
        "assert 'hypothesis' not in sys.modules\n"
        "contracts.strategies.addresses(); assert 'hypothesis' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_strategy_has_a_short_name() -> None:
    """Hypothesis prints it below a failure, and warns if it is long."""
    assert repr(INVALID).startswith("invalid_providercall_bodies(")
    assert (
        max(len(repr(one)) for one in (INVALID, REQUESTS, strategies.seed_files(), strategies.carrier_scripts())) < 300
    )

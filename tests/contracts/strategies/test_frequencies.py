"""The frequencies in the reference are those of the examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import strategies
from pytest_providercalls.contracts.models.action_types import ACTION_TYPES
from pytest_providercalls.contracts.strategies.action import OPTIONS
from pytest_providercalls.contracts.strategies.address import FICTION
from pytest_providercalls.contracts.strategies.frequencies import MORE_ITEMS, NAMED, frequencies

EXAMPLES: Final = 1200
BOUND: Final = 0.2
"""Hypothesis repeats parts of examples, so they are no independent sample, and other versions repeat others."""
TOGETHER: Final = 20
"""Hypothesis begins with small examples. Several together are not small."""
SHARES: Final = frequencies()


def drawn(strategy: st.SearchStrategy[Any], count: int = EXAMPLES) -> list[Any]:
    examples: list[Any] = []

    @settings(
        max_examples=count // TOGETHER,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(strategy, min_size=TOGETHER, max_size=TOGETHER))
    def draw(several: list[Any]) -> None:
        examples.extend(several)

    draw()
    return examples[TOGETHER:]  # without those that are all simplest


def assert_shares(name: str, alternatives: Iterable[str]) -> None:
    """Check that each alternative occurs, and about as often as the reference says."""
    counted = Counter(alternatives)
    expected = SHARES[name]
    assert set(counted) == set(expected)
    found = {one: counted[one] / counted.total() for one in expected}
    assert found == {one: pytest.approx(float(share), abs=BOUND) for one, share in expected.items()}, name


@pytest.fixture(scope="module")
def bodies() -> list[dict[str, Any]]:
    return drawn(strategies.providercall_bodies())


def test_all_shares_of_a_choice_add_up() -> None:
    assert {name: sum(shares.values()) for name, shares in SHARES.items()} == dict.fromkeys(SHARES, Fraction(1))


def test_the_fields_of_a_body(bodies: list[dict[str, Any]]) -> None:
    assert_shares("source.type", (one["source"]["type"] for one in bodies))
    assert_shares("anonymous", (one.get("anonymous", "absent") for one in bodies))
    assert_shares("flow_id and actions", ("actions" if "actions" in one else "neither" for one in bodies))


def test_the_destinations_of_a_body(bodies: list[dict[str, Any]]) -> None:
    alone = [one["destinations"][0]["type"] for one in bodies if len(one["destinations"]) == 1]
    assert_shares("destinations[0].type, with agents", alone)
    sizes = Counter(len(one["destinations"]) for one in bodies)
    assert sizes[1] / len(bodies) == pytest.approx(float(1 - MORE_ITEMS), abs=BOUND)
    assert {to["type"] for one in bodies for to in one["destinations"]} <= set(
        SHARES["type of a further destination, with agents"]
    )


def test_the_names_of_an_address(bodies: list[dict[str, Any]]) -> None:
    for name in ("target_name", "name", "detail"):
        having = [name in one["source"] for one in bodies if one["source"]["type"] != "extension"]
        assert sum(having) / len(having) == pytest.approx(float(NAMED), abs=BOUND)


def test_every_action_type_occurs(bodies: list[dict[str, Any]]) -> None:
    in_bodies = {one["type"] for body in bodies for one in body.get("actions", ())}
    assert in_bodies <= set(SHARES["type of an action in a body"])
    assert len(in_bodies) > 30
    assert set(OPTIONS) == set(ACTION_TYPES)
    assert_shares("type of an action", (one["type"] for one in drawn(strategies.actions(), 1000)))


def test_every_option_occurs_alone_and_with_others() -> None:
    talks = [one.get("option", {}) for one in drawn(strategies.actions("talk"), 600)]
    assert {name for one in talks if len(one) == 1 for name in one} == set(OPTIONS["talk"])
    assert max(map(len, talks)) >= 3


def test_all_types_of_addresses_numbers_faults_and_mistakes_occur() -> None:
    assert_shares("type of an address", (one["type"] for one in drawn(strategies.addresses(), 400)))
    assert_shares("kind of a fault", (one["kind"] for one in drawn(strategies.faults(), 400)))
    countries = {prefix: country for country, prefixes in FICTION.items() for prefix in prefixes}
    numbers = drawn(strategies.fictional_numbers(), 400)
    assert {countries[number[:-2]] for number in numbers} == set(SHARES["country of a number"])
    invalid = drawn(strategies.invalid_providercall_bodies(), 500)
    assert_shares("mistake of an invalid body", (one.description for one in invalid))

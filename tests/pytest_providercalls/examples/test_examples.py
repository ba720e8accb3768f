"""Hypothesis tests: each example starts with the fake as the fixtures made it."""

from __future__ import annotations

import re
import unittest
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, example, find, given, reproduce_failure, seed, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pytest_providercalls.contracts.fake_records import WITHOUT_FAKE, fake_records
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Provider

from pytest_providercalls import fake_voipbin
from pytest_providercalls.examples import events
from pytest_providercalls.fixtures import interception
from pytest_providercalls.settings import TARGETS

URL = "https://api.voipbin.net/v1.0/providercalls"
FEW = settings(max_examples=4, database=None)
NUMBERS = st.integers(1, 5)


def body_of(voipbin: FakeVoipbin, count: int = 1) -> dict[str, Any]:
    destinations = [{"type": "tel", "target": f"+1202555014{digit}"} for digit in range(count)]
    source = {"type": "tel", "target": "+12025550100"}
    return {"provider_id": voipbin.provider.id, "source": source, "destinations": destinations}


def place(voipbin: FakeVoipbin, count: int = 1) -> None:
    token = voipbin.super_admin.token
    httpx.post(URL, params={"token": token}, json=body_of(voipbin, count)).raise_for_status()


def everything(voipbin: FakeVoipbin) -> object:
    """Return all that an example may change."""
    state = voipbin.state
    return (
        {name: repr(dict(table)) for name, table in state.parts().items()},
        {section: repr(value) for section, value in state.sections.items() if isinstance(value, tuple)},
        repr(voipbin.webhooks._outbox.mounts),
        list(voipbin.webhooks.deliveries),
        [str(entry) for entry in voipbin.requests],
        voipbin.ids.state(),
        voipbin.clock.now(),
        len(voipbin.clock.callbacks),
        voipbin.rate_limits,
        voipbin.super_admin,
    )


SEEN: dict[str, object] = {}


def starts_as_before(test: str, voipbin: FakeVoipbin, count: int) -> None:
    """Check that an example of a test starts as its first one did, and change everything."""
    assert everything(voipbin) == SEEN.setdefault(test, everything(voipbin))
    place(voipbin, count)
    voipbin.delete_provider(voipbin.provider.id)
    voipbin.add_flow()
    voipbin.issue_token(voipbin.state.agents[voipbin.super_admin.id])
    voipbin.faults.add("drop", nth=7)
    voipbin.carrier().busy()
    voipbin.webhooks.send_to(repr, "https://client.example.invalid/hook")
    voipbin.rate_limits = True
    voipbin.clock.on_advance(lambda _time: None)
    voipbin.clock.advance(3)


@pytest.fixture
def flow_id(voipbin: FakeVoipbin) -> str:
    """Configure the fake: every example must start with it."""
    voipbin.add_provider(name="second")
    voipbin.faults.add("delay", seconds=0, path="/billings")
    voipbin.carrier().rejects(destination="+12025550199")
    place(voipbin)
    return voipbin.add_flow().id


# every kind of test


@pytest.mark.usefixtures("flow_id")
@FEW
@given(NUMBERS)
def test_a_function(voipbin: FakeVoipbin, count: int) -> None:
    assert len(voipbin.providers) == 2
    assert len(voipbin.flows) == len(voipbin.requests) == len(voipbin.faults.pending) == 1
    starts_as_before("function", voipbin, count)


@pytest.mark.anyio
@pytest.mark.usefixtures("flow_id")
@FEW
@given(NUMBERS)
async def test_a_coroutine_function(voipbin: FakeVoipbin, anyio_backend: str, count: int) -> None:
    starts_as_before(anyio_backend, voipbin, count)


class TestMethods:
    @pytest.mark.usefixtures("flow_id")
    @pytest.mark.parametrize("start", [0, 1])
    @FEW
    @given(count=NUMBERS)
    def test_a_method(self, voipbin: FakeVoipbin, start: int, count: int) -> None:
        starts_as_before(f"method {start}", voipbin, start + count)


@pytest.mark.usefixtures("flow_id")
class TestCaseWithFixtures(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def fake(self, voipbin: FakeVoipbin) -> None:
        self.fake_of_fixture = voipbin

    @FEW
    @given(NUMBERS)
    def test_it(self, count: int) -> None:
        starts_as_before("unittest with fixtures", self.fake_of_fixture, count)


@FEW
@given(NUMBERS)
def test_real_tls(voipbin: FakeVoipbin, voipbin_tls: object, count: int) -> None:
    starts_as_before("tls", voipbin, count)


@fake_voipbin(seed=3)
class TestDecoratedCase(unittest.TestCase):
    voipbin: FakeVoipbin

    def setUp(self) -> None:
        self.voipbin.add_flow()

    @FEW
    @given(NUMBERS)
    def test_it(self, count: int) -> None:
        assert len(self.voipbin.flows) == 1
        starts_as_before("unittest", self.voipbin, count)


@fake_voipbin(seed=3)
@FEW
@given(NUMBERS)
def test_a_decorated_function(voipbin: FakeVoipbin, count: int) -> None:
    starts_as_before("decorated", voipbin, count)


@FEW
@given(NUMBERS)
@fake_voipbin(seed=3)
def test_a_decorated_function_below_given(voipbin: FakeVoipbin, count: int) -> None:
    starts_as_before("decorated below", voipbin, count)


@FEW
@given(NUMBERS)
def test_a_block(count: int) -> None:
    with fake_voipbin(seed=3) as voipbin:
        starts_as_before("block", voipbin, count)


@FEW
@given(NUMBERS)
def test_a_fake_that_an_example_requests(request: pytest.FixtureRequest, count: int) -> None:
    starts_as_before("requested late", request.getfixturevalue("voipbin"), count)


# what depends on the state


@settings(FEW, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NUMBERS)
def test_fixtures_provide_the_restored_records(
    voipbin: FakeVoipbin, voipbin_provider: Provider, flow_id: str, voipbin_client: httpx.Client, count: int
) -> None:
    assert voipbin_provider is voipbin.provider
    assert voipbin_provider.tm_delete is None
    assert flow_id in voipbin.flows
    assert voipbin_client.get(f"/providers/{voipbin_provider.id}").is_success
    voipbin.delete_provider(voipbin_provider)
    del voipbin.state.flows._by_id[flow_id]


@pytest.mark.usefixtures("flow_id")
@FEW
@given(st.builds(fake_records), st.data())
def test_strategies_refer_to_the_records_with_which_an_example_starts(
    voipbin: FakeVoipbin, drawn: object, data: st.DataObject
) -> None:
    assert drawn == fake_records()
    assert fake_records().flow_ids == tuple(voipbin.flows)
    voipbin.add_flow()
    assert data.draw(st.builds(fake_records)) == drawn


# Hypothesis' own features


def failing(*decorators: Callable[[Any], Any]) -> str:
    """Run a decorated test that fails with three destinations or more; return its exception's text and notes."""

    @given(NUMBERS)
    def test_destinations(voipbin: FakeVoipbin, count: int) -> None:
        voipbin.assert_nothing_placed()
        place(voipbin, count)
        assert count < 3

    test: Any = test_destinations
    for decorator in decorators:
        test = decorator(test)
    with pytest.raises(AssertionError) as caught:
        fake_voipbin()(test)()
    return "\n".join([str(caught.value), *caught.value.__notes__])


def test_the_transcript_is_that_of_the_minimal_example() -> None:
    text = failing(settings(database=None))
    assert "count=3" in text
    assert text.count("POST /v1.0/providercalls") - text.count("VoIPbin  POST") == 1
    assert text.count("to +1202555014") == 3


def test_explicit_examples_run_too() -> None:
    text = failing(example(count=5), settings(database=None, phases=[Phase.explicit]))
    assert "count=5" in text
    assert text.count("to +1202555014") == 3
    assert "and 2 more calls" in text


def test_a_failure_is_stored_and_repeated() -> None:
    database = InMemoryExampleDatabase()
    failing(settings(database=database))
    assert "count=3" in failing(settings(database=database, phases=[Phase.reuse]))


def test_a_failure_can_be_reproduced(capsys: pytest.CaptureFixture[str]) -> None:
    text = failing(settings(database=None, print_blob=True))
    version, blob = re.search(r"@reproduce_failure\('(.+)', b'(.+)'\)", text).groups()
    failing(reproduce_failure(version, blob.encode()))
    assert "count=3" in capsys.readouterr().out


def test_the_seed_decides() -> None:
    first, second = (failing(seed(4), settings(database=None, phases=[Phase.generate])) for _ in range(2))
    assert first == second


def test_explanations_name_lines_of_the_client_only() -> None:
    @settings(database=None)
    @given(NUMBERS)
    def test_client(voipbin: FakeVoipbin, count: int) -> None:
        place(voipbin)
        if count > 3:
            count = 0
        voipbin.assert_placed(count)

    with pytest.raises(AssertionError) as caught:
        fake_voipbin()(test_client)()
    notes = "\n".join(caught.value.__notes__)
    assert "These lines were always and only run by failing test cases" not in notes or __file__ in notes
    for folder in ("httpx", "/contracts/", "/fake_server/", "/pytest_providercalls/fixtures/"):
        assert f"{folder}/" not in notes.replace("//", "/")


def test_the_original_test_is_restored() -> None:
    @given(NUMBERS)
    def test_it(voipbin: FakeVoipbin, count: int) -> None: ...

    before = test_it.hypothesis.inner_test
    fake_voipbin()(test_it)()
    assert test_it.hypothesis.inner_test is before


def test_find_may_draw_without_a_test() -> None:
    assert find(st.builds(fake_records), lambda _records: True) == fake_records()


def test_the_targets_of_the_marker_can_be_measured() -> None:
    assert tuple(events._TARGETS) == TARGETS


# state machines


@fake_voipbin()
class Machine(RuleBasedStateMachine):
    voipbin: FakeVoipbin
    limit = 3

    def __init__(self) -> None:
        super().__init__()
        self.voipbin.assert_nothing_placed()
        self.placed = 0

    @rule(count=NUMBERS)
    def place(self, count: int) -> None:
        place(self.voipbin, count)
        self.placed += count

    @invariant()
    def all_calls_are_placed(self) -> None:
        assert len(self.voipbin.placed()) == self.placed < self.limit


class FailingInit(Machine):
    def __init__(self) -> None:
        super().__init__()
        raise ZeroDivisionError


def test_each_run_of_a_state_machine_has_its_own_fake() -> None:
    class Unlimited(Machine):
        limit = 1_000

    run_state_machine_as_test(Unlimited, settings=settings(FEW, stateful_step_count=3))


def test_the_failure_of_a_state_machine_shows_its_transcript() -> None:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(Machine, settings=settings(database=None))
    notes = "\n".join(caught.value.__notes__)
    assert notes.count("to +1202555014") == 3
    assert "state.place(count=3)" in notes


def test_a_state_machine_that_cannot_start_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError):
        run_state_machine_as_test(FailingInit, settings=FEW)
    assert fake_records() == WITHOUT_FAKE
    assert not interception._active

"""What a session shows of Hypothesis tests: minimal failing examples, totals over all examples, events."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.clock import Clock

from ..test_plugin import run

HYPOTHESIS = ("-p", "_hypothesis_pytestplugin", "-p", "no:randomly")
START = """
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings, strategies as st

settings.register_profile("quick", database=None, deadline=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])
settings.load_profile("quick")

def call(client, fake, count, **fields):
    numbers = [{"type": "tel", "target": f"+1202555014{digit}"} for digit in range(count)]
    source = {"type": "tel", "target": "+12025550100"}
    body = {"provider_id": fake.provider.id, "source": source, "destinations": numbers, **fields}
    return client.post("/providercalls", json=body)
"""


@pytest.fixture(autouse=True)
def profile() -> Iterator[None]:
    """Restore the profile of this session: the inner ones run in the same process, and load their own."""
    before = settings.get_current_profile_name()
    yield
    settings.load_profile(before)


FAILURES = """
@given(st.integers(1, 5))
def test_minimal(voipbin, voipbin_client, count):
    call(voipbin_client, voipbin, count)
    assert count < 3

@given(st.integers(1, 5))
def test_two_failures(voipbin, voipbin_client, count):
    call(voipbin_client, voipbin, count)
    if count == 5:
        raise ValueError("five")
    if count == 2:
        raise KeyError("two")

@example(2)
@example(3)
@settings(phases=[Phase.explicit])
@given(st.integers(1, 5))
def test_the_last_example_passes(voipbin, voipbin_client, count):
    call(voipbin_client, voipbin, count)
    assert count != 3

@pytest.fixture
def database():
    return []

@given(st.integers(1, 5))
def test_foreign_fixture(voipbin, database, count): pass

@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5))
def test_suppressed(voipbin, database, count): pass

class TestOverridden:
    @pytest.fixture
    def voipbin_provider(self):
        return "mine"

    @given(st.integers(1, 5))
    def test_it(self, voipbin, voipbin_provider, count): pass

@pytest.mark.parametrize("parameter", [1, 2])
@given(count=st.integers(1, 5))
def test_parameter(voipbin, parameter, count):
    voipbin.assert_nothing_placed()
"""


def test_the_failed_examples_are_shown(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, START + FAILURES, *HYPOTHESIS)
    result.assert_outcomes(passed=3, failed=5)
    output = result.stdout.str()
    minimal, two, last, foreign, overridden = re.split(r"\n_{3,} .*test_.* _{3,}\n", output)[1:]
    for part, calls in ((minimal, 3), (last, 3)):
        assert part.count("POST /v1.0/providercalls -> 200") == 1
        assert len(re.findall("^call .* to ", part, re.MULTILINE)) == calls
    # Each of the two failures has its own transcript.
    assert two.count("POST /v1.0/providercalls -> 200") == 2
    for name, error in (("five", "ValueError"), ("two", "KeyError")):
        assert re.search(f"{error}: '?{name}'?.*?-> 200", two, re.DOTALL)
    assert "restores the fake VoIPbin before each input, but not what `database` provided:" in foreign
    assert "not what `voipbin_provider` provided" in overridden


VIOLATIONS = """
@pytest.mark.providercalls(strict=True)
@given(st.integers(1, 5))
def test_strict(voipbin, voipbin_client, count):
    call(voipbin_client, voipbin, count, **({"anonymus": "yes"} if count > 3 else {}))

@pytest.mark.providercalls(budget="0.02")
@given(st.integers(1, 5))
def test_budget(voipbin, voipbin_client, count):
    call(voipbin_client, voipbin, count, actions=[{"type": "sleep", "option": {"duration": 60_000}}])
    voipbin.clock.advance(100)

@pytest.fixture
def fault(voipbin):
    voipbin.faults.add("error", status=500, path="/billings")

@pytest.mark.usefixtures("fault")
@pytest.mark.providercalls(strict=True)
@given(st.integers(1, 5))
def test_a_fault_that_one_example_triggers(voipbin, voipbin_client, count):
    if count == 1:
        assert voipbin_client.get("/billings").status_code == 500

@pytest.mark.usefixtures("fault")
@pytest.mark.providercalls(strict=True)
@given(st.integers(1, 5))
def test_a_fault_that_no_example_triggers(voipbin, count): pass
"""


def test_each_example_may_violate_the_settings_of_its_test(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, START + VIOLATIONS, *HYPOTHESIS)
    result.assert_outcomes(passed=1, failed=3)
    strict, budget, fault = re.split(r"\n_{3,} test_.* _{3,}\n", result.stdout.str())[1:]
    assert "count=4" in strict
    assert strict.count("the client sent fields that the API silently ignores") == 1
    assert "which exceeds its budget of $0.02" in budget
    assert "count=3" in budget
    assert "voipbin.faults.add('error', path='/billings', status=500) was never triggered" in fault


TOTALS = """
@pytest.fixture
def placed(voipbin, voipbin_client):
    assert call(voipbin_client, voipbin, 1).is_success

@pytest.mark.usefixtures("placed")
@pytest.mark.providercalls(events=True, target="open_calls")
@given(st.sampled_from([2, 0, 1]))
def test_totals(voipbin, voipbin_client, count):
    assert call(voipbin_client, voipbin, count).status_code == (200 if count else 400)
"""


def test_the_totals_include_every_example(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, START + TOTALS, *HYPOTHESIS, "--hypothesis-show-statistics")
    result.assert_outcomes(passed=1)
    # One request of the fixture, and one of each of the three examples.
    result.stdout.fnmatch_lines(["*1 test sent 4 requests and placed 4 calls*"])
    result.stdout.fnmatch_lines(
        ["*%, calls placed: 2", "*%, refused by PC-PRE-04", "*Highest target score: 2 *open_calls*"]
    )


MUTANTS = """
UNKNOWN = "7d35e1b4-0000-4000-8000-000000000000"

# Hypothesis tries the first value first. Only its example exercises the rule.
@given(st.sampled_from([{"provider_id": UNKNOWN}, {}]))
def test_unknown_provider(voipbin, voipbin_client, fields):
    assert call(voipbin_client, voipbin, 1, **fields).status_code == (400 if fields else 200)
"""


def test_mutation_testing_sees_the_rules_of_every_example(bare_pytester: pytest.Pytester) -> None:
    report = bare_pytester.path / "report.json"
    options = ("--providercalls-mutants", f"--providercalls-report={report}")
    run(bare_pytester, START + MUTANTS, *HYPOTHESIS, *options).assert_outcomes(passed=1)
    mutants = json.loads(report.read_text(encoding="utf-8"))["mutants"]
    assert mutants["killed_by"]["PC-PRE-01"]["outcome"] == "failed"


def test_a_test_runs_in_each_edition(bare_pytester: pytest.Pytester) -> None:
    options = ("--providercalls-editions=documented,deployed", "--hypothesis-seed=3")
    result = run(bare_pytester, START + TOTALS, *HYPOTHESIS, *options)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*2 tests sent 8 requests and placed 8 calls*"])


@settings(deadline=timedelta(milliseconds=500), max_examples=3, database=None)
@given(st.integers(1, 5))
def test_virtual_time_does_not_count_towards_the_deadline(
    voipbin: FakeVoipbin, voipbin_time: Clock, hours: int
) -> None:
    before = voipbin.clock.now()
    time.sleep(3600 * hours)
    assert voipbin.clock.now() == before + timedelta(hours=hours)


DEADLINE = """
import datetime, time

def work():
    end = time.process_time() + 0.01
    while time.process_time() < end: pass

@settings(deadline=datetime.timedelta(milliseconds=1))
@given(st.integers(1, 5))
def test_deadline(voipbin, voipbin_time, count):
    work()
"""


def test_real_time_counts_towards_the_deadline(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, START + DEADLINE, *HYPOTHESIS, "-W", "ignore::UserWarning")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*DeadlineExceeded*"])

"""Every seeded race is found, and shrunk to its simplest schedule; clients without a race pass under every schedule."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from pytest_providercalls import fake_voipbin
from pytest_providercalls.schedules import Schedule, check_schedules, schedules

from .right_clients import RIGHT_CLIENTS
from .seeded_races import RACES, Race, Scenario

_SEEDS = int(os.environ.get("RACE_SEEDS", "0"))
"""How many random seeds to try per race; with 0, `make slow` tries one."""
_SCHEDULES = int(os.environ.get("RACE_SCHEDULES", "10"))
"""How many schedules to try per client without a race."""
_SETTINGS = settings(
    # A race that needs two switches is found in 97 of 100 runs with 100 examples.
    max_examples=200,
    database=None,
    deadline=None,
    derandomize=False,
    # Without `explain`, which looks for lines that only failing examples run.
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("number", range(_SEEDS or 1))
@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_a_race_is_found(race: Race, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    @seed(number)
    @settings(_SETTINGS)
    @given(schedules())
    def test(schedule: Schedule) -> None:
        with fake_voipbin() as voipbin:
            race.scenario(schedule, voipbin)

    with pytest.raises((AssertionError, KeyError), match=race.message) as caught:
        test()
    # Hypothesis prints its notes before Python 3.11.
    report = [*getattr(caught.value, "__notes__", ()), *capsys.readouterr().out.splitlines()]
    assert f"    schedule={race.schedule}," in "\n".join(report)


@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_a_race_is_enumerated(race: Race) -> None:
    tried: list[Schedule] = []

    def test(schedule: Schedule) -> None:
        tried.append(schedule)
        with fake_voipbin() as voipbin:
            race.scenario(schedule, voipbin)

    with pytest.raises((AssertionError, KeyError), match=race.message):
        check_schedules(test)
    # The first schedule with which it failed.
    assert len(tried[-1].switches) == len(race.schedule.switches)


@pytest.mark.parametrize("scenario", RIGHT_CLIENTS.values(), ids=RIGHT_CLIENTS)
def test_a_right_client_passes(scenario: Scenario) -> None:
    @settings(_SETTINGS, max_examples=_SCHEDULES)
    @given(schedules())
    def test(schedule: Schedule) -> None:
        with fake_voipbin() as voipbin:
            scenario(schedule, voipbin)

    test()


@pytest.mark.parametrize("scenario", RIGHT_CLIENTS.values(), ids=RIGHT_CLIENTS)
def test_a_right_client_passes_under_every_schedule(scenario: Scenario) -> None:
    def test(schedule: Schedule) -> None:
        with fake_voipbin() as voipbin:
            scenario(schedule, voipbin)

    assert check_schedules(test, max_switches=1) > 4

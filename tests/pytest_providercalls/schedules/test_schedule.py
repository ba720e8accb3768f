"""Schedules as values, the strategy, and the report."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest
from hypothesis import Phase, find, given, settings
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import fake_voipbin
from pytest_providercalls.schedules import Schedule, Switch, check_schedules, schedules

from .conftest import URL

NUMBER = "+12025550143"


class Dialer:
    """Checks and then dials."""

    def __init__(self, voipbin: FakeVoipbin) -> None:
        self.provider = voipbin.provider.id
        self.http = httpx.AsyncClient(base_url=URL, params={"token": voipbin.super_admin.token})

    async def dial(self) -> None:
        if not (await self.http.get("/calls")).json()["result"]:
            source, destination = ({"type": "tel", "target": number} for number in ("+12025550100", NUMBER))
            body = {"provider_id": self.provider, "source": source, "destinations": [destination]}
            (await self.http.post("/providercalls", json=body)).raise_for_status()


async def campaign(voipbin: FakeVoipbin) -> None:
    dialer = Dialer(voipbin)
    async with dialer.http:
        await asyncio.gather(dialer.dial(), dialer.dial())


LADDER = f"""\
Schedule(Switch(task=1, nth=1, when='after')): the requests of each task
     0.000 s  task 1 (dial) -> VoIPbin  GET /v1.0/calls: 200
     0.000 s  task 1 (dial)             switch before the response to GET /v1.0/calls arrives
     0.000 s  task 2 (dial) -> VoIPbin  GET /v1.0/calls: 200
     0.000 s  task 2 (dial) -> VoIPbin  POST /v1.0/providercalls: 200, calls {NUMBER}
     0.000 s  task 1 (dial) -> VoIPbin  POST /v1.0/providercalls: 200, calls {NUMBER}
{NUMBER} was called 2 times, by task 2 (dial) and task 1 (dial)"""


def test_hypothesis_prints_the_ladder_of_the_minimal_schedule(capsys: pytest.CaptureFixture[str]) -> None:
    @settings(database=None, phases=[Phase.generate, Phase.shrink])
    @given(schedules())
    def test(schedule: Schedule) -> None:
        with fake_voipbin() as voipbin:
            schedule.run(voipbin, campaign, voipbin)
            voipbin.assert_placed(1)

    with pytest.raises(AssertionError, match="expected 1 call, but 2 were placed") as caught:
        test()
    # Hypothesis prints its notes before Python 3.11.
    report = "\n".join([*getattr(caught.value, "__notes__", ()), capsys.readouterr().out])
    assert LADDER in report
    assert report.count("the requests of each task") == 1


def test_enumeration_shows_the_ladder_of_the_first_failure() -> None:
    def test(schedule: Schedule) -> None:
        with fake_voipbin() as voipbin:
            schedule.run(voipbin, campaign, voipbin)
            voipbin.assert_placed(1)

    with pytest.raises(AssertionError, match="expected 1 call, but 2 were placed") as caught:
        check_schedules(test)
    if sys.version_info >= (3, 11):
        assert caught.value.__notes__[-1] == LADDER


def test_a_plain_test_shows_the_ladder_of_a_failed_run(fake: FakeVoipbin, capsys: pytest.CaptureFixture[str]) -> None:
    fake.faults.add("error", path="/calls", status=503)

    async def main() -> None:
        await campaign(fake)

    with pytest.raises(KeyError, match="result") as caught:
        Schedule().run(fake, main)
    text = caught.value.__notes__[-1] if sys.version_info >= (3, 11) else capsys.readouterr().err
    assert "task 1 (dial) -> VoIPbin  GET /v1.0/calls: 503, fault: error" in text


def test_the_report_hides_credentials(fake: FakeVoipbin) -> None:
    token = fake.super_admin.token

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.create_task(client.get(f"{URL}/me?token={token}"), name=f"token={token}")
        raise LookupError

    with pytest.raises(LookupError) as caught:
        Schedule(Switch(1, 1)).run(fake, main)
    assert sys.version_info < (3, 11) or token not in "".join(caught.value.__notes__)


# values


def test_a_schedule_is_a_value() -> None:
    first, second = Switch(1, 2), Switch(2, 1, "after")
    schedule = Schedule(second, first)
    assert schedule == Schedule(first, second) != Schedule(first)
    assert hash(schedule) == hash(Schedule(first, second))
    assert eval(repr(schedule), {"Schedule": Schedule, "Switch": Switch}) == schedule  # noqa: S307
    assert repr(schedule) == "Schedule(Switch(task=1, nth=2, when='before'), Switch(task=2, nth=1, when='after'))"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0, 1), "task=0: tasks and requests are counted from 1"),
        ((1, 0), "nth=0: tasks and requests are counted from 1"),
        ((1, 1, "during"), "unknown when 'during'; expected one of before, after"),
    ],
)
def test_an_invalid_switch_is_refused(values: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Switch(*values)


# the strategy


def test_the_simplest_schedule_has_no_switch() -> None:
    assert find(schedules(), lambda _: True) == Schedule()


@pytest.mark.parametrize("switch", [Switch(1, 1), Switch(3, 1, "after"), Switch(2, 8)])
def test_a_schedule_shrinks_to_the_switches_that_matter(switch: Switch) -> None:
    found = find(schedules(), lambda schedule: switch in schedule.switches, settings=settings(max_examples=5000))
    assert found == Schedule(switch)


@given(schedules(max_switches=3, max_tasks=2, max_requests=4))
def test_schedules_have_bounds(schedule: Schedule) -> None:
    assert len(schedule.switches) <= 3
    assert all(switch.task <= 2 and switch.nth <= 4 for switch in schedule.switches)


def test_the_package_is_imported_without_the_fake_and_hypothesis() -> None:
    code = (
        "import sys, pytest_providercalls.schedules\n"
        "large = {'hypothesis', 'httpx', 'pydantic', 'asyncio', 'pytest_providercalls.fake_server'}\n"
        "assert not large & set(sys.modules), large & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

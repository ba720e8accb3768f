"""The ring-twice sweep on its own: a table of how many phones rang at each cut point."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import tenacity
from pytest_providercalls.contracts import duplicate_call_sweep
from pytest_providercalls.contracts.conformance.duplicate_calls import FAILURE_POINTS
from pytest_providercalls.fake_server import FakeVoipbin

Place = Callable[[], httpx.Response]


@pytest.fixture
def place(voipbin: FakeVoipbin, voipbin_client: httpx.Client) -> Place:
    """Places two calls, with httpx and nothing else."""
    body = {
        "provider_id": voipbin.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}, {"type": "tel", "target": "+12025550144"}],
    }

    def send() -> httpx.Response:
        response = voipbin_client.post("/providercalls", json=body)
        response.raise_for_status().json()
        return response

    return send


def test_httpx_alone_never_rings_twice(voipbin: FakeVoipbin, place: Place) -> None:
    sweep = duplicate_call_sweep(voipbin, place)
    assert [row.placed_calls for row in sweep.rows] == [0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0]
    assert {(row.expected_calls, row.posts) for row in sweep.rows} == {(2, 1)}
    assert sweep.rows[0].client_result == "is told: ConnectError"
    assert sweep.duplicates == ()
    sweep.assert_no_duplicates()


def test_a_retry_decorator_does(voipbin: FakeVoipbin, place: Place) -> None:
    sweep = duplicate_call_sweep(voipbin, tenacity.retry(stop=tenacity.stop_after_attempt(3))(place))
    assert [row.placed_calls for row in sweep.rows] == [2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2]
    with pytest.raises(AssertionError, match="9 of 12 cut points rang a phone twice") as failed:
        sweep.assert_no_duplicates()
    for line in ("! placed, closed before the answer", "what was sent at the first of them", "fault: drop (after)"):
        assert line in str(failed.value)


def test_it_is_data(voipbin: FakeVoipbin, place: Place) -> None:
    rows = duplicate_call_sweep(voipbin, place).data()
    assert [row["cut"] for row in rows] == [cut.name for cut in FAILURE_POINTS]
    assert rows[2].keys() == {"cut", "wanted", "posts", "rang", "told", "story"}


def test_the_fake_is_as_it_was(voipbin: FakeVoipbin, place: Place) -> None:
    place()
    before = dict(voipbin.calls), len(voipbin.requests), voipbin.clock.now()
    duplicate_call_sweep(voipbin, place)
    assert (dict(voipbin.calls).keys(), len(voipbin.requests), voipbin.clock.now()) == (before[0].keys(), *before[1:])
    assert voipbin.faults.pending == ()


def test_a_scenario_may_be_asynchronous(voipbin: FakeVoipbin, place: Place) -> None:
    async def scenario() -> None:
        place()

    assert duplicate_call_sweep(voipbin, scenario).duplicates == ()


def test_a_scenario_that_rings_nothing_is_an_error(voipbin: FakeVoipbin) -> None:
    with pytest.raises(ValueError, match="rings no phone even when nothing goes wrong: it is told that all is well"):
        duplicate_call_sweep(voipbin, lambda: None)

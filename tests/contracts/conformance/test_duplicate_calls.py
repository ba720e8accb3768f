"""The duplicate-call sweep on its own: a table of the calls placed at each failure point."""

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
    """Places two calls with plain httpx."""
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


def test_plain_httpx_never_places_duplicate_calls(voipbin: FakeVoipbin, place: Place) -> None:
    sweep = duplicate_call_sweep(voipbin, place)
    assert [row.placed_calls for row in sweep.rows] == [0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0]
    assert {(row.expected_calls, row.posts) for row in sweep.rows} == {(2, 1)}
    assert sweep.rows[0].client_result == "raised ConnectError"
    assert sweep.duplicates == ()
    sweep.assert_no_duplicates()


def test_a_retry_decorator_places_duplicate_calls(voipbin: FakeVoipbin, place: Place) -> None:
    sweep = duplicate_call_sweep(voipbin, tenacity.retry(stop=tenacity.stop_after_attempt(3))(place))
    assert [row.placed_calls for row in sweep.rows] == [2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2]
    with pytest.raises(AssertionError, match="duplicate calls at 9 of 12 failure points") as failed:
        sweep.assert_no_duplicates()
    for line in (
        "! placed, connection closed before the response",
        "requests at the first of them",
        "fault: drop (after)",
    ):
        assert line in str(failed.value)


def test_the_rows_as_dictionaries(voipbin: FakeVoipbin, place: Place) -> None:
    rows = duplicate_call_sweep(voipbin, place).data()
    assert [row["failure_point"] for row in rows] == [point.name for point in FAILURE_POINTS]
    assert rows[2].keys() == {
        *("failure_point", "expected_calls", "posts", "placed_calls", "client_result", "requests")
    }


def test_the_fake_is_restored(voipbin: FakeVoipbin, place: Place) -> None:
    place()
    before = dict(voipbin.calls), len(voipbin.requests), voipbin.clock.now()
    duplicate_call_sweep(voipbin, place)
    assert (dict(voipbin.calls).keys(), len(voipbin.requests), voipbin.clock.now()) == (before[0].keys(), *before[1:])
    assert voipbin.faults.pending == ()


def test_a_scenario_may_be_asynchronous(voipbin: FakeVoipbin, place: Place) -> None:
    async def scenario() -> None:
        place()

    assert duplicate_call_sweep(voipbin, scenario).duplicates == ()


def test_a_scenario_without_calls_is_an_error(voipbin: FakeVoipbin) -> None:
    with pytest.raises(ValueError, match="the scenario places no call even without a fault; it returned"):
        duplicate_call_sweep(voipbin, lambda: None)

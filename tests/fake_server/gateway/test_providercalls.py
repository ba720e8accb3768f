"""POST /providercalls: the record, and the temporary flow of inline actions (providers.md 3.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from ..calls.placed_calls import APRIL, AUGUST, post_calls

ACTIONS = [{"type": "answer"}]


def test_providercall_keeps_the_dropped_destinations(api: ProbeClient) -> None:
    dropped = {"type": "email", "target": "a@b"}
    record = require_success(post_calls(api, "/providercalls", destinations=[dropped, DESTINATION]))
    assert [one["type"] for one in record["destinations"]] == ["email", "tel"]
    assert len(record["call_ids"]) == 1


def test_long_anonymous_is_refused_after_the_calls_are_placed(fake: FakeVoipbin, api: ProbeClient) -> None:
    assert post_calls(api, "/providercalls", anonymous="a" * 16).status == 200
    assert post_calls(api, "/providercalls", anonymous="a" * 17).status == 400
    assert (len(fake.placed()), len(fake.providercalls)) == (2, 1)


NOTHING_PLACED: list[dict[str, Any]] = [
    {"destinations": [{"type": "email", "target": "a@b"}]},
    {"anonymous": "yes", "source": {}},
    {"anonymous": "a" * 17},
]


@pytest.mark.parametrize("fields", NOTHING_PLACED)
def test_failed_request_removes_its_temporary_flow_only_in_the_documents(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any]
) -> None:
    assert post_calls(api, "/providercalls", actions=ACTIONS, **fields).status == 400
    # Restoring a snapshot must not restore a removed record.
    fake.restore(fake.snapshot())
    found = [(flow.name, flow.temporary) for flow in fake.flows.values()]
    assert found == ([] if fake.edition.name == "documented" else [("tmp", True)])


def test_crash_leaves_the_temporary_flow(fake: FakeVoipbin, api: ProbeClient) -> None:
    before = fake.clock.now()
    response = post_calls(api, "/providercalls", actions=ACTIONS, source=None)
    status = {"documented": 200, APRIL: 400, AUGUST: 503}[fake.edition.name]
    assert (response.status, len(fake.flows)) == (status, 1)
    if status != 200:
        assert (fake.clock.now() - before).total_seconds() == pytest.approx(3, abs=0.001)


def test_temporary_flow_stays_with_its_call(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post_calls(api, "/providercalls", actions=ACTIONS))
    (call,) = fake.placed()
    assert fake.flows[call.flow_id].temporary


def test_temporary_flow_expires_after_a_day(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post_calls(api, "/providercalls", actions=ACTIONS))
    (call,) = fake.placed()
    expiry = fake.flows[call.flow_id].tm_create + timedelta(days=1)
    fake.clock.set(expiry - timedelta(microseconds=1))
    assert api.get(f"/flows/{call.flow_id}").status == 200
    fake.clock.set(expiry)
    assert api.get(f"/flows/{call.flow_id}").status == (400 if fake.edition.name == APRIL else 404)


def test_unknown_action_creates_nothing(fake: FakeVoipbin, api: ProbeClient) -> None:
    assert post_calls(api, "/providercalls", actions=[{"type": "answer"}, {"type": "no_such"}]).status == 400
    assert not (fake.flows or fake.calls or fake.providercalls)


def test_unknown_provider_creates_nothing(fake: FakeVoipbin, api: ProbeClient) -> None:
    body = {"provider_id": UNKNOWN_ID, "source": SOURCE, "destinations": [DESTINATION], "actions": ACTIONS}
    assert api.post("/providercalls", body).status in (400, 404)
    assert not (fake.flows or fake.calls or fake.providercalls)

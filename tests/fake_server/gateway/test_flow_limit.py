"""The number of flows of a customer: 10,000, which temporary flows cannot exceed either."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import EDITIONS
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

ACTIONS = [{"type": "answer"}]
CALL = {"source": SOURCE, "destinations": [DESTINATION], "actions": ACTIONS}


def almost_full(edition: str) -> tuple[FakeVoipbin, ProbeClient]:
    """Return a fake whose super-admin's customer may create one more flow."""
    fake = FakeVoipbin(edition, lifecycle="manual")
    next(iter(fake.state.customers.values())).flow_count = 9_999
    return fake, ProbeClient(FakeTarget(fake))


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_full_customer_can_place_calls_only_with_an_existing_flow(edition: str) -> None:
    fake, api = almost_full(edition)
    flow = require_success(api.post("/flows", {}))["id"]
    providercall = {**CALL, "provider_id": fake.provider.id}
    requests = {"/flows": {}, "/calls": CALL, "/groupcalls": CALL, "/providercalls": providercall, "/activeflows": {}}
    assert {path: api.post(path, body).status for path, body in requests.items()} == dict.fromkeys(requests, 400)
    require_success(api.post("/calls", {**CALL, "flow_id": flow}))
    require_success(api.delete(f"/flows/{flow}"))
    require_success(api.post("/calls", CALL))
    require_success(api.post("/flows", {}))


def test_temporary_flows_do_not_count() -> None:
    _, api = almost_full("server-2026-08")
    for _ in range(3):
        require_success(api.post("/calls", CALL))
    require_success(api.post("/flows", {}))


def test_a_flow_that_needs_another_one_ends() -> None:
    fake, api = almost_full("server-2026-08")
    connect = {"type": "connect", "option": {"source": SOURCE, "destinations": [DESTINATION]}}
    id = api.place(actions=[connect])["call_ids"][0]
    require_success(api.post("/flows", {}))
    fake.calls[id].answer()
    fake.clock.advance(1)
    assert (len(fake.calls), fake.calls[id].status) == (1, "hangup")

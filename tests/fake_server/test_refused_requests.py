"""A refused request leaves nothing behind, except in the editions whose servers do.

The probes of all rules are checked in the same way in tests/contracts/rules/test_rules.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

from .. import invariants
from .gateway.bad_requests import bearer

SOURCE = {"type": "tel", "target": "+12025550100"}
ACTIONS = [{"type": "answer"}, {"type": "hangup"}]
NOBODY = [{"type": "tel", "target": "+1"}]
SOMEBODY = [{"type": "tel", "target": "+12025550143"}]

REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "calls, nothing placed": ("/calls", {"destinations": NOBODY, "actions": ACTIONS}),
    "calls, without actions": ("/calls", {"destinations": NOBODY}),
    "calls, no destinations": ("/calls", {"destinations": [], "actions": ACTIONS}),
    "calls, a foreign source": ("/calls", {"destinations": SOMEBODY, "source": {"type": "tel", "target": "+44"}}),
    "groupcalls, no destinations": ("/groupcalls", {"destinations": [], "actions": ACTIONS}),
    "groupcalls, an unknown method": ("/groupcalls", {"destinations": SOMEBODY, "ring_method": "?"}),
    "groupcalls, nobody to call": ("/groupcalls", {"destinations": [{"type": "agent", "target": "none"}]}),
    "providercalls, nothing placed": ("/providercalls", {"destinations": NOBODY, "actions": ACTIONS}),
    "providercalls, no source": ("/providercalls", {"destinations": SOMEBODY, "actions": ACTIONS, "source": None}),
    "providercalls, too long": ("/providercalls", {"destinations": NOBODY, "actions": ACTIONS, "anonymous": "?" * 17}),
}
"""Requests that fail after the flow of their calls was created."""


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_request_leaves_nothing_behind(name: str, edition: str) -> None:
    fake = FakeVoipbin(edition)
    path, fields = REFUSED[name]
    body = {"provider_id": fake.provider.id, "source": SOURCE, **fields}
    before = invariants.sizes(fake)
    response = fake.handle(Request("POST", f"/v1.0{path}", (bearer(fake),), json.dumps(body).encode()))
    if response.status == 200:
        # Not every edition refuses each of them.
        assert edition != "documented" or "source" in name
        return
    assert invariants.left_behind(fake, before) == []


def test_the_servers_keep_the_flow() -> None:
    """They create it first, and have no handler for the failure."""
    fake = FakeVoipbin("server-2026-08")
    body = {"source": SOURCE, "destinations": NOBODY, "actions": ACTIONS}
    fake.handle(Request("POST", "/v1.0/calls", (bearer(fake),), json.dumps(body).encode()))
    assert [flow.temporary for flow in fake.flows.values()] == [True]

"""The public package voipbin-mcp, unmodified: base URL hard-coded, httpx.AsyncClient, an access key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from pytest_providercalls.contracts import Identity
from pytest_providercalls.fake_server import FakeVoipbin

server = pytest.importorskip("voipbin_mcp.server")
from voipbin_mcp.client import VoIPbinAPIError, VoIPbinClient  # noqa: E402
from voipbin_mcp.tools import calls, flows  # noqa: E402

pytestmark = pytest.mark.providercalls(edition="all")
SOURCE, DESTINATION = "+12025550100", "+12025550143"


@pytest.fixture(params=["query", "cookie"])
def client(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, voipbin_customer_admin: Identity
) -> Iterator[VoIPbinClient]:
    """The package's own client, created as in its server, with the access key in the query or in a cookie."""
    monkeypatch.setenv("VOIPBIN_API_KEY", voipbin_customer_admin.accesskey)
    monkeypatch.setenv("VOIPBIN_AUTH_TRANSPORT", request.param)
    monkeypatch.delenv("VOIPBIN_API_BASE_URL", raising=False)
    client = VoIPbinClient()
    monkeypatch.setattr(server, "get_client", lambda: client)
    for module in (calls, flows):
        monkeypatch.setattr(module, "get_client", lambda: client)
    yield client
    asyncio.run(client.close())


def run(tool: Coroutine[Any, Any, str]) -> Any:
    return json.loads(asyncio.run(tool))


def test_it_creates_reads_and_deletes_a_flow(voipbin: FakeVoipbin, client: VoIPbinClient) -> None:
    actions = [{"id": "a1", "next_id": "a2", "type": "answer", "option": {}}, {"type": "hangup"}]
    flow = run(flows.create_flow("greeting", "says hello", actions))
    assert [action["type"] for action in flow["actions"]] == ["answer", "hangup"]
    assert run(flows.get_flow(flow["id"])) == flow
    assert [row["id"] for row in run(flows.list_flows())["result"]] == [flow["id"]]
    assert run(flows.delete_flow(flow["id"]))["tm_delete"]
    assert run(flows.list_flows())["result"] == []


def test_it_places_lists_and_hangs_up_a_call(voipbin: FakeVoipbin, client: VoIPbinClient) -> None:
    placed = run(calls.create_call("tel", SOURCE, "tel", DESTINATION))["calls"][0]
    voipbin.assert_placed(1, destination=DESTINATION)
    voipbin.calls[placed["id"]].answer()
    assert run(calls.get_call(placed["id"]))["status"] == "progressing"
    assert [row["id"] for row in run(calls.list_calls())["result"]] == [placed["id"]]
    assert run(calls.hangup_call(placed["id"]))["status"] == "terminating"
    ended = run(calls.get_call(placed["id"]))
    assert (ended["status"], ended["hangup_reason"], ended["hangup_by"]) == ("hangup", "normal", "local")


def test_it_is_refused_provider_calls(voipbin: FakeVoipbin, client: VoIPbinClient) -> None:
    """A customer's access key is never accepted for provider calls."""
    with pytest.raises(VoIPbinAPIError) as refused:
        asyncio.run(client.get("/providercalls"))
    assert refused.value.status_code == 403
    voipbin.assert_nothing_placed()

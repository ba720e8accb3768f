"""A sequence of requests that covers every resource."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

ACTIONS = [{"type": "answer"}, {"type": "talk", "option": {"text": "hello", "n": 1.5}}, {"type": "hangup"}]
each_edition = pytest.mark.parametrize("edition", EDITIONS)


def client_of(fake: FakeVoipbin) -> ProbeClient:
    """Return a client of a fake, with an identity for each role."""
    return ProbeClient(FakeTarget(fake))


def scenario(fake: FakeVoipbin) -> Iterator[tuple[str, Response]]:
    """Send requests for each resource. Yield each response with the name of its model (`[]` for a page of it)."""
    api = client_of(fake)
    agent = {"type": "agent", "target": fake.super_admin.id}
    admin = fake.super_admin
    yield "Login", api.post("//auth/login", {"username": admin.username, "password": admin.password})
    yield "Agent", api.get("/me")
    yield "Customer", api.get("/customer")
    yield "BillingAccount", api.get("/billing_account")
    provider = api.post("/providers", {"hostname": "sip.example", "tech_headers": {"X": "1"}})
    yield "Provider", provider
    yield "Provider", api.put(f"/providers/{provider.json()['id']}", {"name": "new"})
    yield "Provider[]", api.get("/providers")
    flow = api.post("/flows", {"name": "mine", "actions": ACTIONS})
    yield "Flow", flow
    yield "Flow", api.post("/flows", {})
    yield "Flow[]", api.get("/flows")
    yield "Flow", api.put(f"/flows/{flow.json()['id']}", {"detail": "changed"})
    yield "ProviderCall", api.post("/providercalls", api.body(source={}, flow_id=flow.json()["id"]))
    destinations = [DESTINATION, {"type": "sip", "target": "a@B.example", "name": "n"}, agent]
    record = api.post("/providercalls", api.body(destinations=destinations, actions=ACTIONS))
    yield "ProviderCall", record
    first, second = record.json()["call_ids"]
    yield "Call", api.get(f"/calls/{first}")
    fake.calls[first].ring()
    yield "Call", api.get(f"/calls/{first}")
    fake.calls[first].answer()
    fake.clock.advance(61.25)
    yield "Call", api.post(f"/calls/{first}/hangup")
    yield "Call", api.get(f"/calls/{first}")
    yield "Flow", api.get(f"/flows/{fake.calls[first].flow_id}")
    yield "Activeflow", api.get(f"/activeflows/{fake.calls[second].activeflow_id}")
    yield "Activeflow", api.post(f"/activeflows/{fake.calls[second].activeflow_id}/stop")
    yield "Activeflow[]", api.get("/activeflows")
    yield "Call", api.delete(f"/calls/{second}")
    yield "Call[]", api.get("/calls", page_size=2)
    groupcall = record.json()["groupcall_ids"][0]
    yield "Groupcall", api.get(f"/groupcalls/{groupcall}")
    yield "Groupcall", api.post(f"/groupcalls/{groupcall}/hangup")
    yield "Groupcall[]", api.get("/groupcalls")
    yield "Groupcall", api.delete(f"/groupcalls/{groupcall}")
    placed = {"source": SOURCE, "destinations": [DESTINATION, agent]}
    yield "PlacedCalls", api.post("/calls", placed)
    yield "ProviderCall[]", api.get("/providercalls", page_size=1)
    yield "ProviderCall", api.get(f"/providercalls/{record.json()['id']}")
    yield "ProviderCall", api.delete(f"/providercalls/{record.json()['id']}")
    yield "Flow", api.delete(f"/flows/{flow.json()['id']}")
    yield "Provider", api.delete(f"/providers/{provider.json()['id']}")
    yield "Billing[]", api.get("/billings")
    yield "Billing", api.get(f"/billings/{fake.calls[first].billing_id}")
    key = api.post("/accesskeys", {"name": "mine", "expire": 86400})
    yield "Accesskey", key
    yield "Accesskey", api.get(f"/accesskeys/{key.json()['id']}")
    yield "Accesskey[]", api.get("/accesskeys")
    yield "Accesskey", api.delete(f"/accesskeys/{key.json()['id']}")
    for row in require_success(api.get("/calls"))["result"]:
        yield "Call", api.get(f"/calls/{row['id']}")


REFUSED = ("GET", "/v1.0/nothing"), ("GET", "/v1.0/calls/nope"), ("POST", "/v1.0/providercalls")


def responses(fake: FakeVoipbin) -> list[Response]:
    """Return the responses to the scenario, and to requests that are refused."""
    refusals = [fake.handle(Request(method, target)) for method, target in REFUSED]
    return [*(response for _, response in scenario(fake)), *refusals]

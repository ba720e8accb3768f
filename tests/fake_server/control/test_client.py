"""The Python client: each operation has a method, and each response matches the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jsonschema
import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import ControlClient, ControlError
from pytest_providercalls.fake_server.control.openapi import openapi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .conftest import ControlHarness

DOCUMENT = openapi()
TEMPLATES = {
    (one.method, one.path): re.compile(re.sub(r"{\w+}", "[^/]+", one.path) + r"(\?.*)?").fullmatch for one in OPERATIONS
}


class ValidatingTransport:
    """A transport that validates bodies against the OpenAPI document, and records which operations were used."""

    def __init__(self, harness: ControlHarness) -> None:
        self.harness = harness
        self.used: set[tuple[str, str]] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        headers = tuple((name, value) for name, value in request.headers.items())
        response = self.harness.control.respond(Request(request.method, target, headers, request.content)).response
        assert response is not None
        if response.status == 200:
            self.check(request, target.removeprefix("/_fake"), response.json())
        return httpx.Response(response.status, headers=response.headers, content=response.body)

    def check(self, request: httpx.Request, path: str, result: Any) -> None:
        (key,) = [key for key, matches in TEMPLATES.items() if key[0] == request.method and matches(path)]
        self.used.add(key)
        described = DOCUMENT["paths"][f"/_fake{key[1]}"][key[0].lower()]
        self.validate(described["responses"]["200"], result)
        if request.content and "requestBody" in described:
            self.validate(described["requestBody"], json.loads(request.content))

    @staticmethod
    def validate(place: Any, value: Any) -> None:
        schema = {**place["content"]["application/json"]["schema"], "components": DOCUMENT["components"]}
        jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


@pytest.fixture
def transport(harness: ControlHarness) -> ValidatingTransport:
    return ValidatingTransport(harness)


@pytest.fixture
def client(transport: ValidatingTransport) -> Iterator[ControlClient]:
    with ControlClient("http://127.0.0.1:8080/v1.0", httpx.Client(transport=httpx.MockTransport(transport))) as client:
        yield client


def test_every_operation_has_a_method_and_responds_as_documented(
    client: ControlClient, transport: ValidatingTransport
) -> None:
    harness = transport.harness
    first, second, third = harness.place("+12025550143", "+12025550144", "+12025550145")
    assert client.info().identities["super_admin"].token == harness.fake.super_admin.token
    assert [call.id for call in client.calls()] == [third, second, first]
    assert [record.provider for record in client.providercalls(limit=1)] == ["carrier"]
    assert client.ring(first).status == "ringing"
    assert client.answer(client.calls()[2]).ladder[-1].event == "200 OK"
    assert client.press(first, "12").status == "progressing"
    assert client.hangup(first).hangup_reason == "normal"
    assert client.reject(second, 603).sip == 603
    assert client.hangup(third, "busy").hangup_reason == "busy"
    invite = client.call(third).invite
    assert invite is not None and invite.uri.startswith("sip:+12025550145@")
    moment = client.snapshot()
    assert client.advance(60).now > client.clock().now.replace(microsecond=0, second=0)
    assert client.restore(moment).now == moment.now
    assert client.snapshots() == [moment]
    client.delete_snapshot(moment)
    assert client.seed({"agents": [{"username": "alice"}]}).identities["alice"].username == "alice"
    client.seed({"recordings": [{"status": "stopping"}]})
    assert [recording.status for recording in client.recordings()] == ["stopping"]
    assert len(client.set_script("carrier", "busy").lines) == len(client.carriers()[0].lines) == 1
    assert len(client.set_script("carrier", {"busy": {"destination": "+12025550143"}}).lines) == 1
    assert len(client.extend_script(harness.fake.provider.id, {"answers": {"after": 3}}).lines) == 2
    assert client.add_fault("delay", seconds=1.5, path="/calls")[0].fault["seconds"] == 1.5
    assert client.faults()[0].description.startswith("delay (after)")
    client.clear_faults()
    client.mount_receiver("http://client.example", "http://127.0.0.1:9")
    assert client.webhooks().deliveries == tuple(client.deliveries(limit=1))
    assert len(client.pending_webhooks()) == 0
    assert client.add_webhook_fault("delay", "call_*", seconds=2.5)[0].fault["seconds"] == 2.5
    assert client.webhook_faults()[0].description == "delay: the webhook is sent 2.5 s later"
    client.clear_webhook_faults()
    admin = harness.fake.super_admin
    socket = ProbeClient(FakeTarget(harness.fake)).open_websocket()
    socket.send(json.dumps({"type": "subscribe", "topics": [f"customer_id:{admin.customer_id}:call"]}))
    assert client.add_websocket_fault("close", "call_hangup", code=1012)[0].description.startswith("close: the message")
    assert client.websocket_faults()[0].fault["code"] == 1012
    client.clear_websocket_faults()
    client.ring(harness.place("+12025550143")[0])
    (opened,) = client.websockets()
    assert (opened.number, opened.principal, opened.message_count) == (1, "super-admin", 2)
    assert [one.type for one in client.websocket_messages(opened)] == ["call_created", "call_ringing"]
    assert client.close_websocket(1, 1012, "restart").close_code == socket.close_code == 1012
    assert [entry.status for entry in client.journal()] == [200, 0, 101, 200]
    assert [(entry.number, entry.status) for entry in client.requests()][-2:] == [(2, 101), (1, 200)]
    assert client.report().rules == client.rules()
    assert client.ledger().cost == harness.fake.ledger.cost
    assert client.overview().counts.calls == 4
    assert client.reset().seed == 0
    assert transport.used == set(TEMPLATES)


Do = Callable[[ControlClient], object]


@pytest.mark.parametrize(
    ("do", "status", "reason"),
    [
        (lambda client: client.call("nothing"), 404, "NOT_FOUND"),
        (lambda client: client.call("a/b?c"), 404, "NOT_FOUND"),
        (lambda client: client.advance(-1), 400, "BAD_REQUEST"),
        (lambda client: client.set_script("carrier", "busy", "busy"), 400, "INVALID_SEED"),
        (lambda client: client.add_fault("drop", cut_at=1), 400, "INVALID_FAULT"),
    ],
)
def test_an_error_has_the_status_and_reason_of_the_server(
    client: ControlClient, do: Do, status: int, reason: str
) -> None:
    with pytest.raises(ControlError) as refused:
        do(client)
    assert (refused.value.status, refused.value.reason) == (status, reason)
    assert str(refused.value)


def test_a_server_without_a_control_api_is_named() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(502, text="Bad Gateway"))
    with ControlClient("http://127.0.0.1:1", httpx.Client(transport=transport)) as client:
        with pytest.raises(ControlError, match=r"http://127.0.0.1:1/_fake/info is not the control API"):
            client.info()
        with pytest.raises(ControlError, match="is not the control API"):
            next(client.watch())


def test_the_document_is_openapi_and_names_every_operation_once() -> None:
    operations = [each for path in DOCUMENT["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) == len(OPERATIONS) + 1
    assert DOCUMENT["openapi"].startswith("3.1.")
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)

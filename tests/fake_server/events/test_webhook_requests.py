"""The requests that carry webhooks: method, headers, body and signature."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.receivers import Webhook
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .inbox import CREATED, URI, Inbox, customer_of, place_call

CREATED_CALL = {
    "documented": (
        '"owner_type":"","owner_id":"{nil}","flow_id":"{nil}","activeflow_id":"{activeflow}","type":"flow",'
        '"master_call_id":"{nil}","chained_call_ids":[],"recording_id":"{nil}","recording_ids":[],"groupcall_id":"{nil}",'
        '"source":{{"type":"tel","target":"+12025550100","target_name":""}},'
        '"destination":{{"type":"tel","target":"+12025550143","target_name":""}},"status":"dialing",'
        '"action":{{"id":"{start}","next_id":"{nil}","tm_execute":null}},'
        '"metadata":{{"route_provider_ids":["{provider}"],"skip_source_validation":true}},"direction":"outgoing",'
        '"mute_direction":"","hangup_by":"","hangup_reason":"","tm_progressing":null,"tm_ringing":null,"tm_hangup":null,'
        '"tm_create":"{time}","tm_update":null,"tm_delete":null'
    ),
    "server": (
        '"owner_type":"","owner_id":"{nil}","flow_id":"{nil}","activeflow_id":"{activeflow}","type":"flow",'
        '"master_call_id":"{nil}","recording_id":"{nil}","groupcall_id":"{nil}",'
        '"source":{{"type":"tel","target":"+12025550100"}},"destination":{{"type":"tel","target":"+12025550143"}},'
        '"status":"dialing","action":{{"id":"{start}","next_id":"{nil}","tm_execute":null}},'
        '"metadata":{{"route_provider_ids":["{provider}"],"rtp_debug":true,"skip_source_validation":true}},'
        '"direction":"outgoing","tm_create":"{time}"'
    ),
}


def test_body_of_call_created(fake: FakeVoipbin, inbox: Inbox) -> None:
    call = fake.calls[place_call(fake)]
    documented = fake.edition.name == "documented"
    fields = CREATED_CALL["documented" if documented else "server"].format(
        nil=NIL,
        start="00000000-0000-0000-0000-000000000001",
        activeflow=call.activeflow_id,
        provider=fake.provider.id,
        time=fake.render.time(call.tm_create),
    )
    data = f'{{"id":"{call.id}","customer_id":"{fake.super_admin.customer_id}",{fields}}}'
    assert inbox.webhooks[1].body.decode() == f'{{"type":"call_created","data":{data}}}'


def test_request_has_the_headers_of_gos_client(fake: FakeVoipbin, inbox: Inbox) -> None:
    place_call(fake)
    webhook = inbox.webhooks[0]
    assert (webhook.method, webhook.url) == ("POST", URI)
    headers = dict(webhook.headers)
    headers.pop("x-voipbin-signature", None)
    assert headers == {
        "host": "client.example",
        "user-agent": "Go-http-client/1.1",
        "content-length": str(len(webhook.body)),
        "content-type": "application/json",
        "accept-encoding": "gzip",
    }


def test_body_is_signed_with_the_secret_of_the_customer(fake: FakeVoipbin, inbox: Inbox) -> None:
    place_call(fake)
    fake.clock.advance(100)
    secret = require_success(ProbeClient(FakeTarget(fake)).get("/customer")).get("webhook_secret")
    assert (secret is None) is (fake.edition.name == "server-2026-04")
    for webhook in inbox.webhooks:
        signature = webhook.headers.get("X-VoIPBIN-Signature")
        if secret is None:
            assert signature is None
        else:
            assert signature == "sha256=" + hmac.new(secret.encode(), webhook.body, hashlib.sha256).hexdigest()
    names = [name for webhook in inbox.webhooks for name, _ in webhook.headers.raw if b"ignature" in name]
    assert set(names) <= {b"X-Voipbin-Signature"}


def test_webhooks_without_a_secret_are_not_signed(fake: FakeVoipbin, inbox: Inbox) -> None:
    customer_of(fake).webhook_secret = ""
    place_call(fake)
    assert "X-Voipbin-Signature" not in inbox.webhooks[0].headers


def test_method_defaults_to_get_with_a_body(fake: FakeVoipbin) -> None:
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI, method="")
    place_call(fake)
    assert inbox.webhooks[0].method == "GET"
    assert inbox.types == CREATED


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_configured_method_is_used(fake: FakeVoipbin, method: str) -> None:
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI, method=method)
    place_call(fake)
    assert inbox.webhooks[0].method == method


def test_body_is_that_of_the_event(fake: FakeVoipbin, inbox: Inbox) -> None:
    place_call(fake)
    fake.clock.advance(100)
    assert [one.body for one in inbox.webhooks] == [event.body for event in fake.events]


def receive_from_flow(fake: FakeVoipbin, **fields: str) -> Inbox:
    """Run a flow with a `webhook_send` action, and return its receiver. The fields replace those of the option."""
    inbox = Inbox()
    fake.webhooks.mount("https://elsewhere.example", inbox)
    option = {"uri": "https://elsewhere.example/x", "method": "PUT", "data_type": "application/json", "data": "{}"}
    place_call(fake, actions=[{"type": "webhook_send", "option": {**option, **fields}}])
    fake.clock.advance(100)
    return inbox


def test_webhook_of_a_flow_has_its_data_unchanged(fake: FakeVoipbin) -> None:
    data = '{"b": [1.50, "<é>"],  "a": null}'
    (webhook,) = receive_from_flow(fake, data=data, data_type="application/vnd.example+json").webhooks
    assert (webhook.method, webhook.url) == ("PUT", "https://elsewhere.example/x")
    assert webhook.body == data.encode()
    assert webhook.headers["Content-Type"] == "application/vnd.example+json"
    signature = hmac.new(customer_of(fake).webhook_secret.encode(), webhook.body, hashlib.sha256).hexdigest()
    expected = None if fake.edition.name == "server-2026-04" else f"sha256={signature}"
    assert webhook.headers.get("X-Voipbin-Signature") == expected
    assert [(one.type, one.event) for one in fake.webhooks.deliveries] == [("webhook_send", None)]


def test_no_content_type_without_a_data_type(fake: FakeVoipbin) -> None:
    (webhook,) = receive_from_flow(fake, data_type="", method="").webhooks
    assert "Content-Type" not in webhook.headers
    assert (webhook.method, webhook.body) == ("GET", b"{}")


@pytest.mark.parametrize("data", ["", "hello", "{", "NaN", "[Infinity]", "'x'", "[" * 100_000])
def test_data_that_is_not_json_is_not_sent(fake: FakeVoipbin, data: str) -> None:
    assert receive_from_flow(fake, data=data).webhooks == []
    assert list(fake.webhooks.deliveries) == []
    (call,) = fake.calls.values()
    assert call.status == "hangup"


def test_repr_of_a_webhook_is_short() -> None:
    fake = FakeVoipbin()
    inbox = Inbox()
    fake.webhooks.send_to(inbox, f"{URI}?token=hunter2")
    place_call(fake)
    webhook = inbox.webhooks[0]
    assert repr(webhook) == f"<Webhook POST {URI}, {len(webhook.body)} bytes>"


def test_json_of_an_invalid_body_is_an_error() -> None:
    with pytest.raises(json.JSONDecodeError):
        Webhook("POST", URI, None, b"{").json()  # type: ignore[arg-type]

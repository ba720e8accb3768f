"""Where webhooks are sent: customers, URLs and mounted receivers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.dispatcher import SYSTEM
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .inbox import CREATED, DESTINATION, URI, Inbox, customer_of, place_call


def test_no_webhooks_are_sent_by_default(fake: FakeVoipbin) -> None:
    place_call(fake)
    fake.clock.advance(100)
    assert (list(fake.webhooks.deliveries), fake.webhooks.pending, fake.webhooks.summary()) == ([], 0, "")


def test_client_can_configure_the_webhook_uri(fake: FakeVoipbin) -> None:
    inbox = Inbox()
    fake.webhooks.mount("https://client.example", inbox)
    api = ProbeClient(FakeTarget(fake))
    require_success(api.put("/customer", {"webhook_uri": f"{URI}?from=voipbin", "webhook_method": "POST"}))
    place_call(fake)
    assert inbox.webhooks[0].url == f"{URI}?from=voipbin"
    require_success(api.put("/customer", {"webhook_method": "POST"}))
    fake.clock.advance(100)
    assert len(inbox.webhooks) == 2


def test_each_customer_has_its_own_receiver(fake: FakeVoipbin, inbox: Inbox) -> None:
    other = Inbox()
    fake.webhooks.send_to(other, "https://other.example/hooks", customer=fake.customer_admin.customer_id)
    body = {"source": {"type": "tel", "target": "+12025550100"}, "destinations": [DESTINATION]}
    require_success(ProbeClient(FakeTarget(fake)).post("/calls", body, as_="customer_admin"))
    assert inbox.types == []
    assert other.types == CREATED
    owner = fake.state.customers[fake.customer_admin.customer_id]
    fake.webhooks.send_to(inbox, URI, customer=owner)
    assert owner.webhook_uri == URI


def test_system_customer_receives_no_webhooks(fake: FakeVoipbin, inbox: Inbox) -> None:
    system = fake.add_customer(name="system")
    system.id, system.webhook_uri = SYSTEM, URI
    fake.state.customers.add(system)
    place_call(fake)
    fake.world.emit("call_created", replace(next(iter(fake.calls.values())), customer_id=SYSTEM))
    fake.webhooks.deliver()
    assert len(inbox.webhooks) == len(fake.webhooks.deliveries) == 2


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("https://unknown.example/hooks", "no receiver is mounted at https://unknown.example"),
        ("https://client.example:8443/hooks", "no receiver is mounted at https://client.example:8443"),
        ("http://client.example/hooks", "no receiver is mounted at http://client.example"),
        ("https://client.example/hooksandmore", "no receiver is mounted at https://client.example"),
        ("http://10.0.0.1/", "no receiver is mounted at http://10.0.0.1"),
        ("http://localhost.example/", "no receiver is mounted at http://localhost.example"),
        ("ftp://client.example/hooks", "is not a webhook URL"),
        ("client.example/hooks", "is not a webhook URL"),
        ("https://", "is not a webhook URL"),
        ("https://[::1/", "is not a URL"),
        ("https://user:hunter2@unknown.example/?token=hunter2", "no receiver is mounted at https://unknown.example"),
    ],
)
def test_uri_without_a_receiver_is_recorded_and_not_retried(
    fake: FakeVoipbin, inbox: Inbox, uri: str, error: str
) -> None:
    customer_of(fake).webhook_uri = uri
    place_call(fake)
    fake.clock.advance(0.5)
    first, _ = fake.webhooks.deliveries
    assert (first.attempt, first.status, first.delivered) == (0, None, False)
    assert error in first.error
    assert inbox.webhooks == []
    assert "hunter2" not in f"{first} {first!r} {fake.webhooks.summary()}"


def test_longest_matching_prefix_wins(fake: FakeVoipbin) -> None:
    inboxes = {prefix: Inbox() for prefix in ("https://client.example", f"{URI}/deep", URI)}
    for prefix, inbox in inboxes.items():
        fake.webhooks.mount(prefix, inbox)
    for uri in (
        f"{URI}/deep/er",
        f"{URI}/deep",
        f"{URI}/deeper",
        f"{URI}/",
        f"{URI}?x=/deep",
        "https://client.example",
    ):
        fake.webhooks.send(fake.super_admin.customer_id, uri, "POST", "", "{}")
    urls = {
        prefix: [one.url.removeprefix("https://client.example") for one in inbox.webhooks]
        for prefix, inbox in inboxes.items()
    }
    assert urls[f"{URI}/deep"] == ["/hooks/deep/er", "/hooks/deep"]
    assert urls[URI] == ["/hooks/deeper", "/hooks/", "/hooks?x=/deep"]
    assert len(urls["https://client.example"]) == 1


def test_receiver_replaces_another_at_the_same_url(fake: FakeVoipbin, inbox: Inbox) -> None:
    other = Inbox()
    fake.webhooks.mount("HTTPS://CLIENT.example:443/hooks/", other)
    place_call(fake)
    assert (len(inbox.webhooks), len(other.webhooks)) == (0, 2)


@pytest.mark.parametrize("uri", ["", "client.example", "ftp://client.example", "https://:x/"])
def test_receiver_cannot_be_mounted_at_an_invalid_url(fake: FakeVoipbin, uri: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (webhook )?URL"):
        fake.webhooks.mount(uri, Inbox())

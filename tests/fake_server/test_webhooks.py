"""Webhooks: what is sent, when, how often, and what is done when it does not arrive."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.events.dispatcher import SYSTEM
from pytest_providercalls.fake_server.events.events.receivers import Webhook
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.clock import START

URI = "https://client.example/hooks"
ONE = {"type": "tel", "target": "+12025550143"}


class Inbox:
    """A receiver that keeps what it gets, and answers what it is told: the last of its answers again and again."""

    def __init__(self, *answers: int | Exception) -> None:
        self.webhooks: list[Webhook] = []
        self._answers = list(answers)

    def __call__(self, webhook: Webhook) -> int | None:
        self.webhooks.append(webhook)
        if not self._answers:
            return None
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def types(self) -> list[str]:
        return [one.json()["type"] for one in self.webhooks]


@pytest.fixture
def inbox(fake: FakeVoipbin) -> Inbox:
    """The receiver of the super-admin's customer."""
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI)
    return inbox


def placed(fake: FakeVoipbin, **fields: Any) -> str:
    """The id of a call that was placed."""
    id: str = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, **fields)["call_ids"][0]
    return id


def mine(fake: FakeVoipbin) -> Any:
    return fake.state.customers[fake.super_admin.customer_id]


def seconds(fake: FakeVoipbin, *types: str) -> list[float]:
    """When each attempt was made, in whole seconds since the beginning."""
    return [(one.at - START) // timedelta(seconds=1) for one in fake.webhooks.deliveries if one.type in types]


# what is sent

SPOKEN = {
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


def test_a_new_call_is_told_of_byte_by_byte(fake: FakeVoipbin, inbox: Inbox) -> None:
    call = fake.calls[placed(fake)]
    documented = fake.edition.name == "documented"
    fields = SPOKEN["documented" if documented else "server"].format(
        nil="00000000-0000-0000-0000-000000000000",
        start="00000000-0000-0000-0000-000000000001",
        activeflow=call.activeflow_id,
        provider=fake.provider.id,
        time=fake.render.time(call.tm_create),
    )
    data = f'{{"id":"{call.id}","customer_id":"{fake.super_admin.customer_id}",{fields}}}'
    assert inbox.webhooks[1].body.decode() == f'{{"type":"call_created","data":{data}}}'


def test_a_request_is_what_gos_client_sends(fake: FakeVoipbin, inbox: Inbox) -> None:
    placed(fake)
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


def test_a_body_is_signed_with_the_customers_secret(fake: FakeVoipbin, inbox: Inbox) -> None:
    placed(fake)
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


def test_a_customer_without_a_secret_has_its_webhooks_unsigned(fake: FakeVoipbin, inbox: Inbox) -> None:
    mine(fake).webhook_secret = ""
    placed(fake)
    assert "X-Voipbin-Signature" not in inbox.webhooks[0].headers


def test_without_a_method_it_is_a_get_with_a_body(fake: FakeVoipbin) -> None:
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI, method="")
    placed(fake)
    assert inbox.webhooks[0].method == "GET"
    assert inbox.types == ["activeflow_created", "call_created"]


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_another_method_is_used(fake: FakeVoipbin, method: str) -> None:
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI, method=method)
    placed(fake)
    assert inbox.webhooks[0].method == method


def test_each_data_is_the_resource_as_it_was_then(fake: FakeVoipbin, inbox: Inbox) -> None:
    placed(fake)
    fake.clock.advance(100)
    assert [one.body for one in inbox.webhooks] == [event.body for event in fake.events]


# in which order, and when

LIFE = [
    "activeflow_created",
    "call_created",
    "call_ringing",
    "call_progressing",
    "activeflow_updated",
    "call_updated",
    "activeflow_updated",
    "activeflow_updated",
    "call_updated",
    "call_terminating",
    "call_hangup",
]


def test_a_whole_life_in_order(fake: FakeVoipbin, inbox: Inbox) -> None:
    placed(fake, actions=[{"type": "sleep", "option": {"duration": 1000}}])
    fake.clock.advance(100)
    assert inbox.types == LIFE
    assert inbox.types == [event.type for event in fake.events]
    assert {one.status for one in fake.webhooks.deliveries} == {200}


def test_what_a_request_does_is_told_of_before_its_answer(fake: FakeVoipbin, inbox: Inbox) -> None:
    placed(fake)
    assert inbox.types == ["activeflow_created", "call_created"]


def test_each_is_delivered_at_its_own_time(fake: FakeVoipbin) -> None:
    times = []
    fake.webhooks.send_to(lambda webhook: times.append((webhook.json()["type"], fake.clock.now())), URI)
    placed(fake)
    fake.clock.advance(1000)
    at = {type: (time - START) // timedelta(seconds=1) for type, time in times}
    assert (at["call_created"], at["call_ringing"], at["call_progressing"]) == (0, 2, 6)
    assert [one.at for one in fake.webhooks.deliveries] == [time for _, time in times]


def test_calls_take_turns_in_virtual_time(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.carrier().answers(after=3, destination="+12025550144").answers(after=9)
    two = [ONE, {"type": "tel", "target": "+12025550144"}]
    first, second = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, destinations=two)["call_ids"]
    fake.clock.advance(100)
    answered = [one.json()["data"]["id"] for one in inbox.webhooks if one.json()["type"] == "call_progressing"]
    assert answered == [second, first]


def test_polling_delivers_too(fake: FakeVoipbin, inbox: Inbox) -> None:
    id, api = placed(fake), ProbeClient(FakeTarget(fake))
    statuses = [require_success(api.get(f"/calls/{id}"))["status"] for _ in range(3)]
    assert statuses == ["dialing", "ringing", "progressing"]
    assert inbox.types[2:] == ["call_ringing", "call_progressing"]


def test_a_move_by_hand_is_told_of_at_once(fake: FakeVoipbin, inbox: Inbox) -> None:
    call = fake.calls[placed(fake)]
    call.ring()
    assert inbox.types[-1] == "call_ringing"
    call.hangup("busy")
    assert "call_hangup" in inbox.types


def test_a_request_of_the_api_is_told_of(fake: FakeVoipbin, inbox: Inbox) -> None:
    id, api = placed(fake), ProbeClient(FakeTarget(fake))
    require_success(api.post(f"/calls/{id}/hangup"))
    assert inbox.types[-1] == "call_canceling"
    require_success(api.get(f"/calls/{id}"))
    require_success(api.delete(f"/calls/{id}"))
    assert inbox.types[-1] == "call_deleted"


# tries

FAILING = [500, 503, 599, ConnectionError("gone")]


@pytest.mark.parametrize("answer", FAILING, ids=str)
def test_a_failure_is_tried_three_times_a_second_apart(fake: FakeVoipbin, answer: int | Exception) -> None:
    inbox = Inbox(answer)
    fake.webhooks.send_to(inbox, URI)
    placed(fake)
    assert inbox.types == ["activeflow_created", "call_created"]
    fake.clock.advance(0.9)
    assert len(inbox.webhooks) == 2
    fake.clock.advance(0.2)
    assert len(inbox.webhooks) == 4
    fake.clock.advance(0.85)
    assert inbox.types == ["activeflow_created", "call_created"] * 2
    fake.clock.advance(1000)
    tries = [one.attempt for one in fake.webhooks.deliveries if one.type == "call_created"]
    assert tries == [1, 2, 3]
    assert seconds(fake, "call_created") == [0, 1, 2]
    assert inbox.webhooks[0].body == inbox.webhooks[2].body
    assert not fake.webhooks.pending


@pytest.mark.parametrize("answer", [200, 202, 204, 301, 304, 400, 404, 410, 429, 499])
def test_anything_below_500_is_delivered(fake: FakeVoipbin, answer: int) -> None:
    inbox = Inbox(answer)
    fake.webhooks.send_to(inbox, URI)
    placed(fake)
    fake.clock.advance(1)
    assert [one.status for one in fake.webhooks.deliveries] == [answer] * 2
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_a_later_try_may_succeed(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503, 503, 200), URI)
    placed(fake)
    fake.clock.advance(1.5)
    tried = [(one.type, one.attempt, one.status) for one in fake.webhooks.deliveries]
    first = "activeflow_created"
    assert tried == [(first, 1, 503), ("call_created", 1, 503), (first, 2, 200), ("call_created", 2, 200)]


def test_an_error_is_kept_in_a_line(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(AssertionError("one\ntwo")), URI)
    placed(fake)
    attempt = fake.webhooks.deliveries[0]
    assert (attempt.error, attempt.status, attempt.delivered) == ("AssertionError: one", None, False)


def test_an_odd_answer_of_a_function_is_told(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: "thanks", URI)
    placed(fake)
    assert fake.webhooks.deliveries[0].error == "TypeError: a receiver answers a status or None, not str"


def test_a_failure_of_the_tests_own_is_no_failed_attempt(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: pytest.fail("stop here"), URI)
    with pytest.raises(pytest.fail.Exception, match="stop here"):
        placed(fake)
    fake.webhooks.send_to(Inbox(), URI)
    fake.clock.advance(0)
    assert [one.status for one in fake.webhooks.deliveries] == [None, 200]


# where they go


def test_nobody_listens_unless_told(fake: FakeVoipbin) -> None:
    placed(fake)
    fake.clock.advance(100)
    assert (list(fake.webhooks.deliveries), fake.webhooks.pending, fake.webhooks.summary()) == ([], 0, "")


def test_a_client_may_say_where_they_go(fake: FakeVoipbin) -> None:
    inbox = Inbox()
    fake.webhooks.mount("https://client.example", inbox)
    api = ProbeClient(FakeTarget(fake))
    require_success(api.put("/customer", {"webhook_uri": f"{URI}?from=voipbin", "webhook_method": "POST"}))
    placed(fake)
    assert inbox.webhooks[0].url == f"{URI}?from=voipbin"
    require_success(api.put("/customer", {"webhook_method": "POST"}))
    fake.clock.advance(100)
    assert len(inbox.webhooks) == 2


def test_each_customer_has_its_own(fake: FakeVoipbin, inbox: Inbox) -> None:
    other = Inbox()
    fake.webhooks.send_to(other, "https://other.example/hooks", customer=fake.customer_admin.customer_id)
    body = {"source": {"type": "tel", "target": "+12025550100"}, "destinations": [ONE]}
    require_success(ProbeClient(FakeTarget(fake)).post("/calls", body, as_="customer_admin"))
    assert inbox.types == []
    assert other.types == ["activeflow_created", "call_created"]
    owner = fake.state.customers[fake.customer_admin.customer_id]
    fake.webhooks.send_to(inbox, URI, customer=owner)
    assert owner.webhook_uri == URI


def test_nobody_is_told_of_the_system_customers_calls(fake: FakeVoipbin, inbox: Inbox) -> None:
    system = fake.add_customer(name="system")
    system.id, system.webhook_uri = SYSTEM, URI
    fake.state.customers.add(system)
    placed(fake)
    fake.webhooks.enqueue(fake.events[0]._replace(customer_id=SYSTEM))
    fake.webhooks.deliver()
    assert len(inbox.webhooks) == len(fake.webhooks.deliveries) == 2


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://nobody.example/hooks", "no receiver is mounted at https://nobody.example"),
        ("https://client.example:8443/hooks", "no receiver is mounted at https://client.example:8443"),
        ("http://client.example/hooks", "no receiver is mounted at http://client.example"),
        ("https://client.example/hooksandmore", "no receiver is mounted at https://client.example"),
        ("http://10.0.0.1/", "no receiver is mounted at http://10.0.0.1"),
        ("http://localhost.example/", "no receiver is mounted at http://localhost.example"),
        ("ftp://client.example/hooks", "is no URL of a webhook"),
        ("client.example/hooks", "is no URL of a webhook"),
        ("https://", "is no URL of a webhook"),
        ("https://[::1/", "is no URL"),
        ("https://user:hunter2@nobody.example/?token=hunter2", "no receiver is mounted at https://nobody.example"),
    ],
)
def test_a_uri_that_leads_nowhere_is_told_and_not_tried(fake: FakeVoipbin, inbox: Inbox, uri: str, why: str) -> None:
    mine(fake).webhook_uri = uri
    placed(fake)
    fake.clock.advance(0.5)
    first, _ = fake.webhooks.deliveries
    assert (first.attempt, first.status, first.delivered) == (0, None, False)
    assert why in first.error
    assert inbox.webhooks == []
    assert "hunter2" not in f"{first} {first!r} {fake.webhooks.summary()}"


def test_the_longest_beginning_decides(fake: FakeVoipbin) -> None:
    boxes = {beginning: Inbox() for beginning in ("https://client.example", f"{URI}/deep", URI)}
    for beginning, box in boxes.items():
        fake.webhooks.mount(beginning, box)
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
        beginning: [one.url.removeprefix("https://client.example") for one in box.webhooks]
        for beginning, box in boxes.items()
    }
    assert urls[f"{URI}/deep"] == ["/hooks/deep/er", "/hooks/deep"]
    assert urls[URI] == ["/hooks/deeper", "/hooks/", "/hooks?x=/deep"]
    assert len(urls["https://client.example"]) == 1


def test_a_receiver_takes_anothers_place(fake: FakeVoipbin, inbox: Inbox) -> None:
    other = Inbox()
    fake.webhooks.mount("HTTPS://CLIENT.example:443/hooks/", other)
    placed(fake)
    assert (len(inbox.webhooks), len(other.webhooks)) == (0, 2)


@pytest.mark.parametrize("uri", ["", "client.example", "ftp://client.example", "https://:x/"])
def test_a_receiver_cannot_be_mounted_at_what_is_no_url(fake: FakeVoipbin, uri: str) -> None:
    with pytest.raises(ValueError, match="is no URL"):
        fake.webhooks.mount(uri, Inbox())


# what a flow sends


def sent(fake: FakeVoipbin, **fields: str) -> Inbox:
    """What a receiver gets that a flow sends something to, with some fields of the action's option."""
    inbox = Inbox()
    fake.webhooks.mount("https://elsewhere.example", inbox)
    option = {"uri": "https://elsewhere.example/x", "method": "PUT", "data_type": "application/json", "data": "{}"}
    placed(fake, actions=[{"type": "webhook_send", "option": {**option, **fields}}])
    fake.clock.advance(100)
    return inbox


def test_a_flow_sends_its_data_as_it_is(fake: FakeVoipbin) -> None:
    data = '{"b": [1.50, "<é>"],  "a": null}'
    (webhook,) = sent(fake, data=data, data_type="application/vnd.example+json").webhooks
    assert (webhook.method, webhook.url) == ("PUT", "https://elsewhere.example/x")
    assert webhook.body == data.encode()
    assert webhook.headers["Content-Type"] == "application/vnd.example+json"
    signature = hmac.new(mine(fake).webhook_secret.encode(), webhook.body, hashlib.sha256).hexdigest()
    expected = None if fake.edition.name == "server-2026-04" else f"sha256={signature}"
    assert webhook.headers.get("X-Voipbin-Signature") == expected
    assert [(one.type, one.event) for one in fake.webhooks.deliveries] == [("webhook_send", None)]


def test_without_a_data_type_there_is_no_content_type(fake: FakeVoipbin) -> None:
    (webhook,) = sent(fake, data_type="", method="").webhooks
    assert "Content-Type" not in webhook.headers
    assert (webhook.method, webhook.body) == ("GET", b"{}")


@pytest.mark.parametrize("data", ["", "hello", "{", "NaN", "[Infinity]", "'x'", "[" * 100_000])
def test_what_is_no_json_is_not_sent(fake: FakeVoipbin, data: str) -> None:
    assert sent(fake, data=data).webhooks == []
    assert list(fake.webhooks.deliveries) == []
    (call,) = fake.calls.values()
    assert call.status == "hangup"


# to and fro


def test_a_snapshot_has_what_is_on_its_way(fake: FakeVoipbin) -> None:
    inbox = Inbox(503, 503, 200)
    fake.webhooks.send_to(inbox, URI)
    placed(fake)
    before = fake.snapshot()
    fake.clock.advance(1.5)
    after = [str(one) for one in fake.webhooks.deliveries]
    assert (fake.webhooks.pending, len(after)) == (0, 4)
    for _ in range(2):
        fake.restore(before)
        assert (fake.webhooks.pending, len(fake.webhooks.deliveries)) == (2, 2)
        fake.clock.advance(1.5)
        assert [str(one) for one in fake.webhooks.deliveries] == after


def test_a_reset_forgets_receivers_and_all(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.webhooks.faults.add("drop")
    placed(fake)
    fake.reset()
    assert (list(fake.webhooks.deliveries), fake.webhooks.faults.pending) == ([], ())
    seen = len(inbox.webhooks)
    placed(fake)
    mine(fake).webhook_uri = URI
    fake.clock.advance(100)
    assert len(inbox.webhooks) == seen
    assert fake.webhooks.deliveries[0].attempt == 0


def test_restoring_is_allowed_in_the_midst_of_a_delivery(fake: FakeVoipbin) -> None:
    before = fake.snapshot()
    fake.webhooks.send_to(lambda webhook: fake.restore(before), URI)
    placed(fake)
    assert not fake.webhooks.pending
    inbox = Inbox()
    fake.webhooks.send_to(inbox, URI)
    placed(fake)
    assert inbox.types == ["activeflow_created", "call_created"]


# what is shown


def test_the_story_has_a_line_of_them(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503, 200), f"{URI}?key=hunter2")
    placed(fake)
    assert "webhooks: 1 delivered, 1 attempts failed, 1 on their way\n" in fake.transcript()
    assert f"\n  activeflow_created to {URI}: 503" in fake.transcript()
    fake.clock.advance(1)
    assert fake.webhooks.summary().startswith("webhooks: 2 delivered, 1 attempts failed, 0 on their way")
    assert "hunter2" not in fake.transcript()


def test_the_story_names_a_few_failures_only(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(Inbox(503), URI)
    placed(fake)
    fake.clock.advance(100)
    lines = fake.webhooks.summary().splitlines()
    assert len(lines) == 7
    assert lines[-1] == "  and 22 more attempts that failed"
    assert f"  activeflow_created to {URI}, try 2: 503" in lines


def test_no_secret_is_shown_anywhere(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.webhooks.send_to(Inbox(ValueError("no")), f"{URI}?secret=hunter2")
    ProbeClient(FakeTarget(fake)).get("/customer")
    placed(fake)
    shown = [fake.transcript(), fake.webhooks.summary(), repr(list(fake.webhooks.deliveries)), repr(mine(fake))]
    shown += [repr(one) for one in (*inbox.webhooks, *fake.events[:1])]
    assert mine(fake).webhook_secret not in "".join(shown)
    assert "hunter2" not in "".join(map(str, fake.webhooks.deliveries))


def test_a_webhooks_repr_is_brief() -> None:
    fake = FakeVoipbin()
    inbox = Inbox()
    fake.webhooks.send_to(inbox, f"{URI}?token=hunter2")
    placed(fake)
    webhook = inbox.webhooks[0]
    assert repr(webhook) == f"<Webhook POST {URI}, {len(webhook.body)} bytes>"


def test_json_that_is_none_is_an_error() -> None:
    with pytest.raises(json.JSONDecodeError):
        Webhook("POST", URI, None, b"{").json()  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(["ring", "answer", "hangup", "advance", "poll"]), max_size=8), st.integers(0, 3))
def test_every_event_arrives_once_and_in_order(moves: list[str], failures: int) -> None:
    """Whatever happens, and however often a try fails, as long as the third one works."""
    fake = FakeVoipbin()
    inbox = Inbox(*[503] * min(failures, 2), 200)
    fake.webhooks.send_to(inbox, URI)
    call, api = fake.calls[placed(fake)], ProbeClient(FakeTarget(fake))
    for move in moves:
        if move == "advance":
            fake.clock.advance(1.5)
        elif move == "poll":
            require_success(api.get(f"/calls/{call.id}"))
        elif move == "hangup":
            require_success(api.post(f"/calls/{call.id}/hangup"))
        elif (move, call.status) in (("ring", "dialing"), ("answer", "dialing"), ("answer", "ringing")):
            getattr(call, move)()
    fake.clock.advance(5000)
    arrived = [one.event for one in fake.webhooks.deliveries if one.delivered]
    assert sorted(map(id, arrived)) == sorted(map(id, fake.events))
    if not failures:
        assert arrived == list(fake.events)
    times = [one.at for one in fake.webhooks.deliveries]
    assert times == sorted(times)

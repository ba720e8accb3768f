"""The inspector's sidebar: credentials to copy, carriers, webhooks and pending faults."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Page, expect
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .conftest import Window, World
from .locators import button

URI = "https://client.example/hooks"


# credentials


async def clipboard(page: Page) -> str:
    """Return the text in the clipboard."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text


async def test_credentials_are_copied_and_never_shown(page: Page, world: World) -> None:
    user = page.locator("[name=user]")
    await expect(user.locator("option")).to_have_text(
        ["super_admin", "customer_admin", "customer_manager", "customer_agent"]
    )
    agent = world.fake.super_admin
    for name, value in (("token", agent.token), ("access key", agent.accesskey), ("password", agent.password)):
        await button(page, f"Copy {name}").click()
        await expect(page.locator("#copied")).to_have_text(f"Copied the {name} of super_admin")
        assert await clipboard(page) == value
        assert value not in await page.content()
    await user.select_option("customer_agent")
    await button(page, "Copy username").click()
    await expect(page.locator("#copied")).to_have_text("Copied the username of customer_agent")
    assert await clipboard(page) == world.fake.customer_agent.username
    await button(page, "Copy base URL").click()
    await expect(page.locator("#copied")).to_have_text("Copied the base URL")
    assert await clipboard(page) == f"{world.url}/v1.0"


async def test_seeded_users_are_offered(page: Page, world: World) -> None:
    seed = {"agents": [{"username": "alice", "permission": "customer_manager"}]}
    world.client.post(f"{world.url}/_fake/seed", json=seed).raise_for_status()
    user = page.locator("[name=user]")
    await expect(user.locator("option").last).to_have_text("alice (customer_manager)")
    await user.select_option("alice")
    await button(page, "Copy token").click()
    await expect(page.locator("#copied")).to_have_text("Copied the token of alice")
    alice = next(agent for agent in world.fake.state.agents.values() if agent.username == "alice")
    assert await clipboard(page) == alice.token


async def test_a_page_without_a_secure_context_copies_too(page: Page, world: World) -> None:
    await page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    await button(page, "Copy token").click()
    await expect(page.locator("#copied")).to_have_text("Copied the token of super_admin")
    await expect(button(page, "Copy token")).to_be_focused()
    assert await clipboard(page) == world.fake.super_admin.token
    assert world.fake.super_admin.token not in await page.content()


async def test_a_failed_copy_is_explained(page: Page, window: Window) -> None:
    await page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    await page.evaluate("document.execCommand = () => false")
    await button(page, "Copy token").click()
    await expect(page.get_by_role("alert")).to_contain_text("this browser does not allow the page to copy text")


# carriers and faults


async def test_a_deleted_provider_is_not_shown_as_healthy(page: Page, world: World) -> None:
    provider = world.fake.add_provider(name="flaky")
    card = page.locator("#carriers > li").last
    await expect(card.locator(".health")).to_have_text(provider.health_status)
    world.fake.delete_provider(provider.id)
    await expect(card.locator(".health")).to_have_text("deleted")


async def test_in_manual_no_script_is_shown_as_active(page: Page) -> None:
    await expect(page.locator("#carriers")).to_contain_text("No script; in the lifecycle manual, you control each call")


async def test_a_pending_fault_is_described_in_the_present(page: Page, world: World) -> None:
    world.fake.faults.add("drop", path="/calls", nth=3, times=2)
    fault = page.locator("#faults")
    await expect(fault).to_contain_text("VoIPbin processes the request, and the connection is closed")
    await expect(fault).to_contain_text("any /calls, from match 3, 0 so far, at most 2")
    for count in range(2):
        world.client.get("/calls")
        if count == 0:
            await expect(fault).to_contain_text("from match 3, 1 so far")
    await expect(fault).to_contain_text("any /calls, at most 2")
    with pytest.raises(Exception, match="disconnected"):
        world.client.get("/calls")
    await expect(fault).to_contain_text("triggered 1 time, at most 2")


# webhooks


async def test_deliveries_pending_webhooks_and_the_reason_of_a_failure_are_shown(page: Page, world: World) -> None:
    await expect(page.get_by_text("No webhooks yet.")).to_be_visible()
    results = [500]
    world.fake.webhooks.send_to(lambda _: results.pop() if results else 200, URI)
    world.fake.webhooks.faults.add("drop", "call_created")
    world.place()
    await expect(page.locator("#webhooks-summary")).to_have_text("0 delivered, 1 failed attempt, 1 not sent, 1 pending")
    await expect(page.locator("#deliveries li")).to_have_text(
        [re.compile("call_created not sent.*dropped by a webhook fault"), re.compile("activeflow_created 500, failed")]
    )
    await expect(page.locator("#queue")).to_contain_text("activeflow_created pending")
    await button(page, "+1 s").click()
    await expect(page.locator("#deliveries li").first).to_contain_text(f"to {URI}, attempt 2")
    await expect(page.locator("#queue li")).to_have_count(0)


async def test_a_webhook_without_a_receiver_is_explained(page: Page, world: World) -> None:
    world.client.put("/customer", json={"webhook_uri": URI, "webhook_method": "POST"})
    world.fake.webhooks._customer(None).webhook_uri = URI
    world.place()
    await expect(page.locator("#deliveries")).to_contain_text("no receiver is mounted at https://client.example")


async def test_a_webhook_fault_is_injected(page: Page, world: World) -> None:
    await page.get_by_text("Inject a webhook fault").click()
    seconds = page.locator("#webhook-fault-form [name=seconds]")
    await expect(seconds).to_be_hidden()
    await button(page, "Add webhook fault").click()
    await expect(page.locator("#webhook-faults")).to_contain_text("drop: the webhook is never sent")
    await page.get_by_label("Kind of webhook fault").select_option("delay")
    await page.locator("#webhook-fault-form [name=event]").fill("call_hangup")
    await page.get_by_label("From match").fill("2")
    await seconds.fill("7")
    await button(page, "Add webhook fault").click()
    await expect(page.locator("#webhook-faults li").last).to_have_text(
        "delay: the webhook is sent 7 s latercall_hangup, from match 2, 0 so far"
    )
    await page.locator("#webhook-fault-form [name=event]").fill("call_hangupp")
    await button(page, "Add webhook fault").click()
    await expect(page.get_by_role("alert")).to_contain_text("did you mean 'call_hangup'?")
    await button(page, "Clear webhook faults").click()
    await expect(page.locator("#webhooks-head")).to_be_focused()
    assert world.fake.webhooks.faults.pending == ()


# WebSockets


async def test_connections_their_topics_and_messages_are_shown(page: Page, world: World) -> None:
    await expect(page.get_by_text("No WebSockets yet.")).to_be_visible()
    socket = ProbeClient(FakeTarget(world.fake)).open_websocket()
    await expect(page.locator("#websockets")).to_contain_text("No subscription yet")
    topic = f"customer_id:{world.fake.super_admin.customer_id}:call"
    socket.send(json.dumps({"type": "subscribe", "topics": [topic]}))
    world.place()
    await expect(page.locator("#websockets-summary")).to_have_text("1 opened, 1 open, 1 message sent")
    await expect(page.locator("#websockets li").first).to_contain_text("#1 of super-admin open")
    await expect(page.locator("#websockets .script li")).to_have_text([topic])
    await expect(page.locator("#sent-messages li")).to_have_text([re.compile(f"call_created to #1.*{topic}:")])
    world.fake.websockets[0].close(1012, "restart")
    await expect(page.locator("#websockets > li")).to_contain_text("closed with 1012")
    await expect(page.locator("#websockets > li")).to_contain_text("VoIPbin's end closed it: restart")


# INVITEs


async def test_the_invites_of_all_routes_are_shown(page: Page, world: World) -> None:
    flaky = world.fake.add_provider(name="flaky", hostname="sip.flaky.example")
    world.fake.add_route(flaky)
    source = {"type": "tel", "target": "+12025550100"}
    body = {"source": source, "destinations": [{"type": "tel", "target": "+12025550142"}]}
    call = world.fake.calls[world.client.post("/calls", json=body).json()["calls"][0]["id"]]
    await expect(page.locator("#invite-head")).to_have_text("INVITE")
    call.reject(503)
    await expect(page.locator("#invite-head")).to_have_text("INVITEs of 2 routes, in order")
    await expect(page.locator("#invite")).to_have_text(
        re.compile("@sip.flaky.example.*@sip.carrier.example", re.DOTALL)
    )

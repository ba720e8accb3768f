"""The inspector, used with the mouse."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Page, expect
from pytest_providercalls.fake_server.calls.carriers import Carrier
from pytest_providercalls.fake_server.transports.faults import KINDS

from .conftest import Window, World
from .locators import button, head, rows


async def test_a_call_is_placed_rings_is_answered_and_ends(page: Page, world: World) -> None:
    await expect(page.get_by_text("No calls yet.")).to_be_visible()
    await expect(page.get_by_text(f"{world.url}/v1.0")).to_be_visible()
    call = world.place()
    await expect(rows(page)).to_have_text([re.compile(r"\+12025550142 dialing from \+12025550100")])
    await expect(page.locator("#calls h3")).to_contain_text("carrier")
    call.ring()
    await expect(head(page)).to_have_text("Call to +12025550142: ringing")
    await expect(page).to_have_title(re.compile("1 ringing"))
    await button(page, "Answer").click()
    await expect(head(page)).to_have_text("Call to +12025550142: progressing")
    assert world.fake.calls[call.id].status == "progressing"
    await button(page, "+60 s").click()
    await expect(head(page)).to_have_text("Call to +12025550142: ended, normal")
    await expect(page.locator("#transitions")).to_be_hidden()
    await expect(page.locator("#said li")).to_have_text(["Hello"])
    await expect(page.locator("#cost")).to_have_text("$0.01")
    await expect(page.locator("#ledger td").first).to_have_text("+12025550142")
    directions = [await step.get_attribute("data-direction") for step in await page.locator("#ladder li").all()]
    assert directions[:4] == ["client-voipbin", "voipbin-carrier", "carrier-voipbin", "carrier-voipbin"]
    await expect(page.locator("#ladder li").nth(1)).to_contain_text("INVITE sip:+12025550142@sip.carrier.example")
    await expect(page.locator("#ladder li").nth(2)).to_have_text(re.compile("carrier to VoIPbin: 180 Ringing"))
    await expect(page.locator("#call-rules")).to_contain_text("Every started minute is charged.")


async def test_a_call_has_exactly_its_available_transitions(page: Page, world: World) -> None:
    call = world.place()
    shown = page.locator("#transitions form:visible button")
    await expect(shown).to_have_text(["Ring", "Answer", "Reject", "Hang up"])
    await button(page, "Ring").click()
    await expect(shown).to_have_text(["Answer", "Reject", "Hang up"])
    await button(page, "Answer").click()
    await expect(shown).to_have_text(["Press", "Hang up"])
    assert await page.locator("[name=reason] option").all_text_contents() == ["normal", "timeout", "amd"]
    await page.get_by_label("Digits").fill("12#")
    await button(page, "Press").click()
    await page.get_by_label("Reason").select_option("timeout")
    await button(page, "Hang up").click()
    await expect(head(page)).to_have_text("Call to +12025550142: ended, timeout")
    assert world.fake.calls[call.id].hangup_reason == "timeout"


async def test_a_carrier_rejects_a_call_with_the_given_sip_response(page: Page, world: World) -> None:
    call = world.place()
    await page.get_by_label("SIP response").fill("603")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ladder")).to_contain_text("603 Decline")
    assert world.fake.calls[call.id].sip == 603


async def test_an_error_is_explained(page: Page, world: World) -> None:
    world.place()
    await page.get_by_label("SIP response").fill("200")
    await button(page, "Reject").click()
    await expect(page.get_by_role("alert")).to_contain_text("a carrier cannot reject with 200")
    await page.get_by_label("SIP response").fill("404")
    await button(page, "Reject").click()
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_refused_request_is_explained(page: Page, world: World) -> None:
    assert world.post(provider_id="00000000-0000-0000-0000-00000000abcd").status_code == 400
    await expect(head(page)).to_have_text("POST /v1.0/providercalls: 400, refused")
    await expect(rows(page, "requests")).to_contain_text(["PC-PRE-01"])
    await expect(page.locator("#explanation")).to_contain_text("provider_id must be the id of an existing provider")
    await expect(page.locator("#explanation")).to_contain_text("hint: List the providers")
    await expect(page.locator("#request-rules li").first).to_contain_text("refused PC-PRE-01")
    await expect(page.locator("#request-body")).to_contain_text('"provider_id": "00000000-0000-0000-0000-00000000abcd"')
    await expect(page.locator("#response-body")).to_contain_text('"message": "provider not found"')


async def test_notes_and_warnings_are_shown(page: Page, world: World) -> None:
    world.post(flow="", destinations=[{"type": "tel", "target": "+12025550142"}, {"type": "email", "target": "a@b.c"}])
    await rows(page, "requests").click()
    await expect(page.locator("#notes li")).to_have_count(2)
    await expect(page.locator("#notes")).to_contain_text("ignores the field `flow` (did you mean 'flow_id'?)")
    await expect(page.locator("#calls h3")).to_contain_text("1 of 2 not dialled")


async def test_calls_without_a_providercall_are_listed_separately(page: Page, world: World) -> None:
    world.place()
    address = {"type": "tel", "target": "+12025550100"}
    body = {"flow_id": world.flow.id, "source": address, "destinations": [{**address, "target": "+12025550160"}]}
    assert world.client.post("/calls", json=body).status_code == 200
    await expect(page.locator("#calls-list li")).to_contain_text(
        ["carrier", "+12025550142", "Other calls", "+12025550160"]
    )


async def test_a_fault_is_injected(page: Page, world: World) -> None:
    await page.get_by_label("Status").fill("429")
    await page.get_by_label("Retry-After").fill("7")
    await button(page, "Add fault").click()
    await expect(page.locator("#faults")).to_contain_text("429 is returned")
    response = world.post()
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    await expect(page.locator("#faults li")).to_have_count(0)
    await expect(rows(page, "requests")).to_contain_text(["fault"])
    await page.get_by_label("Kind of fault").select_option("drop")
    await page.get_by_label("When").select_option("connect")
    await page.get_by_label("Path").fill("/nowhere")
    await button(page, "Add fault").click()
    await expect(page.get_by_role("alert")).to_contain_text("VoIPbin has no path '/nowhere'")
    await page.get_by_label("Path").fill("*")
    await button(page, "Add fault").click()
    await expect(page.locator("#faults li")).to_have_count(1)
    with pytest.raises(httpx.TransportError):
        world.post()
    await expect(page.locator("#faults li")).to_have_count(0)
    await button(page, "Add fault").click()
    await expect(page.locator("#faults li")).to_have_count(1)
    await button(page, "Clear faults").click()
    await expect(page.locator("#faults-head")).to_be_focused()
    assert world.fake.faults.pending == ()


async def test_each_kind_of_fault_has_its_options(page: Page, world: World) -> None:
    kinds = page.get_by_label("Kind of fault")
    values = [await option.get_attribute("value") for option in await kinds.locator("option").all()]
    assert set(values) == set(KINDS)
    for kind, options in KINDS.items():
        await kinds.select_option(kind)
        moments = await page.get_by_label("When").locator("option").all()
        assert [await moment.get_attribute("value") for moment in moments] == list(options.moments)
        fields = await page.locator(
            "#fault-form label:visible :is([name=status], [name=retry_after], [name=seconds])"
        ).all()
        assert {await one.get_attribute("name") for one in fields} >= set(options.requires)
        await button(page, "Add fault").click()
        await expect(page.locator("#faults")).to_contain_text(f"{kind} ({next(iter(options.moments))})")


async def test_the_clock_snapshots_and_the_reset(page: Page, world: World) -> None:
    now = page.locator("#now")
    await expect(now).to_have_text("2026-04-21 23:15:00 UTC")
    await page.get_by_label("Seconds").first.fill("86400")
    await button(page, "Advance").click()
    await expect(now).to_have_text("2026-04-22 23:15:00 UTC")
    world.place()
    await rows(page).click()
    await button(page, "Take a snapshot").click()
    await button(page, "Reset").click()
    await button(page.locator("#reset-dialog"), "Cancel").click()
    await expect(rows(page)).to_have_count(1)
    await button(page, "Reset").click()
    await button(page.locator("#reset-dialog"), "Reset").click()
    await expect(rows(page)).to_have_count(0)
    await expect(head(page)).to_have_text("Nothing selected")
    await button(page, "Restore snapshot 1").click()
    await expect(rows(page)).to_have_count(1)
    await button(page, "Delete snapshot 1").click()
    await expect(page.locator("#snapshots-head")).to_be_focused()
    await expect(page.locator("#snapshots li")).to_have_count(0)


async def test_carriers_are_shown_with_their_scripts(page: Page, world: World) -> None:
    Carrier(world.fake.world, world.fake.provider).busy(destination="+12025550143").unreachable()
    carriers = page.locator("#carriers")
    await expect(carriers).to_contain_text("calls to +12025550143: rings after 2 s, is rejected with 486 after 4 s")
    await expect(carriers).to_contain_text("unhealthy")


async def test_a_lost_connection_is_shown_and_restored(page: Page, world: World, window: Window) -> None:
    world.place()
    await expect(page.locator("#connection")).to_have_text("live")
    await expect(rows(page)).to_have_count(1)
    world.stop()
    await expect(page.get_by_role("status").first).to_contain_text("Connection lost.")
    await button(page, "+1 s").click()
    await expect(page.get_by_role("alert")).to_contain_text("the server does not respond")
    await expect(rows(page)).to_have_count(1)
    world.start()
    await expect(page.locator("#connection")).to_have_text("live")
    world.place()
    await expect(rows(page)).to_have_count(2)
    assert {text.partition(": net::")[0] for text in window.problems} == {"Failed to load resource"}
    window.problems.clear()


async def test_only_the_newest_calls_are_shown(page: Page, world: World) -> None:
    for _ in range(25):
        world.place(*["+12025550142"] * 10)
    await expect(page.locator("#calls-count")).to_have_text("200 of 250")
    await expect(rows(page)).to_have_count(200)


async def test_the_reference_page(page: Page) -> None:
    await page.get_by_role("link", name="API").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The control API of the fake VoIPbin")
    await page.get_by_role("link", name="POST /_fake/clock/advance").click()
    await expect(page.locator("#advance + p")).to_contain_text("Advance the clock")

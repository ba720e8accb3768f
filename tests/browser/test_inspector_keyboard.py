"""The inspector, used with the keyboard while new calls arrive."""

from __future__ import annotations

import asyncio

from playwright.async_api import Page, Route, expect

from .conftest import World
from .locators import button, head, rows


async def test_everything_can_be_done_with_the_keyboard(page: Page, world: World) -> None:
    first, second = world.place("+12025550141"), world.place("+12025550142")
    await expect(rows(page)).to_have_count(2)
    press = page.keyboard.press
    await press("c")
    await expect(rows(page).first).to_be_focused()
    await press("ArrowDown")
    await expect(rows(page).nth(1)).to_be_focused()
    await expect(rows(page).nth(1)).to_have_attribute("aria-current", "true")
    await press("r")
    await expect(head(page)).to_have_text("Call to +12025550141: ringing")
    await press("a")
    await expect(head(page)).to_have_text("Call to +12025550141: progressing")
    await press("d")
    await page.keyboard.type("1a#")
    await expect(page.get_by_label("Digits")).to_have_value("1a#")
    await press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("digits")
    await press("Tab")
    await expect(button(page, "Hang up")).to_be_focused()
    await press("h")
    await expect(head(page)).to_have_text("Call to +12025550141: ended, normal")
    await expect(head(page)).to_be_focused()
    await press("k")
    await expect(head(page)).to_have_text("Call to +12025550142: dialing")
    await press("x")
    await expect(head(page)).to_have_text("Call to +12025550142: ended, busy")
    await press("Enter")
    await expect(head(page)).to_be_focused()
    await press("q")
    await expect(rows(page, "requests").first).to_be_focused()
    await press("End")
    await expect(head(page)).to_contain_text("POST /v1.0/providercalls")
    await press("Escape")
    await expect(head(page)).to_contain_text("Call to +12025550142")
    await press("2")
    await expect(page.locator("#now")).to_have_text("2026-04-21 23:15:10 UTC")
    await press("s")
    await expect(page.locator("#snapshots li")).to_have_count(1)
    assert (world.fake.calls[first.id].hangup_reason, world.fake.calls[second.id].sip) == ("normal", 486)


async def test_shortcuts_are_listed_and_can_be_disabled(page: Page, world: World) -> None:
    call = world.place()
    await expect(rows(page)).to_have_count(1)
    await page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(help).to_contain_text("answer the call")
    await page.keyboard.press("a")
    await help.get_by_label("Enable keyboard shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await expect(help).to_be_hidden()
    await page.keyboard.press("a")
    await page.reload()
    await expect(rows(page)).to_have_count(1)
    await page.keyboard.press("a")
    await button(page, "Ring").click()
    await expect(head(page)).to_have_text("Call to +12025550142: ringing")
    assert world.fake.calls[call.id].status == "ringing"


async def test_updates_keep_focus_selection_and_input(page: Page, world: World) -> None:
    call = world.place()
    call.answer()
    await rows(page).focus()
    await page.keyboard.press("Home")
    row = await rows(page).element_handle()
    for _ in range(5):
        world.place("+12025550101", "+12025550102")
    await expect(rows(page)).to_have_count(11)
    await expect(rows(page).last).to_be_focused()
    assert await row.evaluate("row => row.isConnected && row === document.activeElement")
    await expect(head(page)).to_have_text("Call to +12025550142: progressing")
    await page.get_by_label("Digits").fill("12")
    await page.get_by_label("Reason").select_option("amd")
    await page.get_by_label("Digits").focus()
    world.place("+12025550103")
    await expect(rows(page)).to_have_count(12)
    await expect(page.get_by_label("Digits")).to_be_focused()
    await expect(page.get_by_label("Digits")).to_have_value("12")
    await expect(page.get_by_label("Reason")).to_have_value("amd")


async def test_a_button_applies_to_the_call_that_was_shown_when_it_got_the_focus(page: Page, world: World) -> None:
    first = world.place("+12025550141")
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await button(page, "Answer").focus()
    world.place("+12025550142")
    await expect(rows(page)).to_have_count(2)
    await page.keyboard.press("Enter")
    await expect(head(page)).to_have_text("Call to +12025550141: progressing")
    await expect(head(page)).to_be_focused()
    assert world.fake.calls[first.id].status == "progressing"


async def test_a_shortcut_applies_to_the_call_that_was_selected_last(page: Page, world: World) -> None:
    first, second = world.place("+12025550141"), world.place("+12025550142")
    await expect(head(page)).to_have_text("Call to +12025550142: dialing")
    pressed = asyncio.Event()

    async def delay(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    await page.route(f"**/calls/{first.id}", delay)
    for key in ("c", "ArrowDown", "a"):
        await page.keyboard.press(key)
    pressed.set()
    await expect(head(page)).to_have_text("Call to +12025550141: progressing")
    await page.unroute_all()
    assert world.fake.calls[second.id].status == "dialing"


async def test_a_double_click_is_one_transition(page: Page, world: World) -> None:
    call = world.place()
    await button(page, "Ring").dblclick()
    await expect(head(page)).to_have_text("Call to +12025550142: ringing")
    await expect(page.get_by_role("alert")).to_be_hidden()
    assert world.fake.calls[call.id].status == "ringing"


async def test_the_selection_survives_a_reload(page: Page, world: World) -> None:
    world.place("+12025550141")
    world.place("+12025550142")
    await rows(page).nth(1).click()
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await page.reload()
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await button(page, "Follow the newest").click()
    await expect(head(page)).to_have_text("Call to +12025550142: dialing")

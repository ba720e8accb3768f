"""The inspector's list of requests: all of them, its filter, and the way from a row to the details."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from pytest_providercalls.contracts.http import Request

from .conftest import World
from .locators import button, head, rows

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LANDSCAPE = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}


def send(world: World, count: int, path: str = "/v1.0/ping", method: str = "GET") -> None:
    """Send requests without a socket."""
    for _ in range(count):
        world.fake.handle(Request(method, path))


async def test_requests_older_than_the_overview_are_listed(page: Page, world: World) -> None:
    send(world, 1, "/v1.0/first")
    send(world, 60)
    await expect(page.locator("#requests-count")).to_have_text("61")
    await expect(rows(page, "requests")).to_have_count(61)
    await expect(rows(page, "requests").last).to_contain_text("GET /first")
    await rows(page, "requests").last.click()
    await expect(head(page)).to_contain_text("GET /v1.0/first")


async def test_thousands_of_requests_are_listed_and_found(page: Page, world: World) -> None:
    send(world, 1, "/v1.0/needle")
    send(world, 4000)
    await expect(page.locator("#requests-count")).to_have_text("4001")
    # Rows are added when the end of the list is reached.
    await expect(rows(page, "requests")).to_have_count(200)
    await page.locator("#requests-list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    await expect(rows(page, "requests")).to_have_count(400)
    await page.get_by_label("Filter the requests").fill("needle")
    await expect(rows(page, "requests")).to_have_text([re.compile("GET /needle")])
    await expect(page.locator("#requests-count")).to_have_text("1 of 4001")
    await page.get_by_label("Filter the requests").fill("")
    await expect(rows(page, "requests")).to_have_count(200)
    await rows(page, "requests").first.focus()
    await page.keyboard.press("End")
    await expect(rows(page, "requests").last).to_be_focused()
    await expect(rows(page, "requests").last).to_contain_text("#1")


async def test_the_filter_has_a_method_a_text_and_an_outcome(page: Page, world: World) -> None:
    world.place()
    world.post(provider_id="0")
    world.client.get("/calls")
    world.fake.faults.add("error", status=503, path="/calls")
    world.client.get("/calls")
    shown = rows(page, "requests")
    await expect(shown).to_have_count(4)
    method, outcome = page.get_by_label("Filter by method"), page.get_by_label("Filter by outcome")
    await method.select_option("GET")
    await expect(shown).to_have_text([re.compile("^GET /calls 503, fault"), re.compile("^GET /calls 200")])
    await method.select_option("")
    for value, statuses in (
        ("refused", ["400"]),
        ("failed", ["503", "400"]),
        ("succeeded", ["200", "200"]),
        ("fault", ["503"]),
    ):
        await outcome.select_option(value)
        await expect(shown.locator(".status")).to_have_text([re.compile(status) for status in statuses])
    await outcome.select_option("")
    # A status, a rule, and several words that all match.
    for text, count in (("503", 1), (world.fake.requests[1].refused_by or "", 1), ("calls 200", 2), ("nothing", 0)):
        await page.get_by_label("Filter the requests").fill(text)
        await expect(shown).to_have_count(count)
    await expect(page.get_by_text("No request matches the filter.")).to_be_visible()
    world.client.get("/nothing")
    await expect(shown).to_have_count(1)


async def test_a_filter_stays_while_requests_arrive_and_has_a_shortcut(page: Page, world: World) -> None:
    world.place()
    await expect(rows(page, "requests")).to_have_count(1)
    await page.keyboard.press("/")
    await expect(page.get_by_label("Filter the requests")).to_be_focused()
    await page.keyboard.type("ping")
    send(world, 3)
    await expect(rows(page, "requests")).to_have_count(3)
    await expect(page.get_by_label("Filter the requests")).to_be_focused()


async def test_a_restored_state_has_its_own_requests(page: Page, world: World) -> None:
    send(world, 70, "/v1.0/before")
    await expect(page.locator("#requests-count")).to_have_text("70")
    await button(page, "Take a snapshot").click()
    await expect(button(page, "Restore snapshot 1")).to_be_visible()
    world.fake.reset()
    send(world, 80, "/v1.0/after")
    await expect(page.locator("#requests-count")).to_have_text("80")
    await expect(rows(page, "requests")).to_have_text([re.compile("/after")] * 80)
    await button(page, "Restore snapshot 1").click()
    await expect(rows(page, "requests")).to_have_text([re.compile("/before")] * 70)


async def test_a_reset_is_noticed_after_as_many_requests(page: Page, world: World) -> None:
    send(world, 70, "/v1.0/before")
    await expect(rows(page, "requests")).to_have_count(70)
    world.fake.reset()
    send(world, 70)
    send(world, 1, "/v1.0/other")
    await expect(rows(page, "requests").first).to_contain_text("/other")
    await expect(rows(page, "requests").last).to_contain_text("/ping")


@pytest.mark.parametrize("look", [PHONE, LANDSCAPE], indirect=True, ids=["portrait", "landscape"])
async def test_a_tap_scrolls_to_the_details(page: Page, world: World, look: dict[str, Any]) -> None:
    world.place("+12025550142")
    send(world, 30)
    height = look["viewport"]["height"]
    for row in (rows(page).first, rows(page, "requests").nth(2)):
        await expect(row).to_be_attached()
        await row.scroll_into_view_if_needed()
        await row.tap()
        await expect(head(page)).to_be_in_viewport()
        box = await head(page).bounding_box()
        assert box is not None and 0 <= box["y"] < height / 2


async def test_the_details_are_shown_from_their_beginning(page: Page, world: World) -> None:
    world.place()
    world.post(note="x\n" * 5000)
    # The newest is the first one, once it is shown.
    await expect(rows(page, "requests")).to_have_count(2)
    await rows(page, "requests").first.click()
    await expect(page.locator("#request-body")).to_contain_text("note")
    await page.locator("#detail").evaluate("detail => detail.scrollTo(0, detail.scrollHeight)")
    await rows(page, "requests").last.click()
    await expect(head(page)).to_be_in_viewport()

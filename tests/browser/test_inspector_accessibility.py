"""The inspector is accessible: contrast, narrow windows and reduced motion."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from .conftest import World
from .locators import button, head, rows

BOTH = pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"]
)


@BOTH
async def test_it_is_accessible(page: Page, world: World, look: dict[str, Any]) -> None:
    world.fake.faults.add("drop", path="/calls/*", nth=9)
    world.fake.webhooks.send_to(lambda _: 500, "https://client.example/hooks")
    world.fake.webhooks.faults.add("drop", "call_ringing", nth=9)
    world.fake.delete_provider(world.fake.add_provider(name="deleted").id)
    world.place("+12025550141").reject(486)
    world.place("+12025550142").answer()
    world.fake.clock.advance(60)
    world.place("+12025550143").ring()
    world.post(provider_id="0")
    await button(page, "Take a snapshot").click()
    await expect(page.locator("#snapshots li")).to_have_count(1)
    await page.locator("details").evaluate("details => details.open = true")
    for row in (rows(page).nth(1), rows(page, "requests").first):
        await row.click()
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (look["color_scheme"] == "dark")


@pytest.mark.parametrize("look", [{"viewport": {"width": 320, "height": 800}}], indirect=True)
async def test_it_fits_a_narrow_window(page: Page, world: World) -> None:
    world.place("+12025550142", source={"type": "tel", "target": "+12025550100", "target_name": "n" * 300}).answer()
    world.client.get(f"/{'long' * 100}")
    await rows(page).click()
    await expect(head(page)).to_be_focused()
    await expect(head(page)).to_be_in_viewport()
    await expect(rows(page, "requests")).to_have_count(2)
    await rows(page, "requests").first.click()
    await expect(head(page)).to_contain_text("long")
    assert await page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("look", [{"reduced_motion": "reduce"}], indirect=True)
async def test_reduced_motion_is_respected(page: Page, world: World) -> None:
    world.place().ring()
    await expect(rows(page)).to_contain_text(["ringing"])
    assert await page.locator("#calls-list .dot").evaluate("dot => getComputedStyle(dot).animationName") == "none"

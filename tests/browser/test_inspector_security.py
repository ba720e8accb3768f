"""The inspector with malicious data: nothing is executed, and no credentials are shown."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection

import httpx
from playwright.async_api import Page, expect
from pytest_providercalls.fake_server.calls.carriers import Carrier

from .conftest import Window, World
from .locators import head, rows

RUNS = "<img/src=x/onerror=\"document.title='run'\"><script>document.title='run'</script>"


async def test_client_data_is_shown_as_text(page: Page, world: World) -> None:
    provider = world.fake.add_provider(name=RUNS, hostname=RUNS, tech_headers={"X-Header": RUNS})
    Carrier(world.fake.world, provider).busy(destination=RUNS)
    flow = world.fake.add_flow([{"type": "talk", "option": {"text": RUNS}}])
    source = {"type": "tel", "target": "+12025550100", "target_name": RUNS}
    call = world.place("+12025550142", provider_id=provider.id, flow_id=flow.id, source=source)
    call.answer()
    world.fake.clock.advance(0.5)
    # Unescaped; httpx would escape it.
    with closing(HTTPConnection("127.0.0.1", world.port)) as connection:
        connection.request("GET", f"/{RUNS}?{RUNS}", headers={"X-Header": RUNS})
        connection.getresponse().read()
    world.client.post("/providercalls", content=RUNS)
    for place in ("#calls-list", "#said", "#invite", "#ladder", "#carriers"):
        await expect(page.locator(place)).to_contain_text("<script>")
    await expect(rows(page, "requests")).to_have_count(3)
    await rows(page, "requests").nth(0).click()
    await expect(page.locator("#request-body")).to_have_text(RUNS)
    await rows(page, "requests").nth(1).click()
    await expect(head(page)).to_contain_text(f"GET /{RUNS}?{RUNS}")
    await page.goto(f"{world.url}/_fake/ui#call:{RUNS}")
    await page.reload()
    await expect(page.locator("#connection")).to_have_text("live")
    await expect(page).to_have_title("Fake VoIPbin")
    assert await page.locator("img, main script").count() == 0


async def test_injected_scripts_do_not_run(page: Page, window: Window) -> None:
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'run = 1'}))")
    assert await page.evaluate("typeof run") == "undefined"
    assert len(window.problems) == 1
    assert "Content Security Policy" in window.problems.pop()


async def test_the_inspector_is_not_journaled_and_shows_no_token(page: Page, world: World) -> None:
    world.client.get(f"/me?token={world.fake.super_admin.token}")
    await expect(rows(page, "requests")).to_have_count(1)
    await expect(head(page)).to_contain_text("token=***")
    content = await page.content()
    for secret in (world.fake.super_admin.token, world.fake.super_admin.accesskey):
        assert secret not in content
    assert len(world.fake.requests) == 1


def test_an_overview_is_short_even_for_large_bodies(world: World) -> None:
    world.post(provider_id="0" * 1_000_000)
    assert len(httpx.get(f"{world.url}/_fake/overview").content) < 100_000
    assert len(httpx.get(f"{world.url}/_fake/journal").json()[0]["request_body"]) > 1_000_000

"""The inspector, used as people use it: with the mouse, with keys, with another scheme of colours; and by a rascal."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, Route, expect
from pytest_providercalls.fake_server.transports.faults import KINDS

from .conftest import Window, World

BOTH = pytest.mark.parametrize(
    "look", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True, ids=["light", "dark"]
)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def rows(page: Page, of: str = "calls") -> Locator:
    return page.locator(f"#{of}-list button")


def head(page: Page) -> Locator:
    return page.locator("#detail-head")


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
    await expect(page.locator("#moves")).to_be_hidden()
    await expect(page.locator("#said li")).to_have_text(["Hello"])
    await expect(page.locator("#cost")).to_have_text("$0.01")
    await expect(page.locator("#bill td").first).to_have_text("+12025550142")
    ways = [await rung.get_attribute("data-way") for rung in await page.locator("#ladder li").all()]
    assert ways[:4] == ["client-voipbin", "voipbin-carrier", "carrier-voipbin", "carrier-voipbin"]
    await expect(page.locator("#ladder li").nth(1)).to_contain_text("INVITE sip:+12025550142@sip.carrier.example")
    await expect(page.locator("#ladder li").nth(2)).to_have_text(re.compile("carrier to VoIPbin: 180 Ringing"))
    await expect(page.locator("#call-rules")).to_contain_text("Every started minute is charged.")


async def test_a_call_has_the_moves_that_it_can_make_and_no_others(page: Page, world: World) -> None:
    call = world.place()
    shown = page.locator("#moves form:visible button")
    await expect(shown).to_have_text(["Ring", "Answer", "Refuse", "Hang up"])
    await button(page, "Ring").click()
    await expect(shown).to_have_text(["Answer", "Refuse", "Hang up"])
    await button(page, "Answer").click()
    await expect(shown).to_have_text(["Press", "Hang up"])
    assert await page.locator("[name=reason] option").all_text_contents() == ["normal", "timeout", "amd"]
    await page.get_by_label("Digits").fill("12#")
    await button(page, "Press").click()
    await page.get_by_label("Reason").select_option("timeout")
    await button(page, "Hang up").click()
    await expect(head(page)).to_have_text("Call to +12025550142: ended, timeout")
    assert world.fake.calls[call.id].hangup_reason == "timeout"


async def test_a_carrier_refuses_with_the_code_that_was_given(page: Page, world: World) -> None:
    call = world.place()
    await page.get_by_label("SIP response").fill("603")
    await page.keyboard.press("Enter")
    await expect(page.locator("#ladder")).to_contain_text("603 Decline")
    assert world.fake.calls[call.id].sip == 603


async def test_what_was_not_done_is_explained(page: Page, world: World) -> None:
    world.place()
    await page.get_by_label("SIP response").fill("200")
    await button(page, "Refuse").click()
    await expect(page.get_by_role("alert")).to_contain_text("a carrier cannot refuse with 200")
    await page.get_by_label("SIP response").fill("404")
    await button(page, "Refuse").click()
    await expect(page.get_by_role("alert")).to_be_hidden()


async def test_a_refused_request_is_explained(page: Page, world: World) -> None:
    assert world.post(provider_id="00000000-0000-0000-0000-00000000abcd").status_code == 400
    await expect(head(page)).to_have_text("POST /v1.0/providercalls: 400, refused")
    await expect(rows(page, "requests")).to_contain_text(["PC-PRE-01"])
    await expect(page.locator("#why")).to_contain_text("provider_id names an existing provider")
    await expect(page.locator("#why")).to_contain_text("what to do: List the providers")
    await expect(page.locator("#request-rules li").first).to_contain_text("refused PC-PRE-01")
    await expect(page.locator("#body")).to_contain_text('"provider_id": "00000000-0000-0000-0000-00000000abcd"')
    await expect(page.locator("#answer")).to_contain_text('"message": "provider not found"')


async def test_notes_and_advice_are_shown(page: Page, world: World) -> None:
    world.post(flow="", destinations=[{"type": "tel", "target": "+12025550142"}, {"type": "email", "target": "a@b.c"}])
    await rows(page, "requests").click()
    await expect(page.locator("#notes li")).to_have_count(2)
    await expect(page.locator("#notes")).to_contain_text("reads over the field `flow`; did you mean `flow_id`?")
    await expect(page.locator("#calls h3")).to_contain_text("1 of 2 not dialled")


async def test_calls_of_no_providercall_are_apart(page: Page, world: World) -> None:
    world.place()
    address = {"type": "tel", "target": "+12025550100"}
    body = {"flow_id": world.flow.id, "source": address, "destinations": [{**address, "target": "+12025550160"}]}
    assert world.client.post("/calls", json=body).status_code == 200
    await expect(page.locator("#calls-list li")).to_contain_text(
        ["carrier", "+12025550142", "Other calls", "+12025550160"]
    )


async def test_the_next_request_is_broken(page: Page, world: World) -> None:
    await page.get_by_label("Status").fill("429")
    await page.get_by_label("Retry-After").fill("7")
    await button(page, "Break it").click()
    await expect(page.locator("#faults")).to_contain_text("429 was answered")
    answer = world.post()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    await expect(page.locator("#faults li")).to_have_count(0)
    await expect(rows(page, "requests")).to_contain_text(["fault"])
    await page.get_by_label("What happens").select_option("drop")
    await page.get_by_label("When").select_option("connect")
    await page.get_by_label("Path").fill("/nowhere")
    await button(page, "Break it").click()
    await expect(page.get_by_role("alert")).to_contain_text("VoIPbin has no path '/nowhere'")
    await page.get_by_label("Path").fill("*")
    await button(page, "Break it").click()
    with pytest.raises(httpx.TransportError):
        world.post()
    await button(page, "Break it").click()
    await button(page, "Clear faults").click()
    await expect(page.locator("#faults-head")).to_be_focused()
    assert world.fake.faults.pending == ()


async def test_each_kind_of_fault_is_offered_as_it_can_be(page: Page, world: World) -> None:
    kinds = page.get_by_label("What happens")
    values = [await option.get_attribute("value") for option in await kinds.locator("option").all()]
    assert set(values) == set(KINDS)
    for kind, can in KINDS.items():
        await kinds.select_option(kind)
        moments = await page.get_by_label("When").locator("option").all()
        assert [await moment.get_attribute("value") for moment in moments] == list(can.moments)
        takes = await page.locator("#break label:visible :is([name=status], [name=retry_after], [name=seconds])").all()
        assert {await one.get_attribute("name") for one in takes} >= set(can.needs)
        await button(page, "Break it").click()
        await expect(page.locator("#faults")).to_contain_text(f"{kind} ({next(iter(can.moments))})")


async def test_time_passes_snapshots_are_restored_and_all_is_reset(page: Page, world: World) -> None:
    now = page.locator("#now")
    await expect(now).to_have_text("2026-04-21 23:15:00 UTC")
    await page.get_by_label("Seconds").first.fill("86400")
    await button(page, "Advance").click()
    await expect(now).to_have_text("2026-04-22 23:15:00 UTC")
    world.place()
    await rows(page).click()
    await button(page, "Take a snapshot").click()
    await button(page, "Reset").click()
    await button(page.locator("#sure"), "Keep everything").click()
    await expect(rows(page)).to_have_count(1)
    await button(page, "Reset").click()
    await button(page.locator("#sure"), "Reset").click()
    await expect(rows(page)).to_have_count(0)
    await expect(head(page)).to_have_text("Nothing to look at yet")
    await button(page, "Restore snapshot 1").click()
    await expect(rows(page)).to_have_count(1)
    await button(page, "Forget snapshot 1").click()
    await expect(page.locator("#snapshots-head")).to_be_focused()
    await expect(page.locator("#snapshots li")).to_have_count(0)


async def test_carriers_are_shown_with_their_scripts(page: Page, world: World) -> None:
    world.fake.carrier(world.fake.provider).busy(destination="+12025550143").unreachable()
    carriers = page.locator("#carriers")
    await expect(carriers).to_contain_text("destination='+12025550143': rings after 2 s, is refused with 486 after 4 s")
    await expect(carriers).to_contain_text("unhealthy")


# keys


async def test_all_of_it_is_done_with_keys(page: Page, world: World) -> None:
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


async def test_keys_are_told_of_and_can_be_switched_off(page: Page, world: World) -> None:
    call = world.place()
    await expect(rows(page)).to_have_count(1)
    await page.keyboard.press("?")
    help = page.get_by_role("dialog", name="Keys")
    await expect(help).to_contain_text("answer it")
    await page.keyboard.press("a")
    await help.get_by_label("Single keys do these things").uncheck()
    await page.keyboard.press("Escape")
    await expect(help).to_be_hidden()
    await page.keyboard.press("a")
    await page.reload()
    await expect(rows(page)).to_have_count(1)
    await page.keyboard.press("a")
    await button(page, "Ring").click()
    await expect(head(page)).to_have_text("Call to +12025550142: ringing")
    assert world.fake.calls[call.id].status == "ringing"


async def test_news_take_neither_focus_nor_selection_nor_what_was_typed(page: Page, world: World) -> None:
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


async def test_a_move_goes_to_the_call_that_was_there_when_it_was_reached_for(page: Page, world: World) -> None:
    first = world.place("+12025550141")
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await button(page, "Answer").focus()
    world.place("+12025550142")
    await expect(rows(page)).to_have_count(2)
    await page.keyboard.press("Enter")
    await expect(head(page)).to_have_text("Call to +12025550141: progressing")
    await expect(head(page)).to_be_focused()
    assert world.fake.calls[first.id].status == "progressing"


async def test_a_key_means_the_call_that_was_chosen_last(page: Page, world: World) -> None:
    first, second = world.place("+12025550141"), world.place("+12025550142")
    await expect(head(page)).to_have_text("Call to +12025550142: dialing")
    pressed = asyncio.Event()

    async def dawdle(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    await page.route(f"**/calls/{first.id}", dawdle)
    for key in ("c", "ArrowDown", "a"):
        await page.keyboard.press(key)
    pressed.set()
    await expect(head(page)).to_have_text("Call to +12025550141: progressing")
    await page.unroute_all()
    assert world.fake.calls[second.id].status == "dialing"


async def test_two_quick_clicks_make_one_move(page: Page, world: World) -> None:
    call = world.place()
    await button(page, "Ring").dblclick()
    await expect(head(page)).to_have_text("Call to +12025550142: ringing")
    await expect(page.get_by_role("alert")).to_be_hidden()
    assert world.fake.calls[call.id].status == "ringing"


async def test_what_was_chosen_is_still_there_after_a_reload_and_the_newest_otherwise(page: Page, world: World) -> None:
    world.place("+12025550141")
    world.place("+12025550142")
    await rows(page).nth(1).click()
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await page.reload()
    await expect(head(page)).to_have_text("Call to +12025550141: dialing")
    await button(page, "Follow the newest").click()
    await expect(head(page)).to_have_text("Call to +12025550142: dialing")


# the way to the server


async def test_a_server_that_goes_is_said_and_found_again(page: Page, world: World, window: Window) -> None:
    world.place()
    await expect(page.locator("#link")).to_have_text("live")
    await expect(rows(page)).to_have_count(1)
    world.stop()
    await expect(page.get_by_role("status").first).to_contain_text("The server is gone.")
    await button(page, "+1 s").click()
    await expect(page.get_by_role("alert")).to_contain_text("the server does not answer")
    await expect(rows(page)).to_have_count(1)
    world.start()
    await expect(page.locator("#link")).to_have_text("live")
    world.place()
    await expect(rows(page)).to_have_count(2)
    assert {text.partition(": net::")[0] for text in window.complaints} == {"Failed to load resource"}
    window.complaints.clear()


# what others have sent

RUNS = "<img/src=x/onerror=\"document.title='run'\"><script>document.title='run'</script>"


async def test_what_clients_send_is_text_and_nothing_else(page: Page, world: World) -> None:
    provider = world.fake.add_provider(name=RUNS, hostname=RUNS, tech_headers={"X-Header": RUNS})
    world.fake.carrier(provider).busy(destination=RUNS)
    flow = world.fake.add_flow([{"type": "talk", "option": {"text": RUNS}}])
    source = {"type": "tel", "target": "+12025550100", "target_name": RUNS}
    call = world.place("+12025550142", provider_id=provider.id, flow_id=flow.id, source=source)
    call.answer()
    world.fake.clock.advance(0.5)
    # As it is, where httpx would escape it.
    with closing(HTTPConnection("127.0.0.1", world.port)) as connection:
        connection.request("GET", f"/{RUNS}?{RUNS}", headers={"X-Header": RUNS})
        connection.getresponse().read()
    world.client.post("/providercalls", content=RUNS)
    for place in ("#calls-list", "#said", "#invite", "#ladder", "#carriers"):
        await expect(page.locator(place)).to_contain_text("<script>")
    await expect(rows(page, "requests")).to_have_count(3)
    await rows(page, "requests").nth(0).click()
    await expect(page.locator("#body")).to_have_text(RUNS)
    await rows(page, "requests").nth(1).click()
    await expect(head(page)).to_contain_text(f"GET /{RUNS}?{RUNS}")
    await page.goto(f"{world.url}/_fake/ui#call:{RUNS}")
    await page.reload()
    await expect(page.locator("#link")).to_have_text("live")
    await expect(page).to_have_title("Fake VoIPbin")
    assert await page.locator("img, main script").count() == 0


async def test_no_script_runs_that_was_not_shipped(page: Page, window: Window) -> None:
    await page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'run = 1'}))")
    assert await page.evaluate("typeof run") == "undefined"
    assert len(window.complaints) == 1
    assert "Content Security Policy" in window.complaints.pop()


async def test_nothing_but_the_clients_requests_is_in_the_journal_and_no_token_in_the_page(
    page: Page, world: World
) -> None:
    world.client.get(f"/me?token={world.fake.super_admin.token}")
    await expect(rows(page, "requests")).to_have_count(1)
    await expect(head(page)).to_contain_text("token=***")
    content = await page.content()
    for secret in (world.fake.super_admin.token, world.fake.super_admin.accesskey):
        assert secret not in content
    assert len(world.fake.requests) == 1


def test_an_overview_is_short_whatever_was_sent(world: World) -> None:
    world.post(provider_id="0" * 1_000_000)
    assert len(httpx.get(f"{world.url}/_fake/overview").content) < 100_000
    assert len(httpx.get(f"{world.url}/_fake/journal").json()[0]["body"]) > 1_000_000


# eyes


@BOTH
async def test_it_can_be_read_by_everybody(page: Page, world: World, look: dict[str, Any]) -> None:
    world.fake.faults.add("drop", path="/calls/*", nth=9)
    world.place("+12025550141").reject(486)
    world.place("+12025550142").answer()
    world.fake.clock.advance(60)
    world.place("+12025550143").ring()
    world.post(provider_id="0")
    await button(page, "Take a snapshot").click()
    await expect(page.locator("#snapshots li")).to_have_count(1)
    for row in (rows(page).nth(1), rows(page, "requests").first):
        await row.click()
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (look["color_scheme"] == "dark")


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
async def test_nothing_moves_for_those_who_want_that(page: Page, world: World) -> None:
    world.place().ring()
    await expect(rows(page)).to_contain_text(["ringing"])
    assert await page.locator("#calls-list .dot").evaluate("dot => getComputedStyle(dot).animationName") == "none"


async def test_the_newest_of_hundreds_are_shown(page: Page, world: World) -> None:
    for _ in range(25):
        world.place(*["+12025550142"] * 10)
    await expect(page.locator("#calls-count")).to_have_text("200 of 250")
    await expect(rows(page)).to_have_count(200)


async def test_the_control_api_can_be_read(page: Page) -> None:
    await page.get_by_role("link", name="API").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The control API of the fake VoIPbin")
    await page.get_by_role("link", name="POST /_fake/clock/advance").click()
    await expect(page.locator("#advance + p")).to_contain_text("Let time pass")

"""Pages of other origins, in a real browser: none of them can use the fake, unless its origin was allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser
from pytest_providercalls.fake_server.transports.asgi import Message, Receive, Send
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from .conftest import World

ATTACK = """async ([base, url, body]) => {
    const outcomes = {};
    const attempt = async (name, send) => { outcomes[name] = await send().catch(error => error.name); };
    const read = async response => response.type + " " + response.status;
    const simple = {method: "POST", body, headers: {"Content-Type": "text/plain"}};
    await attempt("simple", () => fetch(url, simple).then(read));
    await attempt("no-cors", () => fetch(url, {...simple, mode: "no-cors"}).then(read));
    await attempt("preflight", () => fetch(url, {...simple, headers: {"Content-Type": "application/json"}}).then(read));
    await attempt("get", () => fetch(base + "/_fake/info").then(read));
    await attempt("beacon", async () => String(navigator.sendBeacon(url, body)));
    await attempt("image", () => new Promise(resolve => {
        const image = new Image();
        image.onload = image.onerror = event => resolve(event.type);
        image.src = base + "/v1.0/calls";
    }));
    await attempt("socket", () => new Promise(resolve => {
        const socket = new WebSocket(base.replace("http", "ws") + "/v1.0/calls");
        socket.onopen = socket.onerror = event => resolve(event.type);
    }));
    const frame = Object.assign(document.createElement("iframe"), {name: "frame"});
    const form = Object.assign(document.createElement("form"),
        {method: "POST", action: url, target: "frame", enctype: "text/plain"});
    const input = Object.assign(document.createElement("input"), {name: body, value: ""});
    form.append(input);
    document.body.append(frame, form);
    const loaded = new Promise(resolve => { frame.onload = resolve; });
    form.submit();
    await loaded;
    return outcomes;
}"""


async def empty_page(_scope: Message, _receive: Receive, send: Send) -> None:
    """Respond with a page of another origin."""
    headers = [(b"content-type", b"text/html"), (b"content-length", b"8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<p>x</p>"})


@pytest.fixture(scope="module")
def other_port() -> Iterator[int]:
    with LoopbackServer() as server:
        yield server.serve(empty_page).port


def attack(world: World, host: str) -> list[str]:
    """Return the address of the fake at a host, the URL that places a call, and the body."""
    body = {
        "provider_id": world.fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550142"}],
    }
    base = f"http://{host}:{world.port}"
    return [base, f"{base}/v1.0/providercalls?token={world.fake.super_admin.token}", json.dumps(body)]


@pytest.mark.parametrize(
    ("page_host", "target"),
    [
        ("evil.example", "127.0.0.1"),
        ("evil.example", "evil.example"),
        ("127.0.0.1", "localhost"),
        ("localhost", "localhost"),
    ],
)
async def test_a_page_of_another_origin_places_no_call(
    chromium: Browser, world: World, other_port: int, page_host: str, target: str
) -> None:
    page = await chromium.new_page()
    await page.goto(f"http://{page_host}:{other_port}")
    outcomes = await page.evaluate(ATTACK, attack(world, target))
    await page.close()
    assert outcomes["simple"] == outcomes["preflight"] == outcomes["get"] == "TypeError", outcomes
    assert (outcomes["image"], outcomes["socket"]) == ("error", "error")
    assert (world.fake.requests, dict(world.fake.calls)) == ([], {})


async def test_a_page_after_dns_rebinding_reads_and_places_nothing(chromium: Browser, world: World) -> None:
    page = await chromium.new_page()
    # The script of a page that came from the attacker's server now has the origin of the fake, like its error page.
    await page.goto(f"http://rebound.example:{world.port}")
    outcomes = await page.evaluate(ATTACK, attack(world, "rebound.example"))
    await page.close()
    assert outcomes["simple"] == outcomes["preflight"] == outcomes["get"] == "basic 403", outcomes
    assert (world.fake.requests, dict(world.fake.calls)) == ([], {})


async def test_a_page_of_an_allowed_origin_places_a_call(chromium: Browser, world: World, other_port: int) -> None:
    world.access.allow_origin(f"http://app.example:{other_port}")
    page = await chromium.new_page()
    await page.goto(f"http://app.example:{other_port}")
    outcomes = await page.evaluate(ATTACK, attack(world, "127.0.0.1"))
    await page.close()
    assert (outcomes["preflight"], outcomes["get"]) == ("cors 200", "TypeError"), "not the control API"
    assert world.fake.calls

"""WebSocket clients that a test may have: the library websockets with threads and with asyncio, aiohttp, and Node."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from pytest_providercalls.fixtures.server_fixtures import ServerHandle

PATIENCE = 20
TYPES = ["call_created", "call_ringing", "call_progressing", "call_updated", "call_terminating", "call_hangup"]
Run = Callable[[str, str], list[str]]
"""Opens the URL, subscribes to a topic, and returns the types of the messages until the server closes."""


def with_threads(url: str, topic: str) -> list[str]:
    with connect(url, open_timeout=PATIENCE) as client:
        client.send(subscription(topic))
        return [json.loads(text)["type"] for text in client]


def with_asyncio(url: str, topic: str) -> list[str]:
    async def main() -> list[str]:
        async with connect_async(url, open_timeout=PATIENCE) as client:
            await client.send(subscription(topic))
            return [json.loads(text)["type"] async for text in client]

    return asyncio.run(main())


def with_aiohttp(url: str, topic: str) -> list[str]:
    async def main() -> list[str]:
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as client:
            await client.send_str(subscription(topic))
            return [json.loads(message.data)["type"] async for message in client]

    return asyncio.run(main())


CLIENT = """
const [url, topic] = process.argv.slice(1);
const socket = new WebSocket(url);
const types = [];
socket.onopen = () => socket.send(JSON.stringify({ type: "subscribe", topics: [topic] }));
socket.onmessage = (event) => types.push(JSON.parse(event.data).type);
socket.onclose = (event) => console.log(JSON.stringify({ types, code: event.code }));
"""
"""Node's own client."""


def with_node(url: str, topic: str) -> list[str]:
    found: dict[str, Any] = json.loads(node_output([*node(), "--eval", CLIENT, url, topic]))
    assert found["code"] == 1000
    types: list[str] = found["types"]
    return types


def node() -> list[str]:
    """Return Node's command, or skip the test: version 20.10 has the client behind an option, 22 always."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("needs node")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    number = tuple(map(int, found.groups())) if found else (0, 0)
    if number < (20, 10):
        pytest.skip(f"needs node 20.10 or newer, for its WebSocket client; this is {version}")
    return [program] if number >= (22, 0) else [program, "--no-warnings", "--experimental-websocket"]


def node_output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE * 3).stdout


def subscription(topic: str) -> str:
    return json.dumps({"type": "subscribe", "topics": [topic]})


def place(fake: FakeVoipbin) -> None:
    """Place a call, which is answered and ends."""
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    target = f"/v1.0/providercalls?token={fake.super_admin.token}"
    assert fake.handle(Request("POST", target, (), json.dumps(body).encode())).status == 200
    fake.clock.advance(60)


def check(run: Run, fake: FakeVoipbin, base_url: str) -> None:
    """Assert that a client receives the events of a call, in order, and the close frame after them."""
    topic = f"customer_id:{fake.super_admin.customer_id}:call"
    url = base_url.replace("http", "ws", 1) + f"/ws?token={fake.super_admin.token}"
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(run, url, topic)
        try:
            connection = fake.websockets.wait_for_subscription(topic, PATIENCE)
            place(fake)
            connection.close(1000)
            assert received.result(PATIENCE) == TYPES
        finally:
            # The client ends, so that its thread does.
            fake.close_websockets(1001, "the test has failed")
    assert fake.requests[0].url == "/v1.0/ws?token=***"


CLIENTS = [with_threads, with_asyncio, with_aiohttp]


@pytest.mark.parametrize("run", CLIENTS)
def test_over_http(run: Run, voipbin: FakeVoipbin, voipbin_server: ServerHandle) -> None:
    check(run, voipbin, voipbin_server.url)


@pytest.mark.parametrize("run", CLIENTS)
def test_over_tls(run: Run, voipbin: FakeVoipbin, voipbin_tls: ServerHandle) -> None:
    check(run, voipbin, "https://api.voipbin.net/v1.0")


def test_over_tls_from_a_child_process(
    voipbin: FakeVoipbin, voipbin_tls: ServerHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in voipbin_tls.env.items():
        monkeypatch.setenv(name, value)
    check(with_node, voipbin, voipbin_tls.env["VOIPBIN_BASE_URL"])


def test_a_token_in_a_header(voipbin: FakeVoipbin, voipbin_server: ServerHandle) -> None:
    headers = {"Authorization": f"Bearer {voipbin.customer_admin.token}"}
    url = voipbin_server.url.replace("http", "ws", 1) + "/ws"
    with connect(url, additional_headers=headers, open_timeout=PATIENCE) as client:
        client.send(subscription(f"agent_id:{voipbin.customer_admin.id}"))
        voipbin.websockets.wait_for_subscription(timeout=PATIENCE)
    assert voipbin.requests[0].url == "/v1.0/ws"

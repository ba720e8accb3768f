"""The traceback of a failed test shows the test and its client, but no frames of this plugin."""

from __future__ import annotations

import re

import pytest

FAILURES = {
    "fault": 'voipbin.faults.add("drop", when="before"); httpx.get(PING)',
    "fault_async": 'voipbin.faults.add("drop", when="before"); asyncio.run(voipbin_async_client.get("/calls"))',
    "fault_respx": 'voipbin.mount(respx_mock); voipbin.faults.add("drop", when="before"); httpx.get(PING)',
    "missing_timeout": 'voipbin.faults.add("timeout"); httpx.get(PING, timeout=None)',
    "port": "httpx.get(PORT)",
    "port_respx": "voipbin.mount(respx_mock); httpx.get(PORT)",
    "port_tls": "voipbin_tls; requests.get(PORT)",
    "address": "voipbin_tls; socket.create_connection((HOST, 8443))",
    "refused_tls": 'voipbin_tls; socket.create_connection(("127.0.0.1", 1))',
    "guarded": "voipbin; requests.get(PING)",
    "assertion": "voipbin.assert_placed(1)",
    "cost": "voipbin.assert_cost(1)",
    "sleep": "voipbin_time; time.sleep(-1)",
    "endless": "voipbin_time; [time.sleep(10_000) for _ in range(10)]",
    "endless_async": "voipbin_time; asyncio.run(sleep_often())",
    "endless_trio": "voipbin_time; trio.run(sleep_often_in_trio)",
    "script": "voipbin.carrier().busy().busy()",
    "provider": 'voipbin.carrier("nope")',
    "invalid_fault": 'voipbin.faults.add("nope")',
    "webhook_fault": 'voipbin.webhooks.faults.add("nope")',
    "field": "voipbin.add_agent(usrname=1)",
    "action": 'voipbin.add_flow([{"type": "tlak"}])',
    "snapshot": 'voipbin.restore("x")',
    "clock": 'voipbin.clock.advance("5")',
    "call": "call = place(voipbin, voipbin_client); call.hangup(); call.answer()",
    "ledger": 'voipbin.ledger.cost_of("nope")',
    "body": "httpx.get(PING); voipbin.requests[0].json()",
    "block": "with expect_blocked(): pass",
}
HEAD = """
import asyncio, httpx, requests, socket, time, trio
from pytest_providercalls import expect_blocked

HOST = "api.voipbin.net"
PING, PORT = f"https://{HOST}/ping", f"https://{HOST}:8443/ping"

async def sleep_often():
    for _ in range(10): await asyncio.sleep(10_000)

async def sleep_often_in_trio():
    for _ in range(10): await trio.sleep(10_000)

def place(voipbin, client):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return voipbin.calls[client.post("/providercalls", json=body).json()["call_ids"][0]]
"""
FIXTURES = r"\b(voipbin(?:_\w+)?|respx_mock)\b"
OWN_FRAME = r"^\S*(?:pytest_providercalls|fake_server|contracts)/\S+\.py:\d+: .*$"


def test_no_failure_shows_frames_of_the_plugin(bare_pytester: pytest.Pytester) -> None:
    for name, code in FAILURES.items():
        fixtures = sorted(set(re.findall(FIXTURES, code)))
        test = f"def test_{name}({', '.join(fixtures)}):\n    {code}\n"
        bare_pytester.path.joinpath(f"test_{name}.py").write_text(HEAD + test)
    result = bare_pytester.runpytest_inprocess("-p", "respx.plugin", "-p", "no:cacheprovider", "--tb=short")
    result.assert_outcomes(failed=len(FAILURES))
    _, *parts = re.split(r"^_+ test_(\w+) _+$", result.stdout.str(), flags=re.MULTILINE)
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        assert re.findall(OWN_FRAME, text, re.MULTILINE) == [], name


def test_a_bug_of_the_fake_keeps_its_frames(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        HEAD
        + """
def test_bug(voipbin, voipbin_client, monkeypatch):
    monkeypatch.setattr("pytest_providercalls.fake_server.gateway.pipeline.routing", None)
    voipbin_client.get("/calls")
"""
    )
    result = bare_pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    assert re.search(OWN_FRAME, result.stdout.str(), re.MULTILINE)

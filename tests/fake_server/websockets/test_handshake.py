"""GET /ws: who may open a WebSocket, which requests are upgraded, and what a transport without a connection returns."""

from __future__ import annotations

import json

import httpx
import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import HANDSHAKE
from pytest_providercalls.fake_server import FakeVoipbin

from .conftest import connect


def handshake(fake: FakeVoipbin, *headers: tuple[str, str], token: str = "") -> Response:
    target = f"/v1.0/ws?token={token or fake.super_admin.token}"
    return fake.handle(Request("GET", target, headers or HANDSHAKE))


def changed(name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a handshake with another value of one of them."""
    return (*(header for header in HANDSHAKE if header[0] != name), (name, value))


def test_a_handshake_switches_protocols_as_the_server_writes_it(fake: FakeVoipbin) -> None:
    response = handshake(fake)
    assert (response.status, response.body) == (101, b"")
    # No header of the router's middleware: no request id, and none for other origins.
    assert dict(response.headers) == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    }
    assert str(fake.requests[0]) == "GET /v1.0/ws?token=*** -> 101 (as super-admin)"


def test_an_ordinary_get_is_refused_as_by_go(fake: FakeVoipbin) -> None:
    response = handshake(fake, ("Accept", "*/*"))
    assert (response.status, response.body) == (400, b"Bad Request\n")
    assert response.header("Content-Type") == "text/plain; charset=utf-8"
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert response.header("Sec-Websocket-Version") == "13"
    assert "refused by WS-HS-02" in str(fake.requests[0])


def test_a_handshake_whose_upgrade_was_removed_is_told_so(fake: FakeVoipbin) -> None:
    response = handshake(fake, *(header for header in HANDSHAKE if header[0] != "Upgrade"))
    assert (response.status, response.body, response.header("Upgrade")) == (426, b"Upgrade Required\n", "websocket")


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Connection", "keep-alive, Upgrade", 101),
        ("Connection", "keep-alive,UPGRADE ", 101),
        ("Connection", "keep-alive", 400),
        ("Connection", "a b, Upgrade", 400),
        ("Connection", "upgraded", 400),
        ("Upgrade", "h2c, WebSocket", 101),
        ("Upgrade", "h2c", 426),
        ("Sec-WebSocket-Version", "8, 13", 101),
        ("Sec-WebSocket-Version", "8", 400),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==", 101),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA", 400),
        ("Sec-WebSocket-Key", "!AAAAAAAAAAAAAAAAAAAAA==", 400),
        ("Sec-WebSocket-Key", "\u00e9", 400),
        ("Sec-WebSocket-Key", "", 400),
    ],
)
def test_headers_are_lists_of_tokens(name: str, value: str, status: int) -> None:
    fake = FakeVoipbin()
    assert handshake(fake, *changed(name, value)).status == status
    assert handshake(fake, *HANDSHAKE, (name, "also this")).status in (101, 400)


@pytest.mark.parametrize(
    "permission", [Permission.CUSTOMER_ADMIN, Permission.CUSTOMER_MANAGER, Permission.CUSTOMER_AGENT, Permission(0)]
)
def test_each_agent_may_open_one(fake: FakeVoipbin, permission: Permission) -> None:
    agent = fake.identity(fake.add_agent(permission, username="one"))
    assert handshake(fake, token=agent.token).status == 101


@pytest.mark.parametrize("kind", ["token", "accesskey"])
def test_a_credential_is_read_from_the_query_and_from_a_cookie(fake: FakeVoipbin, kind: str) -> None:
    admin = fake.customer_admin
    credential = admin.token if kind == "token" else admin.accesskey
    connect(fake, None, **{kind: credential})
    cookie = Request("GET", "/v1.0/ws", (*HANDSHAKE, ("Cookie", f"{kind}={credential}")))
    assert fake.handle(cookie).status == 101
    assert [entry.url for entry in fake.requests] == [f"/v1.0/ws?{kind}=***", "/v1.0/ws"]


def test_a_credential_is_required(fake: FakeVoipbin) -> None:
    assert [handshake(fake, token=token).status for token in ("nope", "%20")] == [401, 401]
    assert fake.handle(Request("GET", "/v1.0/ws", HANDSHAKE)).status == 401


def test_a_delegate_token_opens_none() -> None:
    fake = FakeVoipbin("server-2026-08")
    token = fake.issue_token(fake.state.agents[fake.super_admin.id], kind="delegate")
    response = handshake(fake, token=token)
    assert (response.status, response.body, response.header("Content-Length")) == (200, b"", "0")
    assert "note: a delegate token opens no WebSocket" in str(fake.requests[0])


def test_a_client_without_a_connection_is_told_what_to_use() -> None:
    fake = FakeVoipbin()
    response = fake.respond(Request("GET", f"/v1.0/ws?token={fake.super_admin.token}", HANDSHAKE)).response
    assert response is not None
    assert response.status == 501
    message = json.loads(response.body)["error"]["message"]
    assert "voipbin_server or voipbin_tls" in message and "pip install 'pytest-providercalls[server]'" in message
    assert message in fake.requests[0].notes[0]
    assert len(fake.websockets) == 0


def test_a_respx_router_is_such_a_client() -> None:
    import respx

    fake = FakeVoipbin()
    with respx.mock as router:
        fake.mount(router)
        response = httpx.get(
            "https://api.voipbin.net/v1.0/ws", params={"token": fake.super_admin.token}, headers=dict(HANDSHAKE)
        )
    assert response.status_code == 501

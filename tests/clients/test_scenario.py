"""Every client goes through the same scenario, over HTTP and over TLS, and gets what the core says, to the byte."""

from __future__ import annotations

import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.fixtures.server_fixtures import ServerHandle

from .adapters import CHILDREN, IN_PROCESS, Adapter, Answer
from .scenario import Client, play, played_at_once

every_client = pytest.mark.parametrize("adapter", (IN_PROCESS | CHILDREN).values(), ids=IN_PROCESS | CHILDREN)
in_process = pytest.mark.parametrize("adapter", IN_PROCESS.values(), ids=IN_PROCESS)
children = pytest.mark.parametrize("adapter", CHILDREN.values(), ids=CHILDREN)


@pytest.fixture(scope="module")
def expected() -> list[Answer]:
    return played_at_once()


def check(adapter: Adapter, server: ServerHandle, base_url: str, expected: list[Answer]) -> None:
    with adapter(server.env) as send:
        client = Client(send, base_url, server.fake.super_admin.token)
        play(client, server.fake)
    assert client.answers == expected
    # None was lost on the way, and none was sent twice.
    assert [entry.status for entry in server.fake.requests] == [answer.status for answer in expected]


@every_client
def test_over_http(voipbin_server: ServerHandle, expected: list[Answer], adapter: Adapter) -> None:
    check(adapter, voipbin_server, voipbin_server.url, expected)


@in_process
def test_over_tls_at_the_production_address(
    voipbin_tls: ServerHandle, expected: list[Answer], adapter: Adapter
) -> None:
    check(adapter, voipbin_tls, "https://api.voipbin.net/v1.0", expected)


@children
def test_over_tls_from_a_child_process(voipbin_tls: ServerHandle, expected: list[Answer], adapter: Adapter) -> None:
    check(adapter, voipbin_tls, voipbin_tls.env["VOIPBIN_BASE_URL"], expected)


def test_the_fake_is_the_one_of_the_fixture(
    voipbin: FakeVoipbin, voipbin_server: ServerHandle, voipbin_tls: ServerHandle
) -> None:
    assert voipbin is voipbin_server.fake is voipbin_tls.fake

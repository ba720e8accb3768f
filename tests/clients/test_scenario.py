"""Every client runs the same scenario, over HTTP and TLS, and gets the same bytes as from the core."""

from __future__ import annotations

import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.fixtures.server_fixtures import ServerHandle

from .adapters import CHILDREN, IN_PROCESS, Adapter, Result
from .scenario import Client, expected_results, run

every_client = pytest.mark.parametrize("adapter", (IN_PROCESS | CHILDREN).values(), ids=IN_PROCESS | CHILDREN)
in_process = pytest.mark.parametrize("adapter", IN_PROCESS.values(), ids=IN_PROCESS)
children = pytest.mark.parametrize("adapter", CHILDREN.values(), ids=CHILDREN)


@pytest.fixture(scope="module")
def expected() -> list[Result]:
    return expected_results()


def check(adapter: Adapter, server: ServerHandle, base_url: str, expected: list[Result]) -> None:
    with adapter(server.env) as send:
        client = Client(send, base_url, server.fake.super_admin.token)
        run(client, server.fake)
    assert client.results == expected
    # No request was lost, and none was sent twice.
    assert [entry.status for entry in server.fake.requests] == [result.status for result in expected]


@every_client
def test_over_http(voipbin_server: ServerHandle, expected: list[Result], adapter: Adapter) -> None:
    check(adapter, voipbin_server, voipbin_server.url, expected)


@in_process
def test_over_tls_at_the_production_address(
    voipbin_tls: ServerHandle, expected: list[Result], adapter: Adapter
) -> None:
    check(adapter, voipbin_tls, "https://api.voipbin.net/v1.0", expected)


@children
def test_over_tls_from_a_child_process(voipbin_tls: ServerHandle, expected: list[Result], adapter: Adapter) -> None:
    check(adapter, voipbin_tls, voipbin_tls.env["VOIPBIN_BASE_URL"], expected)


def test_the_fake_is_the_one_of_the_fixture(
    voipbin: FakeVoipbin, voipbin_server: ServerHandle, voipbin_tls: ServerHandle
) -> None:
    assert voipbin is voipbin_server.fake is voipbin_tls.fake

"""Which hosts are loopback."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.9.8.7", "::1"])
def test_loopback_hosts(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.net",
        "a.localhost",
        "localhost.example.net",
        "nolocalhost",
        "10.0.0.1",
        "0.0.0.0",
        "::",
        "1",
        "127.0.0.1.nip.io",
    ],
)
def test_other_hosts(host: str) -> None:
    assert not is_loopback(host)

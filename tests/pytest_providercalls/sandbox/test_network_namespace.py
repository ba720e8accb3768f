"""How a network namespace is entered, and the reason if that fails. test_guard_command tests the isolation."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import pytest

from pytest_providercalls.sandbox import network_namespace

ROOT, USER = 0, 1000


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Returns a function that simulates a system, and returns a list of the requests to it."""

    def simulate(user: int, allowed: bool, loopback: bool = True) -> list[str]:
        requests: list[str] = []

        def unshare(flags: int) -> bool:
            requests.append("network" if flags == network_namespace._NEW_NET else "network and users")
            return allowed

        def bring_up(interface: str) -> None:
            requests.append(interface)
            if not loopback:
                raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "getuid", lambda: user)
        monkeypatch.setattr(network_namespace, "_unshare", unshare)
        monkeypatch.setattr(network_namespace, "_keep_identity", lambda *ids: requests.append(f"keep {ids[0]}"))
        monkeypatch.setattr(network_namespace, "_bring_up", bring_up)
        return requests

    return simulate


def test_root_keeps_its_users(system: Callable[..., list[str]]) -> None:
    requests = system(ROOT, allowed=True)
    network_namespace.enter()
    assert requests == ["network", "lo"]


def test_other_users_also_get_a_user_namespace(system: Callable[..., list[str]]) -> None:
    requests = system(USER, allowed=True)
    network_namespace.enter()
    assert requests == ["network and users", f"keep {USER}", "lo"]


def test_root_in_a_container_tries_both(system: Callable[..., list[str]]) -> None:
    requests = system(ROOT, allowed=False)
    with pytest.raises(network_namespace.NamespaceUnavailable, match="does not allow one"):
        network_namespace.enter()
    assert requests == ["network", "network and users"]


def test_a_namespace_without_loopback_is_unavailable(system: Callable[..., list[str]]) -> None:
    system(ROOT, allowed=True, loopback=False)
    with pytest.raises(network_namespace.NamespaceUnavailable, match=r"not its loopback \(Operation not permitted\)"):
        network_namespace.enter()


def test_other_systems_have_no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert network_namespace.unavailable_reason() == "not supported on darwin"

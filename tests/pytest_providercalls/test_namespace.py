"""Where a namespace cannot be had, `providercalls guard` says why; that a namespace holds is test_guard_command's."""

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
    """Has the system answer; gives the list of what is asked of it."""

    def answering(user: int, allowed: bool, loopback: bool = True) -> list[str]:
        asked: list[str] = []

        def unshare(flags: int) -> bool:
            asked.append("as it is" if flags == network_namespace._NEW_NET else "with users")
            return allowed

        def bring_up(interface: str) -> None:
            asked.append(interface)
            if not loopback:
                raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "getuid", lambda: user)
        monkeypatch.setattr(network_namespace, "_unshare", unshare)
        monkeypatch.setattr(network_namespace, "_keep_identity", lambda *ids: asked.append(f"keeps {ids[0]}"))
        monkeypatch.setattr(network_namespace, "_bring_up", bring_up)
        return asked

    return answering


def test_root_keeps_its_users(system: Callable[..., list[str]]) -> None:
    asked = system(ROOT, allowed=True)
    network_namespace.enter()
    assert asked == ["as it is", "lo"]


def test_anybody_else_has_a_namespace_of_users_too(system: Callable[..., list[str]]) -> None:
    asked = system(USER, allowed=True)
    network_namespace.enter()
    assert asked == ["with users", f"keeps {USER}", "lo"]


def test_root_in_a_container_tries_both(system: Callable[..., list[str]]) -> None:
    asked = system(ROOT, allowed=False)
    with pytest.raises(network_namespace.NamespaceUnavailable, match="does not allow one"):
        network_namespace.enter()
    assert asked == ["as it is", "with users"]


def test_a_namespace_without_loopback_is_none(system: Callable[..., list[str]]) -> None:
    system(ROOT, allowed=True, loopback=False)
    with pytest.raises(network_namespace.NamespaceUnavailable, match=r"not its loopback \(Operation not permitted\)"):
        network_namespace.enter()


def test_there_are_none_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert network_namespace.unavailable_reason() == "there are none on darwin"

"""Where a namespace cannot be had, `providercalls guard` says why; that a namespace holds is test_guard_command's."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import pytest

from pytest_providercalls.cutoff import namespace

ROOT, USER = 0, 1000


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Has the system answer; gives the list of what is asked of it."""

    def answering(user: int, allowed: bool, loopback: bool = True) -> list[str]:
        asked: list[str] = []

        def unshare(flags: int) -> bool:
            asked.append("as it is" if flags == namespace._NEW_NET else "with users")
            return allowed

        def bring_up(interface: str) -> None:
            asked.append(interface)
            if not loopback:
                raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "getuid", lambda: user)
        monkeypatch.setattr(namespace, "_unshare", unshare)
        monkeypatch.setattr(namespace, "_keep_identity", lambda *ids: asked.append(f"keeps {ids[0]}"))
        monkeypatch.setattr(namespace, "_bring_up", bring_up)
        return asked

    return answering


def test_root_keeps_its_users(system: Callable[..., list[str]]) -> None:
    asked = system(ROOT, allowed=True)
    namespace.enter()
    assert asked == ["as it is", "lo"]


def test_anybody_else_has_a_namespace_of_users_too(system: Callable[..., list[str]]) -> None:
    asked = system(USER, allowed=True)
    namespace.enter()
    assert asked == ["with users", f"keeps {USER}", "lo"]


def test_root_in_a_container_tries_both(system: Callable[..., list[str]]) -> None:
    asked = system(ROOT, allowed=False)
    with pytest.raises(namespace.Refused, match="does not allow one"):
        namespace.enter()
    assert asked == ["as it is", "with users"]


def test_a_namespace_without_loopback_is_none(system: Callable[..., list[str]]) -> None:
    system(ROOT, allowed=True, loopback=False)
    with pytest.raises(namespace.Refused, match=r"not its loopback \(Operation not permitted\)"):
        namespace.enter()


def test_there_are_none_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert namespace.why_not() == "there are none on darwin"

"""The guard itself: hosts, the audit hook, nesting, records, and what it imports."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from pytest_providercalls.guard import guard as guard_module
from pytest_providercalls.guard.attempt import Attempt, GuardedHostError
from pytest_providercalls.guard.guard import Guard, check

from .inner_suite import HOST

LOADED_BY_CHILDREN = [
    "guard",
    "attempt",
    "call_site",
    "child_environment",
    "child_reports",
    "commands",
    "host_names",
    "proxies",
    "sent_data",
    "sockets",
]
EVENTS = [
    ("socket.getaddrinfo", (HOST, 443, 0, 0, 0), f"{HOST}:443"),
    ("socket.getaddrinfo", (HOST.encode(), b"443", 0, 0, 0), f"{HOST}:443"),
    ("socket.getaddrinfo", (HOST, "https", 0, 0, 0), HOST),
    ("socket.getaddrinfo", (bytearray(HOST.encode()), None, 0, 0, 0), HOST),
    ("socket.getaddrinfo", (None, 443, 0, 0, 0), ""),
    ("socket.gethostbyname", (HOST,), HOST),
    ("socket.gethostbyaddr", ("example.net",), ""),
    ("socket.connect", (None, (HOST, 443)), f"{HOST}:443"),
    ("socket.connect", (None, (HOST,)), HOST),
    ("socket.connect", (None, ()), ""),
    ("socket.connect", (None, f"/run/{HOST}.sock"), ""),
    ("socket.connect", (None, ("127.0.0.1", 443)), ""),
    ("socket.sendto", (None, (HOST, 5060)), f"{HOST}:5060"),
    ("socket.sendmsg", (None, None), ""),
    ("socket.bind", (None, (HOST, 443)), f"{HOST}:443"),
    ("socket.bind", (None, ("192.0.2.7", 443)), ""),
    ("socket.getnameinfo", ((HOST, 443),), f"{HOST}:443"),
    ("subprocess.Popen", ("curl", ["curl", f"https://{HOST}/v1.0/calls"], None, None), HOST),
    ("subprocess.Popen", ("git", ["git", "commit", "-m", f"call {HOST}"], None, None), ""),
    ("subprocess.Popen", ("curl", ["curl", "https://example.net"], None, None), ""),
    ("os.system", (f"wget {HOST}".encode(),), HOST),
    ("os.exec", ("nc", (Path("nc"), HOST, "443"), None), HOST),
    ("os.posix_spawn", ("xh", ("xh", HOST, 443), None), HOST),
    ("os.spawn", (0, "http", ["http", HOST], None), HOST),
]
"""Audit events with their arguments, and the target that the guard blocks, if any."""


@pytest.mark.parametrize(
    "host",
    ["api.voipbin.net", "API.VoIPbin.NET.", "voipbin.net", "a.b.voipbin.net", "user:secret@api.voipbin.net"],
)
def test_guarded_hosts(host: str) -> None:
    assert Guard().guards(host)


@pytest.mark.parametrize("host", ["voipbin.net.example", "notvoipbin.net", "voipbin.test", "", "localhost", "::1"])
def test_other_hosts(host: str) -> None:
    assert not Guard().guards(host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", ""])
def test_loopback_is_never_guarded(host: str) -> None:
    assert not Guard(["*"]).guards(host)


def test_a_name_that_starts_like_loopback_is_guarded() -> None:
    assert Guard(["*"]).guards("127.0.0.1.example.net")


@pytest.mark.parametrize(("event", "arguments", "target"), EVENTS)
def test_the_hook_finds_the_target_of_each_event(event: str, arguments: tuple[object, ...], target: str) -> None:
    guard = Guard()
    guard.install()
    try:
        # Called directly, because tracers do not see code that runs in an audit hook.
        check(event, arguments)
    except GuardedHostError as error:
        assert (error.attempt.event, error.attempt.target) == (event.removeprefix("socket."), target)
    finally:
        guard.remove()
    assert [attempt.target for attempt in guard.attempts] == ([target] if target else [])


def test_the_hook_does_nothing_without_an_active_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_providercalls.guard.guard._ACTIVE", [])
    check("socket.getaddrinfo", (HOST, 443))


def test_a_guard_that_is_installed_twice_is_removed_once() -> None:
    guard = Guard(["*.twice.example"])
    guard.install()
    guard.install()
    guard.remove()
    guard.remove()
    check("socket.getaddrinfo", ("api.twice.example", 443))
    assert guard.attempts == []


def test_the_outermost_guard_comes_last_and_does_not_change_the_proxies() -> None:
    inner, outer = Guard(["*.inner.example"]), Guard(["*.inner.example", "*.outer.example"])
    inner.install()
    before = os.environ["NO_PROXY"]
    outer.install(outermost=True)
    try:
        assert os.environ["NO_PROXY"] == before
        for host in ("x.inner.example", "x.outer.example"):
            with pytest.raises(GuardedHostError):
                check("socket.gethostbyname", (host,))
    finally:
        outer.remove()
        inner.remove()
    assert [[one.host for one in guard.attempts] for guard in (inner, outer)] == [
        ["x.inner.example"],
        ["x.outer.example"],
    ]


def test_another_process_reports_to_the_file_of_the_session_but_never_creates_it(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    guard = Guard(reports=str(reports), session=0)
    for _ in range(2):
        with pytest.raises(GuardedHostError) as raised:
            guard.block("connect", HOST, 443)
        assert guard.attempts == []
        attempt = raised.value.attempt
        assert attempt.process.endswith(f"(pid {os.getpid()})")
        # The first time the file does not exist: the session has ended.
        if reports.exists():
            assert Attempt(**json.loads(reports.read_text())) == attempt
        reports.touch()


def test_a_name_that_cannot_be_encoded_is_compared_unchanged() -> None:
    assert not Guard().guards("\u00e9" * 70 + ".example")
    assert Guard().guards("\u00e9" * 70 + ".voipbin.net")


def test_a_guard_without_hosts_blocks_nothing() -> None:
    assert not Guard([]).guards(HOST)


def test_credentials_in_a_host_are_not_recorded() -> None:
    guard = Guard(["*.guard.example"])
    with pytest.raises(GuardedHostError) as caught:
        guard.block("connect", "user:secret@api.guard.example", 443)
    assert guard.attempts == [caught.value.attempt]
    assert "secret" not in str(caught.value) + repr(guard.attempts)


def test_an_activity_restores_the_previous_one() -> None:
    guard = Guard()
    before = guard.during
    with pytest.raises(KeyError), guard.activity("one thing"):
        assert guard.during == "one thing"
        raise KeyError
    assert guard.during == before


def test_layers_show_their_state_and_their_limits() -> None:
    guard = Guard()
    text = "\n".join(guard.layers())
    assert "audit hook, not active" in text
    for limit in ("child processes", "pycurl", "uvloop", "by IP address", "proxies that are sent in pieces"):
        assert limit in text
    guard.install()
    try:
        assert "audit hook, active" in "\n".join(guard.layers())
    finally:
        guard.remove()


def test_the_plugin_imports_only_the_standard_library_and_pytest(pytester: pytest.Pytester) -> None:
    script = pytester.makepyfile("""
        import sys, pytest
        before = set(sys.modules)
        import pytest_providercalls.plugin
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        assert new <= {*sys.stdlib_module_names, "pytest_providercalls"}, new
        """)
    assert pytester.runpython(script).ret == 0


@pytest.mark.parametrize("module", LOADED_BY_CHILDREN)
def test_what_a_child_process_loads_imports_only_the_standard_library(module: str) -> None:
    text = Path(guard_module.__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
    modules = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    siblings = {name.removeprefix(".") for name in modules if name.startswith(".")}
    assert siblings <= set(LOADED_BY_CHILDREN)
    assert {name.partition(".")[0] for name in modules if not name.startswith(".")} <= sys.stdlib_module_names

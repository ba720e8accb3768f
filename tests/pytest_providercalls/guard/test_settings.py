"""The options and ini settings of the guard, and the proxy variables."""

from __future__ import annotations

import pytest

from .inner_suite import EXTRA, HOST, OPEN, Suite, assert_blocked, assert_each_blocked


@pytest.mark.parametrize("setting", ["off", "off:", "off :  ", "warn", "fail: why", "no: reason"])
def test_disabling_the_guard_requires_a_reason(suite: Suite, setting: str) -> None:
    result = suite.ini(f"providercalls_guard = {setting}").write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*providercalls_guard: *`off: <reason>`, got '{setting.strip()}'*"])


def test_a_disabled_guard_shows_the_reason_and_blocks_nothing(suite: Suite) -> None:
    suite.ini("providercalls_guard = off: nightly run against staging: see #12")
    suite.write("""
        def test_x():
            assert "NO_PROXY" not in os.environ
            assert "connect" not in vars(socket.socket)
        """)
    result = suite.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["providercalls: guard is OFF*: nightly run against staging: see #12"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["one-process", "xdist"])
def test_the_command_line_overrides_the_ini_file(suite: Suite, workers: list[str]) -> None:
    suite.ini("providercalls_guard = off: some reason")
    suite.write(f"def test_x(): swallow(socket.getaddrinfo, '{HOST}', 443)\n")
    result = suite.run("--providercalls-guard=fail", *workers)
    result.assert_outcomes(failed=1)


def test_the_command_line_disables_the_guard_in_workers(suite: Suite) -> None:
    suite.write("def test_x(): assert 'connect' not in vars(socket.socket)\n")
    suite.run("--providercalls-guard=off: a reason", "-n", "2").assert_outcomes(passed=1)


def test_the_header_lists_the_guarded_hosts(suite: Suite) -> None:
    suite.ini("providercalls_guard_hosts = *.carrier.example", "    192.0.2.1")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.stdout.fnmatch_lines(["providercalls: guarded hosts: [*].voipbin.net, [*].carrier.example, 192.0.2.1"])


def test_extra_hosts_in_the_ini_file(suite: Suite) -> None:
    hosts = ["sip.carrier.example", "Carrier.Example.", EXTRA, "mine-7.example"]
    suite.ini("providercalls_guard_hosts = *.carrier.example", f"    {EXTRA}", "    mine-?.example")
    suite.write(f"""
        @pytest.mark.parametrize("host", {hosts})
        def test_x(host): swallow(socket.socket().connect, (host, 443))
        """)
    result = suite.run()
    assert_each_blocked(result, [f"test_x[{host}]" for host in hosts])
    result.assert_outcomes(failed=len(hosts))


@pytest.mark.parametrize("host", ["https://api.example.net", "api.example.net:443", "example.net/v1"])
def test_an_extra_host_that_cannot_match_is_an_error(suite: Suite, host: str) -> None:
    result = suite.ini(f"providercalls_guard_hosts = {host}").write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*providercalls_guard_hosts: *without scheme, port or path, got '{host}'*"])


def test_a_plugin_that_conftest_loads_still_guards(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_PLUGINS")
    suite.write("pytest_plugins = ['pytest_providercalls.plugin']\n", "conftest.py")
    suite.write(f"def test_x(): swallow(socket.getaddrinfo, '{HOST}', 443)\n")
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert_blocked(result, during="test_inner.py::test_x")


# proxies

CLIENTS = {
    "requests": "import requests; requests.get('https://api.voipbin.net', timeout=5)",
    "httpx": "import httpx; httpx.get('https://api.voipbin.net', timeout=5)",
    "urllib": "urllib.request.urlopen('https://api.voipbin.net', timeout=5)",
}


@pytest.mark.parametrize("no_proxy", [None, "mine.example"], ids=["", "own-no-proxy"])
def test_a_proxy_in_the_environment_does_not_hide_the_host(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, no_proxy: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    if no_proxy:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    result = suite.write("".join(OPEN.format(name=name, route=CLIENTS[name]) for name in CLIENTS)).run()
    assert_each_blocked(result, [f"test_open_{name}" for name in CLIENTS])
    result.assert_outcomes(failed=len(CLIENTS))


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        (None, None, (".voipbin.net,voipbin.net", ".voipbin.net,voipbin.net")),
        ("a", None, ("a,.voipbin.net,voipbin.net", "a,.voipbin.net,voipbin.net")),
        ("a", "b", ("a,.voipbin.net,voipbin.net", "b,.voipbin.net,voipbin.net")),
        ("*", None, ("*", None)),
    ],
)
def test_no_proxy_keeps_its_entries(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, upper: str | None, lower: str | None, expected: tuple[str, str]
) -> None:
    for name, value in (("NO_PROXY", upper), ("no_proxy", lower)):
        if value is not None:
            monkeypatch.setenv(name, value)
    suite.write(f"def test_x(): assert (os.environ.get('NO_PROXY'), os.environ.get('no_proxy')) == {expected}\n")
    suite.run_in_process().assert_outcomes(passed=1)

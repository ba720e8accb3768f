"""The guard, shown on real libraries: whatever is tried, it is stopped, named, and the test fails."""

from __future__ import annotations

import _socket
import json
import os
import pickle
import re
import socket
import sys
import textwrap
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.guard.guard.child_processes import VARIABLE
from pytest_providercalls.guard.guard.guard import Attempt, Guard, GuardedHostError, check, explain

from ..libraries import LIBRARIES

HOST = "api.voipbin.net"
EXTRA = "192.0.2.1"  # TEST-NET-1: routed nowhere
ATTEMPT = Attempt("connect", HOST, 443, "/home/me/test_x.py:7", "test_x.py::test_y", "MainThread")

IMPORTS = """
import asyncio, http.client, http.server, os, threading, urllib.request
import socket
import sys
import _socket
from socket import socket as early_bound
import pytest

def swallow(function, *arguments):
    try:
        function(*arguments)
    except Exception:
        pass

def swallow_async(coroutine):
    swallow(asyncio.run, coroutine)
"""

ROUTES = {
    "requests": "import requests; requests.get('https://api.voipbin.net/v1.0/providercalls', timeout=5)",
    "requests_session": "import requests; requests.Session().post('https://API.VOIPBIN.NET./v1.0', timeout=5)",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', 'https://api.voipbin.net', timeout=5)",
    "urllib": "urllib.request.urlopen('https://api.voipbin.net', timeout=5)",
    "http_client": "http.client.HTTPSConnection('api.voipbin.net', timeout=5).request('GET', '/')",
    **{name: f"import {name}; {name}.get('https://api.voipbin.net')" for name in LIBRARIES},
    "connect": "socket.socket().connect(('api.voipbin.net', 443))",
    "connect_bytes": "socket.socket().connect((b'api.voipbin.net', 443))",
    "connect_bare_domain": "socket.socket().connect(('voipbin.net', 443))",
    "connect_full_width": "socket.socket().connect(('\uff41pi\u3002voipbin.net', 443))",
    "connect_ex": "socket.socket().connect_ex(('api.voipbin.net', 443))",
    "early_bound": "early_bound().connect(('api.voipbin.net', 443))",
    "early_bound_connect_ex": "early_bound().connect_ex(('api.voipbin.net', 443))",
    "create_connection": "socket.create_connection(('api.voipbin.net', 443), timeout=5)",
    "sendto": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('api.voipbin.net', 5060))",
    "sendto_flags": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', 0, ('api.voipbin.net', 5060))",
    "sendmsg": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b''], [], 0, ('api.voipbin.net', 5060))",
    "getaddrinfo": "socket.getaddrinfo('api.voipbin.net', 443)",
    "gethostbyname": "socket.gethostbyname('api.voipbin.net')",
    "gethostbyname_ex": "socket.gethostbyname_ex('api.voipbin.net')",
    "gethostbyaddr": "socket.gethostbyaddr('api.voipbin.net')",
}

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
    ("socket.bind", (None, (HOST, 443)), ""),
    ("subprocess.Popen", ("curl", ["curl", f"https://{HOST}/v1.0/calls"], None, None), HOST),
    ("subprocess.Popen", ("git", ["git", "commit", "-m", f"call {HOST}"], None, None), ""),
    ("subprocess.Popen", ("curl", ["curl", "https://example.net"], None, None), ""),
    ("os.system", (f"wget {HOST}".encode(),), HOST),
    ("os.exec", ("nc", (Path("nc"), HOST, "443"), None), HOST),
    ("os.posix_spawn", ("xh", ("xh", HOST, 443), None), HOST),
    ("os.spawn", (0, "http", ["http", HOST], None), HOST),
]
"""Audit events with their arguments, and what is stopped of them, if anything is."""

# Both name the line of the route: two below the first, and one below it.
SWALLOWED = """
def test_swallowed_{name}():
    try:
        {route}
    except Exception as error:
        assert type(error).__name__ == "BlockedCall"
"""
OPEN = """
def test_open_{name}():
    {route}
"""

ASYNC_ROUTES = {
    "aiohttp": """
        import aiohttp
        async with aiohttp.ClientSession() as session:
            await session.get('https://api.voipbin.net')
        """,
    "httpx": """
        import httpx
        async with httpx.AsyncClient() as client:
            await client.get('https://api.voipbin.net')
        """,
    "open_connection": "await asyncio.open_connection('api.voipbin.net', 443)",
    "getaddrinfo": "await asyncio.get_running_loop().getaddrinfo('api.voipbin.net', 443)",
    "sock_connect": """
        with socket.socket() as sock:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ('api.voipbin.net', 443))
        """,
}


class Suite:
    """A downstream suite in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def write(self, text: str, name: str = "test_inner.py") -> Suite:
        self._pytester.path.joinpath(name).write_text(IMPORTS + textwrap.dedent(text), encoding="utf-8")
        return self

    def ini(self, *lines: str) -> Suite:
        self._pytester.makeini("\n".join(["[pytest]", *lines]))
        return self

    def run(self, *arguments: str) -> pytest.RunResult:
        plugins = ("-p", "xdist") if "-n" in arguments else ()
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins, *arguments, timeout=60)

    def run_in_process(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def line_of(self, text: str, name: str = "test_inner.py") -> int:
        lines = self._pytester.path.joinpath(name).read_text(encoding="utf-8").splitlines()
        return 1 + next(number for number, line in enumerate(lines) if text in line)


@pytest.fixture
def suite(alone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    # Neither this machine's proxies nor our own xdist workers are the inner session's business.
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    # Nor is the guard of the session that runs these tests.
    monkeypatch.delenv(VARIABLE, raising=False)
    return Suite(alone)


def environment() -> dict[str, str]:
    """The variables, but for the one that an inner session in this process takes away when it ends."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def stopped(result: pytest.RunResult, *, during: str, times: int = 1) -> None:
    """Check that the attempt is told as often as expected, with what was going on."""
    assert result.ret != 0
    told(result.stdout.str() + result.stderr.str(), during, times)


def told(output: str, during: str, times: int = 1) -> None:
    lines = [line for line in output.splitlines() if not line.startswith(("ERROR ", "FAILED "))]
    assert len([line for line in lines if " is guarded; socket." in line]) == times, output
    assert any("during:" in line and line.endswith(during) for line in lines), output
    assert "real, billable phone calls" in output
    assert "`voipbin`" in output


def failures(result: pytest.RunResult) -> dict[str, str]:
    """What is shown of each test and module that failed, by its name: of the test itself and of its teardown."""
    titles = r"^_{2,} (?:ERROR (?:at teardown of|collecting) )?(\S+) _{2,}$|^=+ .* =+$"
    parts = re.split(titles, result.stdout.str(), flags=re.MULTILINE)[1:]
    texts: dict[str, str] = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if name is not None:
            texts[name] = texts.get(name, "") + text
    return texts


def each_stopped(result: pytest.RunResult, tests: Iterable[str], during: str = "test_inner.py::{}") -> dict[str, str]:
    """Check that these tests or modules failed, and no others, each for one attempt; gives what is shown of each."""
    shown = failures(result)
    assert set(shown) == set(tests)
    for test, output in shown.items():
        told(output, during.format(test))
    return shown


# --- every way to open a connection ---------------------------------------------------------------------------------


def test_every_attempt_fails_its_own_test_once(suite: Suite) -> None:
    suite.write("".join(kind.format(name=name, route=ROUTES[name]) for name in ROUTES for kind in (SWALLOWED, OPEN)))
    result = suite.run()
    below = {f"test_{kind}_{name}": lines for name in ROUTES for kind, lines in (("swallowed", 2), ("open", 1))}
    for test, output in each_stopped(result, below).items():
        assert f"test_inner.py:{suite.line_of(f'def {test}()') + below[test]} (thread MainThread)" in output
    result.assert_outcomes(passed=len(ROUTES), errors=len(ROUTES), failed=len(ROUTES))


def test_every_asynchronous_attempt_fails_its_own_test_once(suite: Suite) -> None:
    suite.write("".join(map(asynchronous, ASYNC_ROUTES)))
    result = suite.run()
    for output in each_stopped(result, [f"test_{name}" for name in ASYNC_ROUTES]).values():
        assert re.search(r"from: .*test_inner\.py:\d+ ", output)
    result.assert_outcomes(passed=len(ASYNC_ROUTES), errors=len(ASYNC_ROUTES))


def asynchronous(name: str) -> str:
    body = textwrap.indent(textwrap.dedent(ASYNC_ROUTES[name]).strip(), " " * 4)
    return f"async def place_{name}():\n{body}\n\ndef test_{name}():\n    swallow_async(place_{name}())\n\n"


def test_audit_hook_alone_stops_a_raw_socket(suite: Suite) -> None:
    # The number needs no look-up, and `_socket.socket` carries no check of ours.
    suite.ini(f"providercalls_guard_hosts = {EXTRA}")
    suite.write(f"""
        @pytest.mark.parametrize("call", ["connect", "connect_ex"])
        def test_raw(call): swallow(getattr(_socket.socket(), call), ("{EXTRA}", 443))
        """)
    result = suite.run()
    for output in each_stopped(result, ["test_raw[connect]", "test_raw[connect_ex]"]).values():
        assert f"{EXTRA}:443 is guarded; socket.connect was stopped." in output
    result.assert_outcomes(passed=2, errors=2)


def test_attempt_is_recorded_once_and_names_port_and_thread(suite: Suite) -> None:
    suite.write(f"""
        def test_thread():
            call = lambda: swallow(socket.socket().connect, ('{HOST}', 443))
            thread = threading.Thread(target=call, name="dialler")
            thread.start()
            thread.join()
        """)
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    stopped(result, during="test_inner.py::test_thread")
    result.stdout.fnmatch_lines([f"*{HOST}:443 is guarded; socket.connect was stopped.", "*(thread dialler)"])


# --- every moment of a session --------------------------------------------------------------------------------------

IMPORTED = {
    "swallowed": f"swallow(socket.getaddrinfo, '{HOST}', 443)\ndef test_fine(): pass\n",
    "open": f"socket.getaddrinfo('{HOST}', 443)\ndef test_fine(): pass\n",
    "hidden": f"swallow(socket.getaddrinfo, '{HOST}', 443)\nraise OSError('other')\n",
    "skips": f"swallow(socket.getaddrinfo, '{HOST}', 443)\npytest.skip('x', allow_module_level=True)\n",
}


def test_every_attempt_at_import_fails_the_collection_once(suite: Suite) -> None:
    for name, code in IMPORTED.items():
        suite.write(code, f"test_{name}.py")
    result = suite.run_in_process()
    shown = each_stopped(result, [f"test_{name}.py" for name in IMPORTED], during="collecting {}")
    assert "OSError: other" in shown["test_hidden.py"]
    result.assert_outcomes(errors=len(IMPORTED))
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_swallowed_attempt_in_conftest_fails_the_session(suite: Suite) -> None:
    suite.write(f"swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    stopped(result, during="start-up, before any test")
    result.stdout.fnmatch_lines(["*conftest.py:*"])


def test_attempt_that_surfaces_in_conftest_ends_the_start_up(suite: Suite) -> None:
    suite.write(f"socket.getaddrinfo('{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    stopped(result, during="start-up, before any test")


def test_swallowed_attempt_in_fixture_teardown_fails_the_last_test(suite: Suite) -> None:
    # In this order: a fixture of the session ends with its last test.
    scopes = ("function", "module", "session")
    for scope in scopes:
        suite.write(
            f"""
            @pytest.fixture(scope="{scope}")
            def client():
                yield
                swallow(socket.getaddrinfo, '{HOST}', 443)

            def test_before_{scope}(): pass
            def test_last_{scope}(client): pass
            """,
            f"test_{scope}.py",
        )
    result = suite.run_in_process()
    each_stopped(result, [f"test_last_{scope}" for scope in scopes], during="::{}")
    result.assert_outcomes(passed=6, errors=3)


def test_attempt_that_surfaces_in_fixture_teardown_fails_once(suite: Suite) -> None:
    suite.write(f"""
        @pytest.fixture(scope="session")
        def client():
            yield
            socket.getaddrinfo('{HOST}', 443)

        def test_last(client): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=1, errors=1)
    stopped(result, during="test_inner.py::test_last")


def test_attempt_hidden_behind_another_teardown_error_is_told_beside_it(suite: Suite) -> None:
    suite.write(f"""
        @pytest.fixture
        def client():
            yield
            swallow(socket.getaddrinfo, '{HOST}', 443)
            raise OSError("other")

        def test_last(client): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=1, errors=1)
    stopped(result, during="test_inner.py::test_last")
    result.stdout.fnmatch_lines(["*OSError: other"])


def test_attempt_at_the_end_of_the_session_fails_it(suite: Suite) -> None:
    suite.write(f"def pytest_sessionfinish(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    stopped(result, during="the end of the session")


def test_attempt_in_unconfigure_fails_the_session(suite: Suite) -> None:
    suite.write(f"def pytest_unconfigure(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    stopped(result, during="the end of the session")


def test_attempt_between_tests_fails_the_session(suite: Suite) -> None:
    suite.write(f"def pytest_runtest_logfinish(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_next_test_does_not_pay_for_an_attempt(suite: Suite) -> None:
    suite.write(f"""
        def test_first(): swallow(socket.getaddrinfo, '{HOST}', 443)
        def test_second(): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_first*"])


# --- every outcome of a test ----------------------------------------------------------------------------------------

EXPECTED_FAILURES = {
    "marked-swallowed": "@pytest.mark.xfail\ndef test_x(): swallow(call); assert False",
    "marked-surfaced": "@pytest.mark.xfail\ndef test_x(): call()",
    "marked-passed": "@pytest.mark.xfail\ndef test_x(): swallow(call)",
    "imperative": "def test_x(): swallow(call); pytest.xfail('later')",
    "skipped": "def test_x(): swallow(call); pytest.skip('later')",
    "skipped-by-the-error": "def test_x():\n    try: call()\n    except Exception: pytest.skip('later')",
    "marked-other-teardown-error": (
        "@pytest.fixture\ndef late():\n    yield\n    swallow(call); raise OSError('other')\n"
        "@pytest.mark.xfail\ndef test_x(late): pass"
    ),
    "chained-from-none": ("def test_x():\n    try: call()\n    except Exception: raise KeyError('mine') from None"),
}


@pytest.mark.parametrize("test", EXPECTED_FAILURES.values(), ids=EXPECTED_FAILURES.keys())
def test_no_other_outcome_excuses_an_attempt(suite: Suite, test: str) -> None:
    result = suite.write(f"def call(): socket.getaddrinfo('{HOST}', 443)\n{test}\n").run_in_process()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    stopped(result, during="test_inner.py::test_x")


SURFACED = {
    "cause": "try: call()\n    except Exception as error: raise KeyError('mine') from error",
    "context": "try: call()\n    except Exception: raise KeyError('mine')",
    "three-tries": "swallow(call); swallow(call); call()",
}


@pytest.mark.parametrize("body", SURFACED.values(), ids=SURFACED.keys())
def test_attempt_that_pytest_shows_is_not_told_again(suite: Suite, body: str) -> None:
    suite.write(f"def call(): socket.getaddrinfo('{HOST}', 443)\ndef test_x():\n    {body}\n")
    result = suite.run_in_process()
    result.assert_outcomes(failed=1)
    stopped(result, during="test_inner.py::test_x")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups came with Python 3.11")
def test_attempt_in_an_exception_group_is_not_told_again(suite: Suite) -> None:
    suite.write(f"""
        async def place():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.open_connection('{HOST}', 443))

        def test_x(): asyncio.run(place())
        """)
    result = suite.run_in_process()
    result.assert_outcomes(failed=1)
    stopped(result, during="test_inner.py::test_x")


def test_second_place_is_told_beside_the_first(suite: Suite) -> None:
    suite.write(f"""
        def test_x():
            swallow(socket.getaddrinfo, '{HOST}', 443)
            socket.gethostbyname('{HOST}')
        """)
    result = suite.run_in_process()
    # `swallow` is the place of the first.
    result.assert_outcomes(failed=1, errors=1)
    stopped(result, during="test_inner.py::test_x", times=2)


# --- what is left alone ---------------------------------------------------------------------------------------------


def test_loopback_server_is_reachable(suite: Suite) -> None:
    suite.ini("providercalls_guard_hosts = *")
    suite.write("""
        @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
        def test_local(host):
            server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            assert urllib.request.urlopen(f"http://{host}:{server.server_port}", timeout=5).status == 200
            thread.join()
            server.server_close()

        def test_pair_and_unix(tmp_path):
            asyncio.run(asyncio.sleep(0))
            path = os.path.relpath(tmp_path / "api.voipbin.net")
            with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
                server.bind(path)
                server.listen()
                client.connect(path)
        """)
    suite.run("-W", "error").assert_outcomes(passed=3)


def test_other_calls_of_a_socket_behave_as_ever(suite: Suite) -> None:
    suite.write("""
        def test_datagram():
            with socket.socket(type=socket.SOCK_DGRAM) as here, socket.socket(type=socket.SOCK_DGRAM) as there:
                there.bind(("127.0.0.1", 0))
                assert here.sendto(b"ab", there.getsockname()) == 2
                assert here.sendmsg([b"ab"], [], 0, there.getsockname()) == 2
                here.connect(there.getsockname())
                assert here.sendmsg([b"abc"]) == 3
                assert here.connect_ex(there.getsockname()) == 0

        def test_wrong_use():
            with socket.socket() as sock, pytest.raises(TypeError):
                sock.connect()
            with pytest.raises(TypeError):
                socket.getaddrinfo(7, 443)
        """)
    suite.run("-W", "error").assert_outcomes(passed=2)


def test_everything_is_put_back_after_a_session(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "mine.example")
    before, attributes = environment(), dict(vars(socket.socket))
    suite.write(f"""
        def test_x():
            assert "mine.example,.voipbin.net,voipbin.net" == os.environ["NO_PROXY"] == os.environ["no_proxy"]
            swallow(socket.getaddrinfo, '{HOST}', 443)
        """)
    suite.run_in_process().assert_outcomes(passed=1, errors=1)
    assert environment() == before
    assert dict(vars(socket.socket)) == attributes


def test_everything_is_put_back_after_a_start_up_that_failed(suite: Suite) -> None:
    before, attributes = environment(), dict(vars(socket.socket))
    suite.write("raise OSError\n", "conftest.py")
    assert suite.run_in_process().ret == pytest.ExitCode.USAGE_ERROR
    assert environment() == before
    assert dict(vars(socket.socket)) == attributes


def test_class_is_as_it_was_when_no_guard_is_left(suite: Suite) -> None:
    suite.write("""
        from pytest_providercalls.guard.guard import Guard
        NAMES = {"connect", "connect_ex", "sendto", "sendmsg"}

        def test_x():
            assert not NAMES & set(vars(socket.socket))
            outer, inner = Guard(["*.example.net"]), Guard()
            outer.install(), inner.install()
            assert NAMES < set(vars(socket.socket))
            outer.remove(), outer.remove()
            assert NAMES < set(vars(socket.socket))
            inner.remove()
            assert not NAMES & set(vars(socket.socket))
            assert "NO_PROXY" not in os.environ and "no_proxy" not in os.environ
        """)
    suite.ini("providercalls_guard = off: the guard is the thing under test")
    suite.run().assert_outcomes(passed=1)


def test_check_that_another_tool_took_away_is_there_for_the_next_test(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard()
    guard.install()
    try:
        # As pytest-socket does after each test.
        monkeypatch.setattr(socket.socket, "connect", _socket.socket.connect)
        guard.during = "the next test"
        with socket.socket() as sock, pytest.raises(GuardedHostError):
            sock.connect(("voipbin.net", 443))
    finally:
        guard.remove()


def test_inner_session_leaves_the_outer_guard_alone(suite: Suite) -> None:
    suite.write(f"""
        pytest_plugins = ["pytester"]

        def test_outer(pytester):
            pytester.makepyfile("import socket\\ndef test_x(): socket.getaddrinfo('{HOST}', 443)")
            pytester.runpytest_inprocess().assert_outcomes(failed=1)
            assert "connect" in vars(socket.socket)
            with pytest.raises(RuntimeError, match="test_outer"):
                socket.getaddrinfo('{HOST}', 443)
        """)
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    # Told twice: by the inner session, in the captured output, and by the outer one.
    stopped(result, during="test_inner.py::test_outer", times=2)


# --- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["off", "off:", "off :  ", "warn", "fail: why", "no: reason"])
def test_off_needs_a_reason(suite: Suite, setting: str) -> None:
    result = suite.ini(f"providercalls_guard = {setting}").write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*providercalls_guard is '{setting.strip()}'*`off: <reason>`*"])


def test_guard_that_is_off_says_why_and_stops_nothing(suite: Suite) -> None:
    suite.ini("providercalls_guard = off: nightly run against staging: see #12")
    suite.write("""
        def test_x():
            assert "NO_PROXY" not in os.environ
            assert "connect" not in vars(socket.socket)
        """)
    result = suite.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["providercalls: guard is OFF*: nightly run against staging: see #12"])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "xdist"])
def test_command_line_wins_over_ini(suite: Suite, workers: list[str]) -> None:
    suite.ini("providercalls_guard = off: some reason")
    suite.write(f"def test_x(): swallow(socket.getaddrinfo, '{HOST}', 443)\n")
    result = suite.run("--providercalls-guard=fail", *workers)
    result.assert_outcomes(passed=1, errors=1)


def test_workers_obey_off_on_the_command_line(suite: Suite) -> None:
    suite.write("def test_x(): assert 'connect' not in vars(socket.socket)\n")
    suite.run("--providercalls-guard=off: a reason", "-n", "2").assert_outcomes(passed=1)


def test_header_names_the_guarded_hosts(suite: Suite) -> None:
    suite.ini("providercalls_guard_hosts = *.carrier.example", "    192.0.2.1")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.stdout.fnmatch_lines(["providercalls: guarded: [*].voipbin.net, [*].carrier.example, 192.0.2.1"])


def test_extra_hosts_by_ini(suite: Suite) -> None:
    hosts = ["sip.carrier.example", "Carrier.Example.", EXTRA, "mine-7.example"]
    suite.ini("providercalls_guard_hosts = *.carrier.example", f"    {EXTRA}", "    mine-?.example")
    suite.write(f"""
        @pytest.mark.parametrize("host", {hosts})
        def test_x(host): swallow(socket.socket().connect, (host, 443))
        """)
    result = suite.run()
    each_stopped(result, [f"test_x[{host}]" for host in hosts])
    result.assert_outcomes(passed=len(hosts), errors=len(hosts))


@pytest.mark.parametrize("host", ["https://api.example.net", "api.example.net:443", "example.net/v1"])
def test_extra_host_that_would_guard_nothing_is_refused(suite: Suite, host: str) -> None:
    result = suite.ini(f"providercalls_guard_hosts = {host}").write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*providercalls_guard_hosts has '{host}'*without scheme, port or path*"])


def test_plugin_that_is_loaded_late_still_guards(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_PLUGINS")
    suite.write("pytest_plugins = ['pytest_providercalls.plugin']\n", "conftest.py")
    suite.write(f"def test_x(): swallow(socket.getaddrinfo, '{HOST}', 443)\n")
    result = suite.run()
    result.assert_outcomes(passed=1, errors=1)
    stopped(result, during="test_inner.py::test_x")


# --- proxies --------------------------------------------------------------------------------------------------------

CLIENTS = {
    "requests": "import requests; requests.get('https://api.voipbin.net', timeout=5)",
    "httpx": "import httpx; httpx.get('https://api.voipbin.net', timeout=5)",
    "urllib": "urllib.request.urlopen('https://api.voipbin.net', timeout=5)",
}


@pytest.mark.parametrize("no_proxy", [None, "mine.example"], ids=["", "own-no-proxy"])
def test_proxy_of_the_environment_does_not_blind_the_guard(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, no_proxy: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    if no_proxy:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    result = suite.write("".join(OPEN.format(name=name, route=CLIENTS[name]) for name in CLIENTS)).run()
    each_stopped(result, [f"test_open_{name}" for name in CLIENTS])
    result.assert_outcomes(failed=len(CLIENTS))


@pytest.mark.parametrize(
    ("upper", "lower", "seen"),
    [
        (None, None, (".voipbin.net,voipbin.net", ".voipbin.net,voipbin.net")),
        ("a", None, ("a,.voipbin.net,voipbin.net", "a,.voipbin.net,voipbin.net")),
        ("a", "b", ("a,.voipbin.net,voipbin.net", "b,.voipbin.net,voipbin.net")),
        ("*", None, ("*", None)),
    ],
)
def test_no_proxy_keeps_what_was_there(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, upper: str | None, lower: str | None, seen: tuple[str, str]
) -> None:
    for name, value in (("NO_PROXY", upper), ("no_proxy", lower)):
        if value is not None:
            monkeypatch.setenv(name, value)
    suite.write(f"def test_x(): assert (os.environ.get('NO_PROXY'), os.environ.get('no_proxy')) == {seen}\n")
    suite.run_in_process().assert_outcomes(passed=1)


# --- workers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [["-p", "randomly"], []], ids=["random", "as-written"])
def test_each_worker_guards_itself(suite: Suite, order: list[str]) -> None:
    suite.write(f"""
        @pytest.mark.parametrize("n", range(4))
        def test_swallowed(n): swallow(socket.getaddrinfo, '{HOST}', 443)
        def test_open(): socket.getaddrinfo('{HOST}', 443)
        def test_fine(): pass
        """)
    result = suite.run("-n", "2", *order)
    result.assert_outcomes(passed=5, failed=1, errors=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("hook", ["pytest_sessionfinish", "pytest_runtest_logfinish"])
def test_worker_hands_over_the_attempts_that_have_no_test(suite: Suite, hook: str) -> None:
    suite.write(
        f"""
        def {hook}():
            if "PYTEST_XDIST_WORKER" in os.environ: swallow(socket.getaddrinfo, '{HOST}', 443)
        """,
        "conftest.py",
    )
    result = suite.write("def test_fine(): pass\n").run("-n", "1")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    stopped(result, during="the end of the session" if "session" in hook else "test_inner.py::test_fine")


def test_swallowed_attempt_at_import_fails_the_collection_of_workers(suite: Suite) -> None:
    suite.write(f"swallow(socket.getaddrinfo, '{HOST}', 443)\ndef test_fine(): pass\n")
    result = suite.run("-n", "2")
    assert result.ret != 0
    stopped(result, during="collecting test_inner.py")


# --- the mechanism by itself ----------------------------------------------------------------------------------------


def test_blocked_call_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(GuardedHostError(ATTEMPT)))
    assert type(copy) is GuardedHostError
    assert (copy.attempt, str(copy)) == (ATTEMPT, explain(ATTEMPT))


def test_blocked_call_is_no_oserror() -> None:
    assert not isinstance(GuardedHostError(ATTEMPT), OSError)


def test_explanation_holds_all_a_reader_needs() -> None:
    text = explain(ATTEMPT)
    for part in (f"{HOST}:443", "socket.connect", ATTEMPT.where, ATTEMPT.during, "off: <reason>", "voipbin_tls"):
        assert part in text


@pytest.mark.parametrize(
    "host",
    ["api.voipbin.net", "API.VoIPbin.NET.", "voipbin.net", "a.b.voipbin.net", "user:secret@api.voipbin.net"],
)
def test_guarded_names(host: str) -> None:
    assert Guard().guards(host)


@pytest.mark.parametrize("host", ["voipbin.net.example", "notvoipbin.net", "voipbin.com", "", "localhost", "::1"])
def test_other_names(host: str) -> None:
    assert not Guard().guards(host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", ""])
def test_loopback_is_never_guarded(host: str) -> None:
    assert not Guard(["*"]).guards(host)


def test_name_that_only_begins_like_loopback_is_guarded() -> None:
    assert Guard(["*"]).guards("127.0.0.1.example.net")


@pytest.mark.parametrize(("event", "arguments", "target"), EVENTS)
def test_the_hook_knows_what_each_event_is_about(event: str, arguments: tuple[object, ...], target: str) -> None:
    guard = Guard()
    guard.install()
    try:
        # By hand: what runs within the hook itself no tracer sees.
        check(event, arguments)
    except GuardedHostError as stopped:
        assert (stopped.attempt.event, stopped.attempt.target) == (event.removeprefix("socket."), target)
    finally:
        guard.remove()
    assert [attempt.target for attempt in guard.attempts] == ([target] if target else [])


def test_the_hook_does_nothing_when_no_guard_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_providercalls.guard.guard._ACTIVE", [])
    check("socket.getaddrinfo", (HOST, 443))


def test_a_guard_that_is_on_twice_is_off_at_once() -> None:
    guard = Guard(["*.twice.example"])
    guard.install()
    guard.install()
    guard.remove()
    guard.remove()
    check("socket.getaddrinfo", ("api.twice.example", 443))
    assert guard.attempts == []


def test_of_two_guards_the_one_beneath_is_asked_last_and_leaves_the_proxies() -> None:
    above, beneath = Guard(["*.above.example"]), Guard(["*.above.example", "*.beneath.example"])
    above.install()
    before = os.environ["NO_PROXY"]
    beneath.install(outermost=True)
    try:
        assert os.environ["NO_PROXY"] == before
        for host in ("x.above.example", "x.beneath.example"):
            with pytest.raises(GuardedHostError):
                check("socket.gethostbyname", (host,))
    finally:
        beneath.remove()
        above.remove()
    assert [[one.host for one in guard.attempts] for guard in (above, beneath)] == [
        ["x.above.example"],
        ["x.beneath.example"],
    ]


def test_another_process_reports_to_the_sessions_file_and_makes_none(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    guard = Guard(reports=str(reports), session=0)
    for _ in range(2):
        with pytest.raises(GuardedHostError) as stopped:
            guard.block("connect", HOST, 443)
        assert guard.attempts == []
        attempt = stopped.value.attempt
        assert attempt.process.endswith(f"(pid {os.getpid()})")
        # The first time there is no file: the session has ended.
        if reports.exists():
            assert Attempt(**json.loads(reports.read_text())) == attempt
        reports.touch()


USERS = "def ask(stop): stop('connect', 'api.voipbin.net', 443)"


@pytest.mark.parametrize(
    ("path", "name", "where"),
    [
        ("<string>", "__main__", "<string>:1"),
        ("/home/me/client.py", "client", "/home/me/client.py:1"),
        ("/usr/lib/site-packages/sdk/http.py", "sdk.http", "/usr/lib/site-packages/sdk/http.py:1"),
        ("<frozen thing>", "thing", f"a thread without user code, while the main thread was at {__file__}:"),
    ],
)
def test_an_attempt_names_the_nearest_line_of_the_users_else_of_a_librarys(path: str, name: str, where: str) -> None:
    code: dict[str, Any] = {"__name__": name}
    exec(compile(USERS, path, "exec"), code)
    # In a thread of the standard library's, so that nothing of this file is beneath.
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(code["ask"], Guard().block).exception()
    assert isinstance(stopped, GuardedHostError)
    assert stopped.attempt.where.startswith(where)


def test_a_name_that_cannot_be_encoded_is_compared_as_it_is() -> None:
    assert not Guard().guards("\u00e9" * 70 + ".example")
    assert Guard().guards("\u00e9" * 70 + ".voipbin.net")


def test_no_hosts_guard_nothing() -> None:
    assert not Guard([]).guards(HOST)


def test_credentials_in_a_host_are_not_kept() -> None:
    guard = Guard(["*.guard.example"])
    with pytest.raises(GuardedHostError) as caught:
        guard.block("connect", "user:secret@api.guard.example", 443)
    assert guard.attempts == [caught.value.attempt]
    assert "secret" not in str(caught.value) + repr(guard.attempts)


def test_label_is_put_back() -> None:
    guard = Guard()
    before = guard.during
    with pytest.raises(KeyError), guard.activity("one thing"):
        assert guard.during == "one thing"
        raise KeyError
    assert guard.during == before


def test_layers_say_what_is_on_and_what_is_not_seen() -> None:
    guard = Guard()
    text = "\n".join(guard.layers())
    assert "audit hook, not active" in text
    for hole in ("child processes", "pycurl", "uvloop", "number", "proxy given explicitly"):
        assert hole in text
    guard.install()
    try:
        assert "audit hook, active" in "\n".join(guard.layers())
    finally:
        guard.remove()


def test_check_of_another_tool_is_left_in_place(suite: Suite) -> None:
    suite.ini("providercalls_guard = off: the guard is the thing under test")
    suite.write("""
        from pytest_providercalls.guard.guard import Guard

        def other(self, address): return "other"

        def test_replaced_meanwhile():
            guard = Guard()
            guard.install()
            socket.socket.connect = other
            guard.remove()
            assert vars(socket.socket)["connect"] is other
            assert "sendto" not in vars(socket.socket)
            del socket.socket.connect

        def test_there_before():
            socket.socket.connect = other
            guard = Guard()
            guard.install()
            assert socket.socket().connect(("127.0.0.1", 9)) == "other"
            with pytest.raises(RuntimeError, match="is guarded"):
                socket.socket().connect(("api.voipbin.net", 443))
            guard.remove()
            assert vars(socket.socket)["connect"] is other
            del socket.socket.connect
        """)
    suite.run().assert_outcomes(passed=2)


def test_plugin_imports_only_the_standard_library_and_pytest(pytester: pytest.Pytester) -> None:
    script = pytester.makepyfile("""
        import sys, pytest
        before = set(sys.modules)
        import pytest_providercalls.plugin
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        assert new <= {*sys.stdlib_module_names, "pytest_providercalls"}, new
        """)
    assert pytester.runpython(script).ret == 0


def test_guard_imports_only_the_standard_library() -> None:
    import pytest_providercalls.guard.guard.guard

    text = Path(pytest_providercalls.guard.guard.__file__).read_text(encoding="utf-8")
    modules = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert {name.partition(".")[0] for name in modules} <= sys.stdlib_module_names

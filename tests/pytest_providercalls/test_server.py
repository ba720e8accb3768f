"""`voipbin_server`: each test has its own address, nobody reaches another test's fake, and nothing is left."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pytest_providercalls.fake_server import Clock, FakeVoipbin

from pytest_providercalls.fixtures.server_fixtures import PortPool, ServerHandle, ports

SEND = """
import os, urllib.request
for _ in range(2):
    request = urllib.request.Request(os.environ["VOIPBIN_BASE_URL"] + "/calls")
    request.add_header("Authorization", "Bearer " + os.environ["VOIPBIN_TOKEN"])
    print(urllib.request.urlopen(request).status)
"""

LEAKS = """
import os, sys, tempfile, threading

def state():
    files = os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    # As PYTEST_CURRENT_TEST, the guard's variable says what is going on; it goes at the end of the session.
    variables = {name: value for name, value in os.environ.items() if name != "PROVIDERCALLS_GUARD"}
    return {*threading.enumerate(), *files, *os.listdir(tempfile.gettempdir()), *variables.items()}

def pytest_sessionstart(session):
    session.config.before = state()

def pytest_terminal_summary(terminalreporter, config):
    terminalreporter.write_line(f"left: {state() - config.before or 'nothing'}")
"""


@pytest.fixture(scope="module")
def opened() -> Iterator[PortPool]:
    with ports() as made:
        yield made


def test_it_is_the_tests_own_fake(voipbin: FakeVoipbin, voipbin_server: ServerHandle) -> None:
    assert voipbin_server.fake is voipbin
    assert voipbin_server.url.endswith("/v1.0")
    headers = {"Authorization": f"Bearer {voipbin.super_admin.token}"}
    assert requests.get(f"{voipbin_server.url}/calls", headers=headers, timeout=10).status_code == 200
    assert [entry.url for entry in voipbin.requests] == ["/v1.0/calls"]


def test_a_child_process_is_led_to_the_fake_by_its_environment(voipbin_server: ServerHandle) -> None:
    done = subprocess.run([sys.executable, "-c", SEND], env=voipbin_server.env, capture_output=True, text=True)
    assert done.stdout.split() == ["200", "200"], done.stderr
    assert len(voipbin_server.fake.requests) == 2


def test_a_proxy_of_the_environment_is_left_out(monkeypatch: pytest.MonkeyPatch, opened: PortPool) -> None:
    from pytest_providercalls.fixtures.server_fixtures import http_server

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    before = dict(os.environ)
    with http_server(opened, FakeVoipbin(), "test_it") as server:
        assert requests.get(server.url.replace("/v1.0", "/ping"), timeout=10).status_code == 200
    assert dict(os.environ) == before


def test_no_credential_is_shown_or_logged(voipbin_server: ServerHandle, caplog: pytest.LogCaptureFixture) -> None:
    token = voipbin_server.fake.super_admin.token
    with caplog.at_level(0), caplog.at_level(1, "uvicorn.access"), caplog.at_level(1, "uvicorn.error"):
        requests.get(voipbin_server.url + "/calls", {"token": token}, headers={"X-Token": token}, timeout=10)
    ours = [record for record in caplog.records if not record.name.startswith("urllib3")]
    assert token not in "".join(record.getMessage() for record in ours)
    assert token not in repr(voipbin_server) + repr(voipbin_server.env)


def test_logging_is_left_as_it_was(voipbin_server: ServerHandle) -> None:
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        assert (logger.handlers, logger.propagate, logger.level) == ([], True, logging.NOTSET)


def test_a_client_that_sleeps_goes_by_the_fakes_clock(voipbin_server: ServerHandle, voipbin_time: Clock) -> None:
    """And the server's own loop does not make the time pass."""
    start = voipbin_time.now()
    with requests.Session() as session:
        for _ in range(20):
            assert session.get(voipbin_server.url.replace("/v1.0", "/ping"), timeout=10).status_code == 200
            time.sleep(60)
    assert 1200 <= (voipbin_time.now() - start).total_seconds() < 1201


# those who come after the end


def test_who_outlives_its_test_is_told_which_one_has_ended(opened: PortPool) -> None:
    first, second = FakeVoipbin(), FakeVoipbin()
    with requests.Session() as kept:
        with opened.open(first, "test_a.py::test_first") as listener:
            assert kept.get(f"{listener.url}/ping", timeout=10).status_code == 200
        with opened.open(second, "test_a.py::test_second") as other:
            assert other.port != listener.port
            for client in (kept, requests):
                answer = client.get(f"{listener.url}/v1.0/calls", timeout=10)  # type: ignore[attr-defined]
                error = answer.json()["error"]
                assert (answer.status_code, error["status"]) == (503, "UNAVAILABLE")
                assert "test_a.py::test_first" in error["message"]
    assert (len(first.requests), second.requests) == (1, [])


def test_a_thread_that_goes_on_sending_reaches_only_its_own_test(opened: PortPool) -> None:
    fakes = [FakeVoipbin() for _ in range(20)]
    stop, told = threading.Event(), set[int]()

    def send(url: str) -> None:
        with requests.Session() as session:
            while not stop.is_set():
                told.add(session.get(f"{url}/ping", timeout=10).status_code)

    with opened.open(fakes[0], "test_0") as listener:
        thread = threading.Thread(target=send, args=(listener.url,))
        thread.start()
        while not fakes[0].requests:
            time.sleep(0.001)
    seen = len(fakes[0].requests)
    for fake in fakes[1:10]:
        with opened.open(fake, "test_n"):
            time.sleep(0.005)
    stop.set()
    thread.join()
    assert told == {200, 503}
    assert [len(fake.requests) for fake in fakes] == [seen] + [0] * 19


def test_the_ports_of_old_tests_are_given_back(opened: PortPool) -> None:
    with opened.open(FakeVoipbin(), "test_old") as old:
        pass
    for _ in range(16):
        with opened.open(FakeVoipbin(), "test_newer"):
            pass
    with pytest.raises(requests.ConnectionError):
        requests.get(old.url, timeout=10)


# a session of its own


def test_one_thread_a_session_and_nothing_after_it(
    alone: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    alone.makeconftest(LEAKS)
    alone.makepyfile(
        """
        import threading
        import pytest
        import requests

        seen = set()

        @pytest.mark.parametrize("number", range(3))
        def test_it(voipbin_server, voipbin_tls, number):
            requests.get("https://api.voipbin.net/ping").raise_for_status()
            requests.get(voipbin_server.url.replace("/v1.0", "/ping")).raise_for_status()
            seen.update(thread for thread in threading.enumerate() if thread is not threading.main_thread())

        def test_there_was_one():
            assert [thread.name for thread in seen] == ["voipbin-server"]
        """
    )
    result = alone.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["left: nothing"])


@pytest.mark.parametrize(("fixture", "missing"), [("voipbin_server", "uvicorn"), ("voipbin_tls", "trustme")])
def test_an_extra_that_is_missing_is_named(alone: pytest.Pytester, fixture: str, missing: str) -> None:
    alone.makeconftest(f"import sys\nsys.modules[{missing!r}] = None")
    alone.makepyfile(f"def test_it({fixture}):\n    pass\ndef test_other(voipbin):\n    pass")
    result = alone.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    extra = fixture.removeprefix("voipbin_")
    result.stdout.fnmatch_lines([f"*{missing} is not installed*pip install 'pytest-providercalls?{extra}?'*"])

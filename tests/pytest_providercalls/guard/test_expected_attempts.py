"""Attempts that a test expects: they fail neither the test nor the session, and any other attempt still does."""

from __future__ import annotations

import re
import socket

import pytest

from pytest_providercalls import expect_blocked, fake_voipbin
from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

from .inner_suite import EXTRA, HOST, Suite, failure_output

HEAD = f"""
import subprocess, unittest
from pytest_providercalls import expect_blocked

def attempt(host='{HOST}'): socket.getaddrinfo(host, 443)

class ClientError(Exception): pass

def wrapped():
    try: attempt()
    except RuntimeError as error: raise ClientError from error
"""
EXPECTED = {
    "raised": "    with expect_blocked() as attempts: attempt()\n    assert attempts[0].host == 'api.voipbin.net'",
    "swallowed": "    with expect_blocked(): swallow(attempt)",
    "wrapped": "    with expect_blocked(), pytest.raises(ClientError): wrapped()",
    "several": "    with expect_blocked() as them: swallow(attempt), swallow(attempt)\n    assert len(them) == 2",
    "blocks": "    for _ in range(2):\n        with expect_blocked(): attempt()",
    "thread": (
        "    with expect_blocked():\n"
        "        thread = threading.Thread(target=swallow, args=(attempt,))\n"
        "        thread.start()\n        thread.join()"
    ),
    "typo": "    with expect_blocked('api.voipbin.com'): attempt('api.voipbin.com')",
    "absolute": "    with expect_blocked('API.voipbin.net.'): attempt('api.voipbin.net.')",
    "child": (
        "    code = \"import socket; socket.getaddrinfo('api.voipbin.net', 443)\"\n"
        "    with expect_blocked() as attempts: subprocess.run([sys.executable, '-c', code], stderr=subprocess.PIPE)\n"
        "    assert attempts[0].process"
    ),
}
UNEXPECTED = {
    "before": "    swallow(attempt)\n    with expect_blocked(): attempt()",
    "after": "    with expect_blocked(): attempt()\n    attempt()",
    "other_host": "    with expect_blocked('sip.voipbin.net'): swallow(attempt)",
    "other_host_raised": "    with expect_blocked('sip.voipbin.net'): attempt()",
    "only_raises": "    with pytest.raises(RuntimeError): attempt()",
}
CASE = f"""
class TestCase(unittest.TestCase):
    def test_case(self):
        with expect_blocked(): socket.getaddrinfo('{HOST}', 443)
"""


def code_of(bodies: dict[str, str]) -> str:
    return HEAD + "".join(f"\ndef test_{name}():\n{body}\n" for name, body in bodies.items())


def test_a_session_passes_if_every_attempt_was_expected(suite: Suite) -> None:
    result = suite.write(code_of(EXPECTED) + CASE).run()
    result.assert_outcomes(passed=len(EXPECTED) + 1)
    assert result.ret == pytest.ExitCode.OK


def test_any_other_attempt_still_fails(suite: Suite) -> None:
    result = suite.write(code_of(UNEXPECTED)).run_in_process()
    result.assert_outcomes(failed=len(UNEXPECTED))
    assert set(failure_output(result)) == {f"test_{name}" for name in UNEXPECTED}


def test_an_attempt_in_a_run_that_expected_none_is_not_excused_by_a_rerun(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    body = "    runs.append(1)\n    if len(runs) == 1: attempt()\n    with expect_blocked(): attempt()"
    fine = "    fine.append(1)\n    with expect_blocked(): attempt()\n    assert len(fine) > 1"
    code = "runs, fine = [], []\n" + code_of({"rerun": body, "fine": fine})
    result = suite.write(code).run("-p", "pytest_rerunfailures", "--reruns=1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert re.findall(r"^FAILED \S+::(\w+)", result.stdout.str(), re.MULTILINE) == ["test_rerun"]


def test_a_child_process_of_an_earlier_block_is_not_expected(suite: Suite) -> None:
    suite.write(
        HEAD
        + """
CODE = "import socket, sys; sys.stdin.read(); socket.getaddrinfo('api.voipbin.net', 443)"

def test_start():
    pytest.child = subprocess.Popen([sys.executable, '-c', CODE], stdin=subprocess.PIPE, stderr=subprocess.PIPE)

def test_expects():
    with expect_blocked():
        pytest.child.communicate()
        attempt()
"""
    )
    result = suite.run()
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*attempts that no failed test shows*", "*during: *::test_start"])


@pytest.mark.parametrize(("host", "named"), [(None, "a guarded host"), ("sip.voipbin.net", r"sip\.voipbin\.net")])
def test_the_block_fails_if_there_is_no_attempt(host: str | None, named: str) -> None:
    message = f"expected a blocked attempt to reach {named}, but there was none"
    with pytest.raises(AssertionError, match=message), expect_blocked(host):
        pass


def test_another_exception_is_not_replaced() -> None:
    with pytest.raises(KeyError, match="other"), expect_blocked():
        raise KeyError("other")


def test_the_block_does_not_run_without_a_guard(suite: Suite) -> None:
    suite.write(code_of({"off": "    with expect_blocked(): print('RAN')"}))
    result = suite.run("-s", "--providercalls-guard=off: a test")
    result.assert_outcomes(failed=1)
    assert "RAN\n" not in result.stdout.str()
    result.stdout.fnmatch_lines([">*with expect_blocked()*", "E*RuntimeError: no guard is active*real*"])
    assert "expected_attempts.py" not in result.stdout.str()


def test_the_host_must_be_guarded() -> None:
    with pytest.raises(ValueError, match=r"'example.net' is not guarded"), expect_blocked("example.net"):
        pass


def test_nested_guards() -> None:
    inner = Guard([EXTRA])
    inner.install()
    try:
        with expect_blocked() as attempts:
            with pytest.raises(GuardedHostError):
                socket.getaddrinfo(HOST, 443)
            socket.getaddrinfo(EXTRA, 443)
    finally:
        inner.remove()
    assert [one.host for one in attempts] == [HOST, EXTRA]
    assert inner.attempts == []


def test_outside_pytest() -> None:
    message = "blocked attempts to reach the real VoIPbin: 1"
    with pytest.raises(AssertionError, match=message), fake_voipbin(guard_hosts=[EXTRA]):
        with expect_blocked():
            socket.getaddrinfo(HOST, 443)
        with expect_blocked(EXTRA):
            socket.getaddrinfo(EXTRA, 443)
        with pytest.raises(GuardedHostError):
            socket.getaddrinfo(HOST, 443)

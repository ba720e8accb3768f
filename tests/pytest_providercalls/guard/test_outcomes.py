"""An attempt fails its test exactly once, regardless of the outcome of the test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .inner_suite import HOST, Suite, assert_blocked

EXPECTED_FAILURES = {
    "marked-swallowed": "@pytest.mark.xfail\ndef test_x(): swallow(call); assert False",
    "marked-raised": "@pytest.mark.xfail\ndef test_x(): call()",
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
def test_no_outcome_excuses_an_attempt(suite: Suite, test: str) -> None:
    result = suite.write(f"def call(): socket.getaddrinfo('{HOST}', 443)\n{test}\n").run_in_process()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="test_inner.py::test_x")


VISIBLE = {
    "cause": "try: call()\n    except Exception as error: raise KeyError('mine') from error",
    "context": "try: call()\n    except Exception: raise KeyError('mine')",
    "three-tries": "swallow(call); swallow(call); call()",
}


@pytest.mark.parametrize("body", VISIBLE.values(), ids=VISIBLE.keys())
def test_an_attempt_that_pytest_shows_is_not_reported_again(suite: Suite, body: str) -> None:
    suite.write(f"def call(): socket.getaddrinfo('{HOST}', 443)\ndef test_x():\n    {body}\n")
    result = suite.run_in_process()
    result.assert_outcomes(failed=1)
    assert_blocked(result, during="test_inner.py::test_x")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups need Python 3.11")
def test_an_attempt_in_an_exception_group_is_not_reported_again(suite: Suite) -> None:
    suite.write(f"""
        async def place():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.open_connection('{HOST}', 443))

        def test_x(): asyncio.run(place())
        """)
    result = suite.run_in_process()
    result.assert_outcomes(failed=1)
    assert_blocked(result, during="test_inner.py::test_x")


def test_attempts_at_two_call_sites_are_both_reported(suite: Suite) -> None:
    suite.write(f"""
        def test_x():
            swallow(socket.getaddrinfo, '{HOST}', 443)
            socket.gethostbyname('{HOST}')
        """)
    result = suite.run_in_process()
    # The call site of the first is in `swallow`.
    result.assert_outcomes(failed=1)
    assert_blocked(result, during="test_inner.py::test_x", times=2)


SWALLOWED_EARLIER = {
    "in-a-fixture": (
        "@pytest.fixture\ndef early(): swallow(call)\n@pytest.fixture\ndef late(): yield\ndef test_x(early, late): pass"
    ),
    "in-unittest": (
        "import unittest\nclass TestX(unittest.TestCase):\n"
        "    def setUp(self): swallow(call)\n    def test_x(self): pass"
    ),
    "in-an-expected-unittest-failure": (
        "import unittest\nclass TestX(unittest.TestCase):\n"
        "    @unittest.expectedFailure\n    def test_x(self): swallow(call); assert False"
    ),
    "in-a-skipped-unittest": (
        "import unittest\nclass TestX(unittest.TestCase):\n    def test_x(self): swallow(call); self.skipTest('later')"
    ),
}


@pytest.mark.parametrize("test", SWALLOWED_EARLIER.values(), ids=SWALLOWED_EARLIER.keys())
def test_the_test_itself_fails_and_not_its_teardown(suite: Suite, test: str) -> None:
    result = suite.write(f"def call(): socket.getaddrinfo('{HOST}', 443)\n{test}\n").run_in_process()
    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert output.count("\nprovidercalls blocked socket.") == 1
    assert "guard_plugin.py" not in output


def test_an_expected_failure_with_an_attempt_is_a_failure_in_the_junit_file(suite: Suite) -> None:
    suite.write(f"""
        @pytest.mark.xfail
        def test_x(): swallow(socket.getaddrinfo, '{HOST}', 443)
        """)
    suite.run_in_process("--junitxml=junit.xml").assert_outcomes(failed=1)
    # pytest changes the current folder to that of the inner suite.
    text = Path("junit.xml").read_text(encoding="utf-8")
    assert 'failures="1"' in text and "<failure" in text and "<skipped" not in text

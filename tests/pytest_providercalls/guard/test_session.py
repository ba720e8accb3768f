"""Attempts at every moment of a session, also in xdist workers."""

from __future__ import annotations

import pytest

from .inner_suite import HOST, Suite, assert_blocked, assert_each_blocked, failure_output

IMPORTED = {
    "swallowed": f"swallow(socket.getaddrinfo, '{HOST}', 443)\ndef test_fine(): pass\n",
    "open": f"socket.getaddrinfo('{HOST}', 443)\ndef test_fine(): pass\n",
    "hidden": f"swallow(socket.getaddrinfo, '{HOST}', 443)\nraise OSError('other')\n",
    "skips": f"swallow(socket.getaddrinfo, '{HOST}', 443)\npytest.skip('x', allow_module_level=True)\n",
}


def test_an_attempt_at_import_fails_the_collection_once(suite: Suite) -> None:
    for name, code in IMPORTED.items():
        suite.write(code, f"test_{name}.py")
    result = suite.run_in_process()
    shown = assert_each_blocked(result, [f"test_{name}.py" for name in IMPORTED], during="collecting {}")
    assert "OSError: other" in shown["test_hidden.py"]
    result.assert_outcomes(errors=len(IMPORTED))
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_a_swallowed_attempt_in_conftest_fails_the_session(suite: Suite) -> None:
    suite.write(f"swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="start-up, before any test")
    result.stdout.fnmatch_lines(["*conftest.py:*"])


def test_an_exception_in_conftest_ends_the_start_up(suite: Suite) -> None:
    suite.write(f"socket.getaddrinfo('{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_blocked(result, during="start-up, before any test")


def test_a_swallowed_attempt_in_fixture_teardown_fails_the_last_test(suite: Suite) -> None:
    # In this order, because a session fixture ends with the last test.
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
    assert_each_blocked(result, [f"test_last_{scope}" for scope in scopes], during="::{}")
    result.assert_outcomes(passed=6, errors=3)


def test_an_exception_in_fixture_teardown_fails_once(suite: Suite) -> None:
    suite.write(f"""
        @pytest.fixture(scope="session")
        def client():
            yield
            socket.getaddrinfo('{HOST}', 443)

        def test_last(client): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=1, errors=1)
    assert_blocked(result, during="test_inner.py::test_last")


def test_an_attempt_before_another_teardown_error_is_reported_with_it(suite: Suite) -> None:
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
    assert_blocked(result, during="test_inner.py::test_last")
    result.stdout.fnmatch_lines(["*OSError: other"])


def test_an_attempt_at_the_end_of_the_session_fails_it(suite: Suite) -> None:
    suite.write(f"def pytest_sessionfinish(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="the end of the session")


def test_an_attempt_in_unconfigure_fails_the_session(suite: Suite) -> None:
    suite.write(f"def pytest_unconfigure(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="the end of the session")


def test_an_attempt_between_tests_fails_the_session(suite: Suite) -> None:
    suite.write(f"def pytest_runtest_logfinish(): swallow(socket.getaddrinfo, '{HOST}', 443)\n", "conftest.py")
    result = suite.write("def test_fine(): pass\n").run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_next_test_is_not_affected(suite: Suite) -> None:
    suite.write(f"""
        def test_first(): swallow(socket.getaddrinfo, '{HOST}', 443)
        def test_second(): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_inner.py::test_first*"])


def test_the_advice_knows_the_fixtures_of_the_test(suite: Suite) -> None:
    suite.write("""
        import requests

        def test_requests(voipbin): requests.get('https://api.voipbin.net/ping')
        def test_requested_later(request):
            request.getfixturevalue("voipbin")
            requests.get('https://api.voipbin.net/ping')
        def test_other_host(voipbin_tls): socket.getaddrinfo("sip.voipbin.net", 443)
        def test_typo(voipbin):
            import httpx
            httpx.get('https://api.voipbin.com/v1.0/calls')
        def test_without(): requests.get('https://api.voipbin.net/ping')
        """)
    outputs = failure_output(suite.run())
    for test, advice in {
        "test_requests": "fix:    use `voipbin_tls`: this test has `voipbin`",
        "test_requested_later": "fix:    use `voipbin_tls`: this test has `voipbin`",
        "test_other_host": "fix:    this test has `voipbin_tls`, which serves https://api.voipbin.net and no other",
        "test_typo": "why:    api.voipbin.com is probably a typo of api.voipbin.net",
        "test_without": "fix:    use the `voipbin` fixture:",
    }.items():
        assert advice in outputs[test]


# xdist workers


@pytest.mark.parametrize("order", [["-p", "randomly"], []], ids=["random", "as-written"])
def test_each_worker_guards_itself(suite: Suite, order: list[str]) -> None:
    suite.write(f"""
        @pytest.mark.parametrize("n", range(4))
        def test_swallowed(n): swallow(socket.getaddrinfo, '{HOST}', 443)
        def test_open(): socket.getaddrinfo('{HOST}', 443)
        def test_fine(): pass
        """)
    result = suite.run("-n", "2", *order)
    result.assert_outcomes(passed=1, failed=5)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("hook", ["pytest_sessionfinish", "pytest_runtest_logfinish"])
def test_a_worker_passes_on_attempts_outside_tests(suite: Suite, hook: str) -> None:
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
    assert_blocked(result, during="the end of the session" if "session" in hook else "test_inner.py::test_fine")


def test_a_swallowed_attempt_at_import_fails_the_collection_in_workers(suite: Suite) -> None:
    suite.write(f"swallow(socket.getaddrinfo, '{HOST}', 443)\ndef test_fine(): pass\n")
    result = suite.run("-n", "2")
    assert result.ret != 0
    assert_blocked(result, during="collecting test_inner.py")

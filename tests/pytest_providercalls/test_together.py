"""Other popular plugins: each with this one in a separate session."""

from __future__ import annotations

import pytest

CLIENT = """
    import asyncio, time, unittest

    import anyio, httpx, pytest

    PING = "https://api.voipbin.net/ping"
    CALLS = "https://api.voipbin.net/v1.0/calls"

    async def poll(voipbin, clock):
        before = clock.now()
        async with httpx.AsyncClient() as client:
            for _ in range(3):
                assert (await client.get(PING)).status_code == 200
                await anyio.sleep(600)
        assert len(voipbin.requests) == 3
        assert (clock.now() - before).total_seconds() == pytest.approx(1800, abs=5)
"""
PLAIN_CLIENT = """
    import httpx

    def ping():
        return httpx.get("https://api.voipbin.net/ping").status_code

    def wait():
        import time
        time.sleep(3600)
"""


@pytest.fixture
def suite(bare_pytester: pytest.Pytester) -> pytest.Pytester:
    bare_pytester.makepyfile(client=CLIENT, plain_client=PLAIN_CLIENT)
    return bare_pytester


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(suite: pytest.Pytester, mode: str) -> None:
    pytest.importorskip("pytest_asyncio")
    suite.makepyfile(
        f"""
        import pytest, pytest_asyncio
        from client import *
        from hypothesis import given, settings, strategies as st

        mark = pytest.mark.asyncio if {mode == "strict"} else lambda test: test
        fixture = pytest_asyncio.fixture if {mode == "strict"} else pytest.fixture

        @fixture
        async def running():
            yield asyncio.get_running_loop().time()

        @mark
        async def test_polling(running, voipbin, voipbin_time):
            await poll(voipbin, voipbin_time)

        @mark
        @settings(max_examples=3)
        @given(st.integers(1, 3))
        async def test_each_example_starts_anew(voipbin, voipbin_time, number):
            assert not voipbin.requests
            await poll(voipbin, voipbin_time)

        @mark
        async def test_the_ready_client(voipbin, voipbin_async_client):
            assert (await voipbin_async_client.get("/calls")).status_code == 200

        @mark
        @pytest.mark.providercalls(edition="all")
        async def test_editions(voipbin_edition, voipbin_async_client):
            assert (await voipbin_async_client.get("/calls")).status_code == 200
        """
    )
    suite.makeini(f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n")
    # In a separate process, because older versions leave a loop open.
    suite.runpytest_subprocess("-p", "pytest_asyncio.plugin").assert_outcomes(passed=6)


def test_anyio(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from client import *

        @pytest.fixture(params=["asyncio", "trio"])
        def anyio_backend(request):
            return request.param

        @pytest.fixture
        async def running(anyio_backend):
            yield anyio.current_time()

        @pytest.mark.anyio
        async def test_polling(running, voipbin, voipbin_time):
            await poll(voipbin, voipbin_time)

        @pytest.mark.anyio
        async def test_the_ready_client(voipbin, voipbin_async_client):
            assert (await voipbin_async_client.get("/calls")).status_code == 200
        """
    )
    suite.runpytest_inprocess("-p", "anyio.pytest_plugin").assert_outcomes(passed=4)


def test_unittest(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from client import *

        @pytest.mark.providercalls(edition="server-2026-08")
        class TestSync(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def fakes(self, voipbin, voipbin_time):
                self.voipbin, self.clock = voipbin, voipbin_time

            def test_it(self):
                assert self.voipbin.edition.name == "server-2026-08"
                assert httpx.get(PING).status_code == 200
                time.sleep(3600)
                self.voipbin.assert_nothing_placed()

        @pytest.mark.usefixtures("voipbin")
        class TestWithoutTheFake(unittest.TestCase):
            def test_it(self):
                assert httpx.get(PING).status_code == 200

        class TestAsync(unittest.IsolatedAsyncioTestCase):
            @pytest.fixture(autouse=True)
            def fakes(self, voipbin, voipbin_time):
                self.voipbin, self.clock = voipbin, voipbin_time

            async def test_it(self):
                await poll(self.voipbin, self.clock)

        class TestGuarded(unittest.TestCase):
            def test_it(self):
                import socket
                with self.assertRaises(RuntimeError):
                    socket.getaddrinfo("api.voipbin.net", 443)
        """
    )
    result = suite.runpytest_inprocess()
    # The swallowed attempt is reported anyway.
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*::TestGuarded::test_it*"])


@pytest.mark.parametrize("arguments", ["voipbin, httpx_mock", "httpx_mock, voipbin"])
def test_pytest_httpx(suite: pytest.Pytester, arguments: str) -> None:
    """The fake serves its host and pytest-httpx all others, in either order of the fixtures."""
    pytest.importorskip("pytest_httpx")
    suite.makepyfile(
        f"""
        from client import *

        def test_it({arguments}):
            httpx_mock.add_response(url="https://elsewhere.example/", status_code=204)
            assert httpx.get(CALLS).status_code == 401
            assert httpx.get("https://elsewhere.example/").status_code == 204
            assert [entry.status for entry in voipbin.requests] == [401]

        def test_without_the_fake(httpx_mock):
            httpx_mock.add_response(url=PING, status_code=204)
            assert httpx.get(PING).status_code == 204
        """
    )
    suite.runpytest_inprocess("-p", "pytest_httpx").assert_outcomes(passed=2)


def test_respx(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        """
        from client import *

        @pytest.mark.parametrize("order", ["voipbin", "respx_mock"])
        def test_both(request, order):
            request.getfixturevalue(order)
            voipbin, respx_mock = request.getfixturevalue("voipbin"), request.getfixturevalue("respx_mock")
            respx_mock.get("https://elsewhere.example/").respond(204)
            voipbin.mount(respx_mock)
            assert httpx.get(CALLS).status_code == 401
            assert httpx.get("https://elsewhere.example/").status_code == 204
            assert [entry.status for entry in voipbin.requests] == [401]
        """
    )
    suite.runpytest_inprocess("-p", "respx.plugin").assert_outcomes(passed=2)


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_pytest_timeout(suite: pytest.Pytester, method: str) -> None:
    """It measures real time, so virtual hours do not count."""
    pytest.importorskip("pytest_timeout")
    suite.makepyfile(
        """
        from client import *

        def test_hours(voipbin_time):
            time.sleep(36000)

        def test_hours_of_a_loop(voipbin, voipbin_time):
            asyncio.run(poll(voipbin, voipbin_time))
        """
    )
    options = ("-p", "pytest_timeout", "--timeout=30", f"--timeout-method={method}", "--session-timeout=60")
    suite.runpytest_inprocess(*options).assert_outcomes(passed=2)


def test_pytest_cov(suite: pytest.Pytester) -> None:
    """Coverage works inside the fixtures, in this process and in a guarded child process."""
    pytest.importorskip("pytest_cov")
    suite.makepyfile(
        """
        import subprocess, sys
        import plain_client

        def test_it(voipbin, voipbin_time):
            assert plain_client.ping() == 200
            plain_client.wait()

        def test_a_child():
            code = "import plain_client, socket; socket.getaddrinfo('127.0.0.1', 1)"
            subprocess.run([sys.executable, "-c", code], check=True)
        """
    )
    result = suite.runpytest_subprocess("-p", "pytest_cov.plugin", "--cov=plain_client", "--cov-report=term")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["plain_client.py * 100%"])


def test_pytest_socket(suite: pytest.Pytester) -> None:
    """The fake works if all sockets are disabled, and the servers work if only loopback is allowed."""
    pytest.importorskip("pytest_socket")
    suite.makepyfile(
        """
        from client import *

        @pytest.mark.disable_socket
        def test_no_socket_at_all(voipbin):
            assert httpx.get(PING).status_code == 200

        @pytest.mark.allow_hosts(["127.0.0.1"])
        def test_a_server(voipbin_server):
            assert httpx.get(f"{voipbin_server.url}/calls").status_code == 401

        @pytest.mark.allow_hosts(["127.0.0.1"])
        def test_tls(voipbin_tls):
            assert httpx.get(CALLS).status_code == 401

        @pytest.mark.enable_socket
        def test_guarded():
            import socket
            with pytest.raises(RuntimeError, match="providercalls blocked"):
                socket.getaddrinfo("api.voipbin.net", 443)
        """
    )
    # The swallowed attempt is reported anyway.
    suite.runpytest_subprocess("-p", "pytest_socket").assert_outcomes(passed=3, failed=1)


def test_pytest_randomly(suite: pytest.Pytester) -> None:
    """The seeds do not affect each other."""
    pytest.importorskip("pytest_randomly")
    suite.makepyfile(
        """
        import random
        from client import *

        @pytest.mark.parametrize("number", range(3))
        def test_it(number, voipbin):
            state = random.getstate()
            assert httpx.get(CALLS).status_code == 401
            assert random.getstate() == state
            print("PROVIDER", voipbin.provider.id)
        """
    )
    seen = set()
    for seed in ("1", "2"):
        result = suite.runpytest_inprocess("-p", "pytest_randomly", f"--randomly-seed={seed}", "-s")
        result.assert_outcomes(passed=3)
        seen |= {line.split()[-1] for line in result.outlines if "PROVIDER" in line}
    assert len(seen) == 1, seen

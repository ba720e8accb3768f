"""The guard does not affect other connections, and restores everything that it changes."""

from __future__ import annotations

import os
import socket

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

from .inner_suite import HOST, Suite, assert_blocked


def environment() -> dict[str, str]:
    """Return the variables, except the one that an inner session in this process deletes when it ends."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def test_a_loopback_server_is_reachable(suite: Suite) -> None:
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


def test_other_socket_calls_are_unchanged(suite: Suite) -> None:
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


def test_a_session_restores_everything(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "mine.example")
    before, attributes = environment(), dict(vars(socket.socket))
    suite.write(f"""
        def test_x():
            assert "mine.example,.voipbin.net,voipbin.net" == os.environ["NO_PROXY"] == os.environ["no_proxy"]
            swallow(socket.getaddrinfo, '{HOST}', 443)
        """)
    suite.run_in_process().assert_outcomes(failed=1)
    assert environment() == before
    assert dict(vars(socket.socket)) == attributes


def test_a_failed_start_up_restores_everything(suite: Suite) -> None:
    before, attributes = environment(), dict(vars(socket.socket))
    suite.write("raise OSError\n", "conftest.py")
    assert suite.run_in_process().ret == pytest.ExitCode.USAGE_ERROR
    assert environment() == before
    assert dict(vars(socket.socket)) == attributes


def test_the_last_guard_restores_the_socket_class(suite: Suite) -> None:
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
    suite.ini("providercalls_guard = off: the guard is under test")
    suite.run().assert_outcomes(passed=1)


def test_a_check_that_another_tool_removed_is_restored_for_the_next_test(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = Guard()
    guard.install()
    try:
        # pytest-socket does this after each test.
        monkeypatch.setattr(socket.socket, "connect", socket.socket.__base__.connect)
        guard.during = "the next test"
        with socket.socket() as sock, pytest.raises(GuardedHostError):
            sock.connect(("voipbin.net", 443))
    finally:
        guard.remove()


def test_an_inner_session_does_not_affect_the_outer_guard(suite: Suite) -> None:
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
    result.assert_outcomes(failed=1)
    # Reported twice: by the inner session, in the captured output, and by the outer one.
    assert_blocked(result, during="test_inner.py::test_outer", times=2)


def test_the_check_of_another_tool_is_left_in_place(suite: Suite) -> None:
    suite.ini("providercalls_guard = off: the guard is under test")
    suite.write("""
        from pytest_providercalls.guard.guard import Guard

        def other(self, address): return "other"

        def test_replaced_later():
            guard = Guard()
            guard.install()
            socket.socket.connect = other
            guard.remove()
            assert vars(socket.socket)["connect"] is other
            assert "sendto" not in vars(socket.socket)
            del socket.socket.connect

        def test_replaced_earlier():
            socket.socket.connect = other
            guard = Guard()
            guard.install()
            assert socket.socket().connect(("127.0.0.1", 9)) == "other"
            with pytest.raises(RuntimeError, match="providercalls blocked"):
                socket.socket().connect(("api.voipbin.net", 443))
            guard.remove()
            assert vars(socket.socket)["connect"] is other
            del socket.socket.connect
        """)
    suite.run().assert_outcomes(passed=2)

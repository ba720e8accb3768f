"""The limits of the guard, as listed in docs/explanation/security.md: a test demonstrates each of them.

A local port plays the guarded host, so a test can see whether a connection arrives.
"""

from __future__ import annotations

import _socket
import contextlib
import ctypes
import importlib
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_providercalls.guard import guard as guard_module
from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.child_environment import FOLDER, VARIABLE
from pytest_providercalls.guard.child_processes import environment as child_environment
from pytest_providercalls.guard.guard import Guard

from ..pytest_providercalls.guard.checks.test_sent_data import QUERY

HOST = "127.0.0.1"


class Target:
    """A host that nothing should reach, and the port on which it listens."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port: int = listening.getsockname()[1]

    def was_reached(self) -> bool:
        self._listening.settimeout(10)
        with contextlib.suppress(TimeoutError), self._listening.accept()[0]:
            return True
        return False


@pytest.fixture
def target() -> Iterator[Target]:
    with socket.create_server((HOST, 0)) as listening:
        yield Target(listening)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    monkeypatch.setattr(guard_module, "is_loopback", lambda name: False)
    guard = Guard([HOST, "*.guard.example"])
    guard.install()
    try:
        yield guard
    finally:
        guard.remove()


# visible to the guard


def test_tcp_and_udp_to_a_guarded_address_are_blocked(guard: Guard, target: Target) -> None:
    address = HOST, target.port
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        for call in (tcp.connect, tcp.connect_ex, udp.connect):
            with pytest.raises(GuardedHostError):
                call(address)
        with pytest.raises(GuardedHostError):
            udp.sendto(b"INVITE sip:+12025550143@sip.guard.example SIP/2.0\r\n\r\n", address)
        with pytest.raises(GuardedHostError):
            udp.sendmsg([b"INVITE"], [], 0, address)
    assert len(guard.attempts) == 5


def test_a_proxy_is_asked_for_no_guarded_host(guard: Guard) -> None:
    with (
        socket.create_server(("127.0.0.2", 0)) as proxy,
        socket.create_connection(proxy.getsockname()) as client,
        pytest.raises(GuardedHostError),
    ):
        client.sendall(b"CONNECT api.guard.example:443 HTTP/1.1\r\n\r\n")
    assert [attempt.target for attempt in guard.attempts] == ["api.guard.example:443"]


def test_a_client_that_the_guard_knows_is_not_started(guard: Guard) -> None:
    with pytest.raises(GuardedHostError):
        subprocess.run(["curl", "https://api.guard.example/"], check=False)


# invisible to the guard


def test_a_c_library_with_its_own_sockets(guard: Guard, target: Target) -> None:
    libc = ctypes.CDLL(None)
    number = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", target.port) + socket.inet_aton(HOST) + bytes(8)
    try:
        assert libc.connect(number, address, len(address)) == 0
    finally:
        libc.close(number)
    assert target.was_reached() and guard.attempts == []


def test_libcurl(guard: Guard, target: Target) -> None:
    pycurl: Any = pytest.importorskip("pycurl")
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://{HOST}:{target.port}/")
    handle.setopt(pycurl.CONNECT_ONLY, True)
    handle.perform()
    handle.close()
    assert target.was_reached() and guard.attempts == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_a_child_in_another_language_without_a_host_argument(guard: Guard, target: Target) -> None:
    environment = {**os.environ, "HOST_NAME": HOST}
    subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/$HOST_NAME/{target.port}"], check=True, env=environment)
    assert target.was_reached() and guard.attempts == []


def test_a_python_child_without_an_environment(guard: Guard, target: Target) -> None:
    code = f"import socket; socket.create_connection(({HOST!r}, {target.port}))"
    subprocess.run([sys.executable, "-I", "-W", "ignore", "-c", code], check=True, env={})
    assert target.was_reached() and guard.attempts == []


def test_another_interpreter_in_this_process(guard: Guard, target: Target) -> None:
    interpreters: Any = importlib.import_module(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    )
    code = f"import _socket; s = _socket.socket(); s.connect(({HOST!r}, {target.port})); s.close()"
    # One that may import C modules without subinterpreter support, such as `_socket` before Python 3.12.
    other = interpreters.create() if sys.version_info < (3, 13) else interpreters.create("legacy")
    interpreters.run_string(other, code)
    interpreters.destroy(other)
    assert target.was_reached() and guard.attempts == []


def test_a_socket_that_was_connected_earlier(target: Target, request: pytest.FixtureRequest) -> None:
    with socket.create_connection((HOST, target.port)) as early:
        guard = request.getfixturevalue("guard")
        early.sendall(b"POST /v1.0/providercalls HTTP/1.1\r\n")
    assert target.was_reached() and guard.attempts == []


def test_dns_over_https(guard: Guard, target: Target) -> None:
    with socket.create_server(("127.0.0.2", 0)) as resolver, socket.create_connection(resolver.getsockname()) as client:
        client.sendall(b"POST /dns-query HTTP/1.1\r\n\r\n" + QUERY)
        with resolver.accept()[0] as accepted:
            assert b"guard" in accepted.recv(200)
    assert guard.attempts == []


@pytest.mark.parametrize("send", ["in pieces", "through its file descriptor"])
def test_a_request_to_a_proxy_that_send_does_not_see_at_once(guard: Guard, send: str) -> None:
    request = b"CONNECT api.guard.example:443 HTTP/1.1\r\n\r\n"
    with socket.create_server(("127.0.0.2", 0)) as proxy, socket.create_connection(proxy.getsockname()) as client:
        if send == "in pieces":
            client.sendall(request[:12])
            client.sendall(request[12:])
        else:
            os.write(client.fileno(), request)
        with proxy.accept()[0] as accepted:
            assert accepted.recv(len(request), socket.MSG_WAITALL) == request
    assert guard.attempts == []


def test_a_class_that_was_taken_before_the_guard_started(guard: Guard) -> None:
    early = socket.socket.__base__
    assert early is not None and early is not _socket.socket
    with contextlib.closing(early()) as sock, pytest.raises(socket.gaierror):
        sock.connect(("api.guard.example", 443))
    assert guard.attempts == []


@pytest.mark.parametrize("arguments", [["-K", "curl.conf"], ["https://${HOST_NAME}/"]], ids=["file", "variable"])
def test_a_client_whose_arguments_do_not_name_the_host(guard: Guard, tmp_path: Path, arguments: list[str]) -> None:
    curl = tmp_path / "curl"
    shutil.copy(str(shutil.which("echo")), curl)
    subprocess.run([str(curl), *arguments], check=True, stdout=subprocess.DEVNULL)
    assert guard.attempts == []


def test_a_client_that_the_guard_does_not_know(guard: Guard) -> None:
    subprocess.run(["echo", "https://api.guard.example/"], check=True, stdout=subprocess.DEVNULL)
    assert guard.attempts == []


@pytest.mark.skipif(not hasattr(os, "posix_spawn"), reason="there is no posix_spawn")
def test_another_sitecustomize_for_a_function_of_os(guard: Guard, target: Target, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").touch()
    environment = {**child_environment(guard, None), "PYTHONPATH": os.pathsep.join([str(tmp_path), FOLDER])}
    code = f"import socket; socket.create_connection(({HOST!r}, {target.port}))"
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", code], environment)
    assert os.waitpid(process, 0)[1] == 0
    assert target.was_reached() and guard.attempts == []


def test_an_ip_address_or_an_alias_of_a_guarded_host(guard: Guard) -> None:
    assert guard.guards("api.guard.example")
    assert not guard.guards("192.0.2.7")
    assert not guard.guards("alias.example")


def test_code_that_deliberately_evades_the_guard(guard: Guard, target: Target) -> None:
    # In a context, so that the guard is active again when its fixture removes it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard_module, "_ACTIVE", [])
        with socket.create_connection((HOST, target.port)):
            assert target.was_reached()
    assert guard.attempts == []


def test_a_child_that_cannot_write_its_report(tmp_path: Path) -> None:
    """It has no file with this name if it has another root folder."""
    guard = Guard(["*.guard.example"], reports=str(tmp_path / "gone"), session=1)
    guard.install()
    try:
        with pytest.raises(GuardedHostError):
            socket.getaddrinfo("api.guard.example", 443)
    finally:
        guard.remove()
    assert guard.attempts == [] and list(tmp_path.iterdir()) == []


# without a guard, or after its end


def test_a_plugin_that_pytest_loads_earlier(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.syspathinsert()
    state = "from pytest_providercalls.guard.guard import active_guards\nprint('guards:', len(active_guards()))\n"
    bare_pytester.makepyfile(early=state, late=state, test_it="def test_it(): pass\n")
    plugins = ("-p", "early", "-p", "pytest_providercalls.plugin", "-p", "late")
    before = len(guard_module.active_guards())
    result = bare_pytester.runpytest_inprocess("-p", "no:cacheprovider", *plugins)
    result.stdout.fnmatch_lines([f"guards: {before}", f"guards: {before + 1}", "*loaded before the guard*: early"])


def test_a_program_after_its_session(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(test_it="def test_it(): pass\n")
    before = guard_module.active_guards()
    pytest.main(["-p", "no:cacheprovider", "-q"])
    assert guard_module.active_guards() == before


def test_a_process_that_ends_itself(bare_pytester: pytest.Pytester) -> None:
    code = """
        import atexit, os, socket

        def end():
            try:
                socket.getaddrinfo("api.voipbin.net", 443)
            except RuntimeError:
                os._exit(0)

        def test_it(): atexit.register(end)
    """
    bare_pytester.makepyfile(code)
    assert bare_pytester.runpytest_subprocess("-p", "no:cacheprovider").ret == 0


@pytest.mark.parametrize("fake", ["", "@fake_voipbin()"], ids=["without a fake", "with a fake"])
def test_unittest(tmp_path: Path, fake: str) -> None:
    code = f"""
import unittest
from pytest_providercalls import fake_voipbin
from pytest_providercalls.guard.guard import active_guards

{fake}
class Tests(unittest.TestCase):
    def test_it(self): self.assertEqual(bool(active_guards()), {bool(fake)})
"""
    (tmp_path / "test_it.py").write_text(code)
    environment = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "PYTHONPATH")}
    subprocess.run([sys.executable, "-m", "unittest", "-q"], check=True, cwd=tmp_path, env=environment)

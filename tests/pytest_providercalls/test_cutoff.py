"""The proxy and the name server of `providercalls guard`, each by itself, over real sockets."""

from __future__ import annotations

import http.client
import http.server
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.guard.guard.guard import Guard

from pytest_providercalls.sandbox import dns_server
from pytest_providercalls.sandbox.proxy import VARIABLES, Proxy, running_proxy

GUARDED = "api.voipbin.net"


class Echo(http.server.BaseHTTPRequestHandler):
    """Says what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers.get('Connection')} {self.headers.get('Proxy-Authorization')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    for name in (*VARIABLES, *map(str.lower, VARIABLES), "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    guard = Guard()
    with running_proxy(lambda host, port: f"{host}:{port} is guarded" if guard.guards(host) else None) as running:
        yield running


def through(proxy: Proxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", proxy.server_address[1], timeout=10)


def say(proxy: Proxy, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_tunnel_to_a_guarded_host_is_refused(proxy: Proxy) -> None:
    for address in (f"{GUARDED}:443", f"{GUARDED.upper()}.:443", "voipbin.net:8443"):
        answer = say(proxy, f"CONNECT {address} HTTP/1.1\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403"), address
        assert b"is guarded" in answer


def test_a_plain_request_to_a_guarded_host_is_refused(proxy: Proxy) -> None:
    connection = through(proxy)
    connection.request("POST", f"http://{GUARDED}/v1.0/providercalls?token=secret", "{}")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (403, f"providercalls: {GUARDED}:80 is guarded\n".encode())
    connection.close()


def test_everything_else_passes(proxy: Proxy, origin: int) -> None:
    plain = through(proxy)
    plain.request("GET", f"http://127.0.0.1:{origin}/a/b?c=d")
    assert plain.getresponse().read() == b"/a/b?c=d close None"
    plain.close()
    tunnel = through(proxy)
    tunnel.set_tunnel("127.0.0.1", origin)
    for _ in range(2):
        tunnel.request("GET", "/through")
        assert tunnel.getresponse().read() == b"/through None None"
    tunnel.close()


def test_a_proxy_that_was_there_before_is_used_with_its_credentials(
    proxy: Proxy, origin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The origin plays the other proxy: it is sent the request as it is.
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{origin}")
    connection = through(proxy)
    connection.request("GET", "http://far.invalid/a")
    assert connection.getresponse().read() == b"http://far.invalid/a None Basic bWU6cEBzcw=="
    connection.close()


def test_a_host_that_cannot_be_reached_is_a_bad_gateway(proxy: Proxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert say(proxy, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()).startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"CONNECT a:b HTTP/1.1\r\n\r\n", b"GET https://x/ HTTP/1.1\r\n\r\n"],
)
def test_what_is_no_request_to_a_proxy_is_refused(proxy: Proxy, data: bytes) -> None:
    assert say(proxy, data).startswith(b"HTTP/1.1 400")


def test_the_variables_leave_no_way_past_it(proxy: Proxy) -> None:
    before = {"NO_PROXY": f"mine.example, {GUARDED},.voipbin.net,*"}
    variables = proxy.environment(before, Guard().guards)
    assert variables["NO_PROXY"] == variables["no_proxy"] == "localhost,127.0.0.1,::1,mine.example"
    assert {variables[name] for name in (*VARIABLES, *map(str.lower, VARIABLES))} == {proxy.url}


# the name server


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 1) + labels + b"\0" + struct.pack("!HH", kind, 1) + b"more"


def test_every_name_is_unknown_and_noted_once() -> None:
    seen: list[str] = []
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("127.0.0.1", 0))
    address = asked.getsockname()
    with dns_server.serve_nxdomain(asked, seen.append), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        for sent in (query(GUARDED), query(GUARDED.upper(), 28), query("other.example")):
            client.sendto(sent, address)
            answer = client.recv(512)
            identity, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", answer)
            assert (identity, flags & 0x8000, flags & 0x000F, questions, answers) == (0x1234, 0x8000, 3, 1, 0)
            assert answer[12:] == sent[12:-4]
    assert seen == [GUARDED, "other.example"]


@given(st.binary(max_size=80))
def test_whatever_is_asked_is_a_name_or_nothing(query: bytes) -> None:
    name, end = dns_server._question(query)
    assert bool(name) == bool(end)
    assert end <= len(query)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "nameserver 10.0.0.1\n# nameserver 10.0.0.2\nnameserver ::1\nnameserver 10.0.0.3 \n",
            ["10.0.0.1", "10.0.0.3"],
        ),
        ("search example.net\nnameserver\n", ["127.0.0.1"]),
        (None, ["127.0.0.1"]),
    ],
)
def test_where_names_are_asked_for(tmp_path: Path, text: str | None, addresses: list[str]) -> None:
    path = tmp_path / "resolv.conf"
    if text is not None:
        path.write_text(text)
    assert dns_server.configured_nameservers(path) == addresses

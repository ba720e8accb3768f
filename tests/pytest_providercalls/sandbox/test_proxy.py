"""The proxy of `providercalls guard`, over real sockets."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from pytest_providercalls.guard.guard import Guard
from pytest_providercalls.sandbox.proxy import VARIABLES, Proxy, running_proxy

GUARDED = "api.guard.example"  # not the real one, for which the guard of this session sends no request


class Echo(http.server.BaseHTTPRequestHandler):
    """Responds with what it received."""

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
    guard = Guard(["*.guard.example"])
    with running_proxy(lambda host, port: f"blocked {host}:{port}" if guard.guards(host) else None) as running:
        yield running


def connect_to(proxy: Proxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", proxy.server_address[1], timeout=10)


def send(proxy: Proxy, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.server_address[1]), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def test_a_tunnel_to_a_guarded_host_is_refused(proxy: Proxy) -> None:
    for address in (f"{GUARDED}:443", f"{GUARDED.upper()}.:443", "guard.example:8443"):
        response = send(proxy, f"CONNECT {address} HTTP/1.1\r\n\r\n".encode())
        assert response.startswith(b"HTTP/1.1 403"), address
        assert b"providercalls: blocked" in response


def test_a_plain_request_to_a_guarded_host_is_refused(proxy: Proxy) -> None:
    connection = connect_to(proxy)
    connection.request("POST", f"http://{GUARDED}/v1.0/providercalls?token=secret", "{}")
    response = connection.getresponse()
    assert (response.status, response.read()) == (403, f"providercalls: blocked {GUARDED}:80\n".encode())
    connection.close()


def test_everything_else_is_forwarded(proxy: Proxy, origin: int) -> None:
    plain = connect_to(proxy)
    plain.request("GET", f"http://127.0.0.1:{origin}/a/b?c=d")
    assert plain.getresponse().read() == b"/a/b?c=d close None"
    plain.close()
    tunnel = connect_to(proxy)
    tunnel.set_tunnel("127.0.0.1", origin)
    for _ in range(2):
        tunnel.request("GET", "/through")
        assert tunnel.getresponse().read() == b"/through None None"
    tunnel.close()


def test_a_proxy_of_the_users_own_is_used_with_its_credentials(
    proxy: Proxy, origin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The origin acts as the other proxy: it receives the request unchanged.
    monkeypatch.setenv("http_proxy", f"http://me:p%40ss@127.0.0.1:{origin}")
    connection = connect_to(proxy)
    connection.request("GET", "http://remote.invalid/a")
    assert connection.getresponse().read() == b"http://remote.invalid/a None Basic bWU6cEBzcw=="
    connection.close()


def test_a_host_that_cannot_be_reached_is_a_bad_gateway(proxy: Proxy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(proxy, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode()).startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"CONNECT a:b HTTP/1.1\r\n\r\n", b"GET https://x/ HTTP/1.1\r\n\r\n"],
)
def test_a_malformed_request_is_refused(proxy: Proxy, data: bytes) -> None:
    assert send(proxy, data).startswith(b"HTTP/1.1 400")


def test_the_variables_leave_no_way_around_the_proxy(proxy: Proxy) -> None:
    before = {"NO_PROXY": f"mine.example, {GUARDED},.guard.example,*"}
    variables = proxy.environment(before, Guard(["*.guard.example"]).guards)
    assert variables["NO_PROXY"] == variables["no_proxy"] == "localhost,127.0.0.1,::1,mine.example"
    assert {variables[name] for name in (*VARIABLES, *map(str.lower, VARIABLES))} == {proxy.url}

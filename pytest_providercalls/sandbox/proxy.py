"""A proxy on loopback that refuses the guarded hosts, and passes everything else on."""

from __future__ import annotations

import base64
import selectors
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

VARIABLES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_LOOPBACK: Final = "localhost,127.0.0.1,::1"
_LONGEST_LINE: Final = 65536
_CHUNK: Final = 65536
_SECONDS_TO_CONNECT: Final = 30.0
_BY_HOP: Final = (b"connection:", b"proxy-connection:", b"keep-alive:")

Judge = Callable[[str, int], "str | None"]
"""Says why a host and port are refused; None lets the request pass."""


class ProxyTarget(NamedTuple):
    """Where a request to a proxy is to go."""

    host: str
    port: int
    tunnel: bool
    """CONNECT, as for https; otherwise the request names a whole URL."""
    head: bytes
    """The request line and headers, as they came."""


class Proxy(socketserver.ThreadingTCPServer):
    """The proxy. `judge` is asked about each request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, judge: Judge) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.judge = judge

    @property
    def url(self) -> str:
        """What clients are given."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def environment(self, before: Mapping[str, str], guards: Callable[[str], bool]) -> dict[str, str]:
        """The variables that send a program here, also for what went past its proxy before."""
        kept = [one for one in _no_proxy(before) if one != "*" and not guards(one.lstrip("*."))]
        bypass = ",".join([_LOOPBACK, *kept])
        names = [*VARIABLES, *map(str.lower, VARIABLES)]
        # Node has obeyed these variables since version 24.5, when it is told to.
        return {
            **dict.fromkeys(names, self.url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), bypass),
            "NODE_USE_ENV_PROXY": "1",
        }

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is the client's affair: nothing is printed in the midst of its output."""


@contextmanager
def running_proxy(judge: Judge) -> Iterator[Proxy]:
    """A proxy that runs meanwhile."""
    with Proxy(judge) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), name="providercalls-proxy", daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


def _no_proxy(before: Mapping[str, str]) -> list[str]:
    value = before.get("no_proxy") or before.get("NO_PROXY") or ""
    return [one.strip() for one in value.split(",") if one.strip()]


class _Connection(socketserver.StreamRequestHandler):
    """One connection to the proxy: a request, then bytes to and fro."""

    server: Proxy
    # Unbuffered: what comes after the head belongs to the other side.
    rbufsize = 0

    def handle(self) -> None:
        target = self._target()
        if target is None:
            self._answer("400 Bad Request", "this is a proxy: it takes CONNECT host:port, or a whole URL")
            return
        why = self.server.judge(target.host, target.port)
        if why is not None:
            self._answer("403 Forbidden", why)
            return
        try:
            there, first = self._reach(target)
        except OSError as error:
            self._answer("502 Bad Gateway", str(error))
            return
        with there:
            there.sendall(first)
            _relay(self.connection, there)

    def _target(self) -> ProxyTarget | None:
        lines: list[bytes] = []
        while len(lines) < 1000:
            line = self.rfile.readline(_LONGEST_LINE)
            lines.append(line)
            if line in (b"\r\n", b"\n", b""):
                break
        return _parsed(b"".join(lines))

    def _reach(self, target: ProxyTarget) -> tuple[socket.socket, bytes]:
        """A connection towards the target, and what is to be said on it first."""
        proxy = getproxies_environment().get("https" if target.tunnel else "http")
        if proxy and not proxy_bypass(target.host):
            parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
            there = socket.create_connection((parts.hostname or "", parts.port or 80), _SECONDS_TO_CONNECT)
            return there, _with_credentials(target.head, parts.username, parts.password)
        there = socket.create_connection((target.host, target.port), _SECONDS_TO_CONNECT)
        if not target.tunnel:
            return there, _as_origin(target.head)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return there, b""

    def _answer(self, status: str, why: str) -> None:
        body = f"providercalls: {why}\n".encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):
            self.wfile.write(head.encode() + body)


def _parsed(head: bytes) -> ProxyTarget | None:
    words = head.partition(b"\n")[0].decode("latin-1").split()
    if len(words) != 3:
        return None
    method, address, _ = words
    try:
        parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
        port = parts.port or (443 if method == "CONNECT" else 80)
    except ValueError:
        return None
    if not parts.hostname or (method != "CONNECT" and parts.scheme != "http"):
        return None
    return ProxyTarget(parts.hostname, port, method == "CONNECT", head)


def _as_origin(head: bytes) -> bytes:
    """A request as its server wants it: the path for the URL, and one request for each connection."""
    line, *headers = head.splitlines()
    method, address, version = line.split()
    path = b"/" + address.split(b"/", 3)[3] if address.count(b"/") > 2 else b"/"
    kept = [header for header in headers if header and not header.lower().startswith(_BY_HOP)]
    return b"\r\n".join([b" ".join([method, path, version]), *kept, b"Connection: close", b"", b""])


def _with_credentials(head: bytes, username: str | None, password: str | None) -> bytes:
    if username is None:
        return head
    pair = f"{unquote(username)}:{unquote(password or '')}"
    header = b"Proxy-Authorization: Basic " + base64.b64encode(pair.encode())
    return head.rstrip(b"\r\n") + b"\r\n" + header + b"\r\n\r\n"


def _relay(here: socket.socket, there: socket.socket) -> None:
    """Pass bytes to and fro until neither side has more to say."""
    there.settimeout(None)
    with selectors.DefaultSelector() as ready:
        ready.register(here, selectors.EVENT_READ, there)
        ready.register(there, selectors.EVENT_READ, here)
        while ready.get_map():
            for key, _ in ready.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                data = source.recv(_CHUNK)
                if data:
                    key.data.sendall(data)
                else:
                    ready.unregister(source)
                    with suppress(OSError):
                        key.data.shutdown(socket.SHUT_WR)

"""A proxy on loopback that refuses the guarded hosts and forwards everything else."""

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
_MAX_LINE: Final = 65536
_CHUNK: Final = 65536
_CONNECT_TIMEOUT: Final = 30.0
_HOP_BY_HOP: Final = (b"connection:", b"proxy-connection:", b"keep-alive:")

Policy = Callable[[str, int], "str | None"]
"""Returns the reason to refuse a host and port, or None to forward the request."""


class ProxyTarget(NamedTuple):
    """The target of a request to the proxy."""

    host: str
    port: int
    tunnel: bool
    """True for CONNECT, as used for https; otherwise the request has an absolute URL."""
    head: bytes
    """The raw request line and headers."""


class Proxy(socketserver.ThreadingTCPServer):
    """The proxy. It calls `policy` for each request."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, policy: Policy) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.policy = policy

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def environment(self, before: Mapping[str, str], guards: Callable[[str], bool]) -> dict[str, str]:
        """Return the variables that make a program use this proxy, even for hosts that used to bypass its proxy."""
        kept = [one for one in _no_proxy(before) if one != "*" and not guards(one.lstrip("*."))]
        bypass = ",".join([_LOOPBACK, *kept])
        names = [*VARIABLES, *map(str.lower, VARIABLES)]
        # Node 24.5 and newer use the proxy variables only if this one is set.
        return {
            **dict.fromkeys(names, self.url),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), bypass),
            "NODE_USE_ENV_PROXY": "1",
        }

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore broken connections; a message would only clutter the output of the command."""


@contextmanager
def running_proxy(policy: Policy) -> Iterator[Proxy]:
    """Run a proxy inside the block."""
    with Proxy(policy) as proxy:
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
    """One connection to the proxy: a request, then bytes in both directions."""

    server: Proxy
    # Unbuffered: the bytes after the headers are for the target.
    rbufsize = 0

    def handle(self) -> None:
        target = self._target()
        if target is None:
            self._respond("400 Bad Request", "this is a proxy: it accepts CONNECT host:port or an absolute URL")
            return
        reason = self.server.policy(target.host, target.port)
        if reason is not None:
            self._respond("403 Forbidden", reason)
            return
        try:
            upstream, head = self._connect(target)
        except OSError as error:
            self._respond("502 Bad Gateway", str(error))
            return
        with upstream:
            upstream.sendall(head)
            _relay(self.connection, upstream)

    def _target(self) -> ProxyTarget | None:
        lines: list[bytes] = []
        while len(lines) < 1000:
            line = self.rfile.readline(_MAX_LINE)
            lines.append(line)
            if line in (b"\r\n", b"\n", b""):
                break
        return _parse(b"".join(lines))

    def _connect(self, target: ProxyTarget) -> tuple[socket.socket, bytes]:
        """Connect to the target, through the user's own proxy if there is one; return also the first bytes to send."""
        proxy = getproxies_environment().get("https" if target.tunnel else "http")
        if proxy and not proxy_bypass(target.host):
            parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
            upstream = socket.create_connection((parts.hostname or "", parts.port or 80), _CONNECT_TIMEOUT)
            return upstream, _with_credentials(target.head, parts.username, parts.password)
        upstream = socket.create_connection((target.host, target.port), _CONNECT_TIMEOUT)
        if not target.tunnel:
            return upstream, _origin_form(target.head)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return upstream, b""

    def _respond(self, status: str, reason: str) -> None:
        body = f"providercalls: {reason}\n".encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        with suppress(OSError):
            self.wfile.write(head.encode() + body)


def _parse(head: bytes) -> ProxyTarget | None:
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


def _origin_form(head: bytes) -> bytes:
    """Rewrite a request for the origin server: a path instead of the URL, and one request per connection."""
    line, *headers = head.splitlines()
    method, address, version = line.split()
    path = b"/" + address.split(b"/", 3)[3] if address.count(b"/") > 2 else b"/"
    kept = [header for header in headers if header and not header.lower().startswith(_HOP_BY_HOP)]
    return b"\r\n".join([b" ".join([method, path, version]), *kept, b"Connection: close", b"", b""])


def _with_credentials(head: bytes, username: str | None, password: str | None) -> bytes:
    if username is None:
        return head
    pair = f"{unquote(username)}:{unquote(password or '')}"
    header = b"Proxy-Authorization: Basic " + base64.b64encode(pair.encode())
    return head.rstrip(b"\r\n") + b"\r\n" + header + b"\r\n\r\n"


def _relay(client: socket.socket, upstream: socket.socket) -> None:
    """Copy bytes in both directions until both sides have finished sending."""
    upstream.settimeout(None)
    with selectors.DefaultSelector() as selector:
        selector.register(client, selectors.EVENT_READ, upstream)
        selector.register(upstream, selectors.EVENT_READ, client)
        while selector.get_map():
            for key, _ in selector.select():
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                data = source.recv(_CHUNK)
                if data:
                    key.data.sendall(data)
                else:
                    selector.unregister(source)
                    with suppress(OSError):
                        key.data.shutdown(socket.SHUT_WR)

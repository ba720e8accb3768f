"""https://api.voipbin.net in this process: its name leads to a loopback port, and its certificate is trusted."""

from __future__ import annotations

import _socket
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import certifi
import pytest
import trustme

from . import curl
from .fake_server.core import BASE_URL, HOST, FakeVoipbin
from .fake_server.server import Listener
from .fake_server.transports import Timed
from .intercept import Interception
from .server import Ports, Server, environment, past_proxies

_ADDRESS: Final = "127.118.98.110"
"""What the host's name leads to: loopback, and nobody else's."""
_TRUST: Final = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""What OpenSSL (and with it Python, httpx, Ruby, Go), requests, curl and Node read."""


class Authority:
    """A throw-away certificate authority, and a certificate of it for VoIPbin's host.

    `server` and `trust` are the TLS contexts of its server and of who trusts nobody else. `bundle` is a file of
    certificates: the authority's own, and what was trusted before.
    """

    def __init__(self, folder: Path) -> None:
        ca = trustme.CA(organization_name="pytest-providercalls")
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(HOST, "127.0.0.1", "localhost").configure_cert(self.server)
        self.trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ca.configure_trust(self.trust)
        self.bundle = folder / "voipbin-ca.pem"
        self.bundle.write_bytes(b"\n".join((ca.cert_pem.bytes(), *_trusted())))


def _trusted() -> Iterator[bytes]:
    """The certificates of each file that clients trust until now."""
    for name in {certifi.where(), *filter(None, map(os.environ.get, _TRUST))}:
        if Path(name).is_file():
            yield Path(name).read_bytes()


@contextmanager
def authority() -> Iterator[Authority]:
    """An authority, whose file is removed at the end. Its keys are never in a file of their own."""
    with TemporaryDirectory(prefix="voipbin-tls-") as folder:
        yield Authority(Path(folder))


@contextmanager
def in_place(ports: Ports, authority: Authority, fake: FakeVoipbin, test: str) -> Iterator[Server]:
    """A test's fake in the place of https://api.voipbin.net, for every Python client in this process."""
    with listening(ports, authority, fake, test) as listener:
        yield Server(BASE_URL, environment(f"{listener.url}/v1.0", fake), fake)


@contextmanager
def listening(ports: Ports, authority: Authority, handler: Timed, test: str) -> Iterator[Listener]:
    """What answers in the place of https://api.voipbin.net.

    Also to httpx and httpx2: who asks for TLS wants to see it, and so no request is intercepted meanwhile.
    """
    with (
        ports.open(handler, test, authority.server) as listener,
        pytest.MonkeyPatch.context() as patches,
        Interception(handler, steps_aside=lambda _library: True),
    ):
        _lead(patches, listener)
        _trust(patches, authority)
        curl.lead(patches, listener, authority.bundle)
        past_proxies(patches, HOST)
        past_proxies(patches, listener.host)
        yield listener


def _lead(patches: pytest.MonkeyPatch, listener: Listener) -> None:
    """Have the host's name lead to a listener, wherever Python looks it up or connects to it."""
    # `_socket`, since references to `socket.getaddrinfo` that were taken before lead there too. The audit event, at
    # which the guard stops a look-up, is raised within the originals: they are asked for a number.
    for module, name in ((_socket, "getaddrinfo"), (socket, "gethostbyname"), (socket, "gethostbyname_ex")):
        patches.setattr(module, name, _looking_up(getattr(module, name)))
    # By number, since some libraries (anyio) take the addresses of a look-up, and bring the port themselves.
    for name in ("connect", "connect_ex"):
        patches.setattr(socket.socket, name, _connecting(getattr(socket.socket, name), listener))


def _looking_up(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, *rest: Any) -> Any:
        return original(_ADDRESS if _is_voipbin(host) else host, *rest)

    return look_up


def _connecting(original: Callable[..., Any], listener: Listener) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[1:] == (443,) and (_is_voipbin(address[0]) or address[0] == _ADDRESS):
            address = (listener.host, listener.port)
        return original(self, address)

    return connect


def _trust(patches: pytest.MonkeyPatch, authority: Authority) -> None:
    """Have the authority trusted, for the host only where a library asks Python, and by all who read a file."""
    for name in _TRUST:
        patches.setenv(name, str(authority.bundle))
    # Libraries make contexts when they are imported, or load a list of certificates of their own. So at the start of a
    # connection to the host its context changes, as a server's does for SNI: whom to trust is read from the new one,
    # all else (the checks to be made, versions, ciphers, ALPN) stays. The client's own context is never touched.
    for name in ("_wrap_socket", "_wrap_bio"):
        patches.setattr(ssl.SSLContext, name, _trusting(getattr(ssl.SSLContext, name), authority.trust))


def _trusting(original: Callable[..., Any], trust: ssl.SSLContext) -> Callable[..., Any]:
    def wrap(self: ssl.SSLContext, *arguments: Any, **named: Any) -> Any:
        connection = original(self, *arguments, **named)
        if not connection.server_side and _is_voipbin(connection.server_hostname):
            connection.context = trust
        return connection

    return wrap


def _is_voipbin(host: object) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return isinstance(name, str) and name.lower().removesuffix(".") == HOST

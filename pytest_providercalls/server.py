"""A test's fake behind real sockets: on a port of its own, with the environment that a child process needs for it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ssl import SSLContext
from typing import TYPE_CHECKING, Final

import pytest

from .contracts.http import Request, Response
from .contracts.rule import STATUS_NAMES
from .fake_server import gojson
from .fake_server.control.site import Site
from .fake_server.core import FakeVoipbin
from .fake_server.delivery import Delivery
from .fake_server.environment import variables
from .fake_server.server import Listener, LoopbackServer
from .fake_server.transports import Handler

if TYPE_CHECKING:
    from .fake_server.control.api import Control

_PORTS_KEPT: Final = 16


class Environment(dict[str, str]):
    """Variables for a child process. Some are secret, so the repr has none."""

    def __repr__(self) -> str:
        return f"<Environment of {len(self)} variables>"


@dataclass(frozen=True, slots=True)
class Server:
    """A test's fake behind a real HTTP server."""

    url: str
    """The base URL; it ends in `/v1.0`."""
    env: Environment
    """This process's variables and, for a child process:

    VOIPBIN_BASE_URL, VOIPBIN_TOKEN and VOIPBIN_ACCESSKEY (a super-admin's), VOIPBIN_PROVIDER_ID, and the first and the
    third also as VOIPBIN_API_BASE_URL and VOIPBIN_API_KEY, which VoIPbin's own voipbin-mcp reads.
    """
    fake: FakeVoipbin


class Ended:
    """What answers at the address of a test that is over."""

    def __init__(self, test: str) -> None:
        self._test = test

    def deliver(self, _request: Request, /) -> Delivery:
        """Refuse, in the API's own shape."""
        message = (
            f"The test {self._test} has ended, and so has its fake VoIPbin, which was here."
            " Stop what is still sending (a thread, a task, a child process) before its test ends."
        )
        error = {"message": message, "reason": "TEST_HAS_ENDED", "status": STATUS_NAMES[503]}
        body = gojson.encode({"error": error})
        length = ("Content-Length", str(len(body)))
        headers = (("Content-Type", "application/json"), length, ("Connection", "close"))
        return Delivery(Response(503, headers, body))


class Ports:
    """The session's server: a port for each test, and for a while also for the last tests that have ended.

    The client of an ended test has the address of that test only; so it is told what has happened, and never reaches
    another test's fake.
    """

    def __init__(self, server: LoopbackServer) -> None:
        self._server = server
        self._ended: deque[Listener] = deque()

    @contextmanager
    def open(
        self,
        handler: Handler,
        test: str,
        tls: SSLContext | None = None,
        control: Callable[[], Control] | None = None,
    ) -> Iterator[Listener]:
        """The fake of a test, on a port of its own while the test runs; with a control API if that is given."""
        site = Site(handler, control)
        listener = self._server.serve(site, tls=tls)
        try:
            yield listener
        finally:
            self._server.between_requests(lambda: site.close(Ended(test)))
            self._ended.append(listener)
            if len(self._ended) > _PORTS_KEPT:
                self._ended.popleft().close()


def _control(fake: FakeVoipbin) -> Control:
    # Few tests ask for it, and its models take their time to import.
    from .fake_server.control.api import Control

    return Control(fake)


@contextmanager
def ports() -> Iterator[Ports]:
    """A server in a thread of its own, stopped at the end."""
    with LoopbackServer() as server:
        yield Ports(server)


def past_proxies(patches: pytest.MonkeyPatch, host: str) -> None:
    """Have clients that obey the proxy variables leave the proxy out for a host."""
    for name, other in (("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")):
        before = os.environ.get(name) or os.environ.get(other, "")
        # "*" means every host, but only when it stands alone.
        if before != "*":
            patches.setenv(name, f"{before},{host}".strip(","))


def environment(base_url: str, fake: FakeVoipbin) -> Environment:
    """This process's variables, and those that lead a child process to a fake."""
    return Environment(os.environ | variables(base_url, fake))


@contextmanager
def plain(ports: Ports, fake: FakeVoipbin, test: str) -> Iterator[Server]:
    """A test's fake behind HTTP."""
    with ports.open(fake, test, control=lambda: _control(fake)) as listener, pytest.MonkeyPatch.context() as patches:
        past_proxies(patches, listener.host)
        url = f"{listener.url}/v1.0"
        yield Server(url, environment(url, fake), fake)

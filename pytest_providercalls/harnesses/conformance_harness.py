"""Harnesses for the conformance suite: a fresh fake behind the client's transport."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from ..contracts.conformance.harness import SentRequest, Transport
    from ..contracts.http import Request
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.transports.loopback_server import Listener
    from ..fake_server.transports.wire_response import WireResponse

_MAX_REQUESTS: Final = 300
"""How many requests a client may send to one harness."""
_SECONDS_TO_CLOSE: Final = 0.2


class Harness:
    """A fake that records a client's requests, and lets a check change requests and responses in transit."""

    def __init__(self, fake: FakeVoipbin, *, virtual_time: bool) -> None:
        self.fake = fake
        self.clock = fake.clock
        self.base_url = fake.base_url
        self.virtual_time = virtual_time
        self.sent: list[SentRequest] = []
        self.on_request: Callable[[Request], Request] | None = None
        self.on_response: Callable[[Request, Any], Any] | None = None
        self._listener: Listener | None = None
        self._earlier: frozenset[object] = frozenset()

    def respond(self, request: Request, /) -> WireResponse:
        """Let the fake respond. Stops a client that never stops sending requests."""
        from ..contracts.conformance.harness import SentRequest
        from ..fake_server.transports.wire_response import replace_body

        if len(self.sent) >= _MAX_REQUESTS:
            return self._stop()
        at = time.monotonic()
        if self.on_request is not None:
            request = self.on_request(request)
        before = len(self.fake.requests)
        wire_response = self.fake.respond(request)
        self.sent.append(SentRequest(at, self.fake.requests[before]))
        response = wire_response.response
        if self.on_response is None or response is None or response.status != 200 or wire_response.connection_error:
            return wire_response
        changed = json.dumps(self.on_response(request, response.json()))
        return wire_response._replace(response=replace_body(response, changed.encode()))

    def _stop(self) -> WireResponse:
        from ..contracts.conformance.harness import RunawayClient
        from ..fake_server.transports.wire_response import WireResponse

        if self.virtual_time:
            raise RunawayClient(f"the client was stopped after {_MAX_REQUESTS} requests")
        return WireResponse(connection_error="closed")

    def watch(self, listener: Listener) -> None:
        """Count the connections of a listener from now on. Those that are open already are another client's."""
        self._listener, self._earlier = listener, frozenset(listener.connections)

    def connections(self) -> int:
        """Return how many connections the client has left open. Connections that are closing get a moment to finish."""
        if self._listener is None:
            return 0
        from ..fake_server.world.real_time import monotonic, sleep

        end = monotonic() + _SECONDS_TO_CLOSE
        while self._listener.connections - self._earlier and monotonic() < end:
            sleep(0.005)
        return len(self._listener.connections - self._earlier)


class HarnessFactory:
    """Opens the harnesses of one test, with its edition."""

    def __init__(self, request: pytest.FixtureRequest, edition: str) -> None:
        self._request = request
        self._edition = edition
        self._opened = 0

    @contextmanager
    def open(self, transport: Transport) -> Iterator[Harness]:
        """Open a harness that a client reaches by a transport."""
        from ..fake_server.core import FakeVoipbin
        from ..fixtures.running_fake import credential_owner

        # A client that outlives one check must not act on the next one's fake.
        self._opened += 1
        owner = credential_owner(self._request.node, f"harness {self._opened}")
        harness = Harness(FakeVoipbin(self._edition, owner=owner), virtual_time=transport == "in-process")
        with self._connected(transport, harness):
            yield harness

    def _connected(self, transport: Transport, harness: Harness) -> AbstractContextManager[object]:
        known = {"in-process": self._in_process, "http": self._over_http, "tls": self._over_tls}
        if transport not in known:
            pytest.fail(f"unknown transport {transport!r}; expected one of {', '.join(known)}", pytrace=False)
        return known[transport](harness)

    @contextmanager
    def _in_process(self, harness: Harness) -> Iterator[None]:
        from ..fixtures.interception import Interception
        from ..fixtures.virtual_time import virtual_time

        with Interception(harness), virtual_time(harness.clock):
            yield

    @contextmanager
    def _over_http(self, harness: Harness) -> Iterator[None]:
        from ..fixtures.server_fixtures import bypass_proxies

        ports = self._request.getfixturevalue("_providercalls_ports")
        nodeid = self._request.node.nodeid
        with ports.open(harness, nodeid) as listener, pytest.MonkeyPatch.context() as patches:
            harness.watch(listener)
            bypass_proxies(patches, listener.host)
            harness.base_url = f"{listener.url}/v1.0"
            yield

    @contextmanager
    def _over_tls(self, harness: Harness) -> Iterator[None]:
        ports = self._request.getfixturevalue("_providercalls_ports")
        authority = self._request.getfixturevalue("_providercalls_authority")
        # Imported here because it needs an extra. The fixtures above name the extra if it is missing.
        from ..fixtures.tls_fixture import tls_listener

        with tls_listener(ports, authority, harness, self._request.node.nodeid) as listener:
            harness.watch(listener)
            yield

"""Stages for the conformance suite: a fresh fake behind whatever a client talks through."""

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

_MOST: Final = 300
"""How many requests a client may send on one stage."""
_SECONDS_TO_CLOSE: Final = 0.2


class Harness:
    """A fake that notes what a client sends, and lets a rule change requests and answers on their way."""

    def __init__(self, fake: FakeVoipbin, *, virtual: bool) -> None:
        self.fake = fake
        self.clock = fake.clock
        self.base_url = fake.base_url
        self.virtual_time = virtual
        self.sent: list[SentRequest] = []
        self.on_request: Callable[[Request], Request] | None = None
        self.on_response: Callable[[Request, Any], Any] | None = None
        self.listener: Listener | None = None

    def respond(self, request: Request, /) -> WireResponse:
        """Have the fake answer. A client that never stops asking is stopped."""
        from ..contracts.conformance.harness import SentRequest
        from ..fake_server.transports.wire_response import replace_body

        if len(self.sent) >= _MOST:
            return self._stop()
        at = time.monotonic()
        if self.on_request is not None:
            request = self.on_request(request)
        before = len(self.fake.requests)
        delivery = self.fake.respond(request)
        self.sent.append(SentRequest(at, self.fake.requests[before]))
        response = delivery.response
        if self.on_response is None or response is None or response.status != 200 or delivery.connection_error:
            return delivery
        changed = json.dumps(self.on_response(request, response.json()))
        return delivery._replace(response=replace_body(response, changed.encode()))

    def _stop(self) -> WireResponse:
        from ..contracts.conformance.harness import RunawayClient
        from ..fake_server.transports.wire_response import WireResponse

        if self.virtual_time:
            raise RunawayClient(f"it was stopped after {_MOST} requests")
        return WireResponse(connection_error="closed")

    def connections(self) -> int:
        """How many connections the client has left open; those that are being closed have a moment for it."""
        if self.listener is None:
            return 0
        end = time.monotonic() + _SECONDS_TO_CLOSE
        while self.listener.connections and time.monotonic() < end:
            time.sleep(0.005)
        return len(self.listener.connections)


class HarnessFactory:
    """Opens the stages of one test, in its edition."""

    def __init__(self, request: pytest.FixtureRequest, edition: str) -> None:
        self._request = request
        self._edition = edition

    @contextmanager
    def open(self, wire: Transport) -> Iterator[Harness]:
        """A stage that a client reaches over a wire."""
        from ..fake_server.core import FakeVoipbin

        stage = Harness(FakeVoipbin(self._edition), virtual=wire == "in-process")
        with self._behind(wire, stage):
            yield stage

    def _behind(self, wire: Transport, stage: Harness) -> AbstractContextManager[object]:
        ways = {"in-process": self._in_process, "http": self._over_http, "tls": self._over_tls}
        if wire not in ways:
            pytest.fail(f"there is no wire {wire!r}; there are {', '.join(ways)}", pytrace=False)
        return ways[wire](stage)

    @contextmanager
    def _in_process(self, stage: Harness) -> Iterator[None]:
        from ..fixtures.interception import Interception
        from ..fixtures.virtual_time import virtual_time

        with Interception(stage), virtual_time(stage.clock):
            yield

    @contextmanager
    def _over_http(self, stage: Harness) -> Iterator[None]:
        from ..fixtures.server_fixtures import bypass_proxies

        ports = self._request.getfixturevalue("_providercalls_ports")
        with ports.open(stage, self._request.node.nodeid) as stage.listener, pytest.MonkeyPatch.context() as patches:
            bypass_proxies(patches, stage.listener.host)
            stage.base_url = f"{stage.listener.url}/v1.0"
            yield

    @contextmanager
    def _over_tls(self, stage: Harness) -> Iterator[None]:
        ports = self._request.getfixturevalue("_providercalls_ports")
        authority = self._request.getfixturevalue("_providercalls_authority")
        # Here, since it takes an extra, which the fixtures have asked for.
        from ..fixtures.tls_fixture import tls_listener

        with tls_listener(ports, authority, stage, self._request.node.nodeid) as stage.listener:
            yield

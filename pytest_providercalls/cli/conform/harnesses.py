"""The fakes of a run, each behind its own port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from ...contracts.conformance.harness import Transport
from ...fake_server.control.asgi_app import FakeApp
from ...fake_server.core import FakeVoipbin
from ...fake_server.transports.loopback_server import LoopbackServer
from ...harnesses.conformance_harness import Harness


class ServedHarnesses:
    """Opens harnesses on a server, each with other ids and credentials: a client must not remember those of another."""

    def __init__(self, server: LoopbackServer, edition: str) -> None:
        self._server = server
        self._edition = edition
        self._seeds = count(1)

    @contextmanager
    def open(self, _transport: Transport, /) -> Iterator[Harness]:
        """Open a harness for a client that uses HTTP, in real time."""
        harness = Harness(FakeVoipbin(self._edition, next(self._seeds)), virtual_time=False)
        listener = self._server.serve(FakeApp(harness))
        try:
            harness.base_url = f"{listener.url}/v1.0"
            harness.watch(listener)
            yield harness
        finally:
            listener.close()

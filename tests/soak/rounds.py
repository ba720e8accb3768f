"""Rounds of traffic, in process and over a socket at once; after each the books are checked, and all begins again."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
from dataclasses import dataclass
from mmap import PAGESIZE
from pathlib import Path
from types import TracebackType
from typing import Final

from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from .sides import Side
from .traffic import Client, InProcess, OverASocket

_SELF: Final = Path("/proc/self")
"""Where Linux tells of a process; elsewhere two figures stay 0."""
_OF_A_FAKE: Final = 5
"""After so many rounds fakes are not reset, but others take their place."""


@dataclass(slots=True)
class Round:
    """What came in one round, and what memory it took."""

    requests: int
    lost: int
    faults: int
    calls: int
    answered: int
    webhooks: int
    blocks: int
    """Python's blocks of memory once all was forgotten."""
    blocks_a_request: float
    bytes_a_request: float
    """By tracemalloc; 0 where it was not asked."""
    resident: float = 0.0
    """MiB of memory that are resident once all was forgotten."""
    threads: int = 0
    descriptors: int = 0


class Soak:
    """Two fakes of an edition under the traffic of `threads` clients; a context manager."""

    def __init__(self, threads: int, turns: int, edition: str = "documented") -> None:
        self._each, self._turns, self._edition = threads // 2, turns, edition
        self._server = LoopbackServer()
        self._done = 0

    def __enter__(self) -> Soak:
        self._server.start()
        # On a busy machine a client may be idle for longer, and then asks on a connection that is being closed.
        self._server._http.config.timeout_keep_alive = 3600
        self._others()
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self._server.stop()

    def _others(self) -> None:
        """New fakes, and a new port."""
        here, there = FakeVoipbin(self._edition), FakeVoipbin(self._edition)
        self._listener = self._server.serve(Application(there))
        address = f"{self._listener.host}:{self._listener.port}"
        self._sides = (Side(here, lambda: InProcess(here)), Side(there, lambda: OverASocket(address)))

    def round(self, *, traced: bool = False) -> Round:
        """One round. Raises AssertionError where something was lost, or does not agree."""
        if traced:
            tracemalloc.start()
        try:
            self._run()
            full, traced_bytes = _blocks(), tracemalloc.get_traced_memory()[0] if traced else 0
        finally:
            tracemalloc.stop()
        found = self._counted(traced_bytes)
        self._forget()
        found.blocks = _blocks()
        found.blocks_a_request = (full - found.blocks) / found.requests
        found.resident, found.threads, found.descriptors = _resident(), threading.active_count(), _descriptors()
        return found

    def _run(self) -> None:
        for side in self._sides:
            side.begin()
        groups = [
            side.clients(number * self._each, self._each, self._turns, self._done)
            for number, side in enumerate(self._sides)
        ]
        clients: list[Client] = [client for group in groups for client in group]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        for client in clients:
            if client.failure is not None:
                raise client.failure
        for side, group in zip(self._sides, groups, strict=True):
            side.end(group)
        self._lost = sum(not attempt.status for client in clients for attempt in client.attempts)

    def _counted(self, traced_bytes: int) -> Round:
        fakes = [side.fake for side in self._sides]
        requests = sum(len(fake.requests) for fake in fakes)
        return Round(
            requests=requests,
            lost=self._lost,
            faults=sum(bool(entry.fault) for fake in fakes for entry in fake.requests),
            calls=sum(len(fake.calls) for fake in fakes),
            answered=sum(len(fake.ledger.billings) for fake in fakes),
            webhooks=sum(len(fake.webhooks.deliveries) for fake in fakes),
            blocks=0,
            blocks_a_request=0.0,
            bytes_a_request=traced_bytes / requests,
        )

    def _forget(self) -> None:
        self._done += 1
        if self._done % _OF_A_FAKE:
            for side in self._sides:
                side.fake.reset()
        else:
            self._listener.close()
            self._others()


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def _resident() -> float:
    return int((_SELF / "statm").read_text().split()[1]) * PAGESIZE / 2**20 if _SELF.exists() else 0.0


def _descriptors() -> int:
    return sum(1 for _ in (_SELF / "fd").iterdir()) if _SELF.exists() else 0

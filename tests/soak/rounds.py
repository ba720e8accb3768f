"""Rounds of concurrent traffic, in process and over a socket. Each ends with a check of the invariants and a reset."""

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
"""Linux only; two figures are 0 on other systems."""
_ROUNDS_PER_FAKE: Final = 5
"""After this many rounds, new fakes replace the old ones; otherwise these are reset."""


@dataclass(slots=True)
class Round:
    """The traffic of one round and its memory."""

    requests: int
    lost: int
    faults: int
    calls: int
    answered: int
    webhooks: int
    blocks: int
    """Memory blocks of Python after the reset."""
    blocks_per_request: float
    bytes_per_request: float
    """Measured by tracemalloc; 0 if it was off."""
    resident: float = 0.0
    """Resident memory in MiB after the reset."""
    threads: int = 0
    descriptors: int = 0


class Soak:
    """Two fakes with traffic from `threads` clients; a context manager."""

    def __init__(self, threads: int, turns: int, edition: str = "documented") -> None:
        self._each, self._turns, self._edition = threads // 2, turns, edition
        self._server = LoopbackServer()
        self._rounds = 0

    def __enter__(self) -> Soak:
        self._server.start()
        # On a busy machine, a client may be idle for longer and then use a connection that is being closed.
        self._server._http.config.timeout_keep_alive = 3600
        self._replace_fakes()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.stop()

    def _replace_fakes(self) -> None:
        """Create new fakes and a new port."""
        local, served = FakeVoipbin(self._edition), FakeVoipbin(self._edition)
        self._listener = self._server.serve(Application(served))
        address = f"{self._listener.host}:{self._listener.port}"
        self._sides = (Side(local, lambda: InProcess(local)), Side(served, lambda: OverASocket(address)))

    def round(self, *, traced: bool = False) -> Round:
        """Run one round. Raises AssertionError if something was lost or an invariant is violated."""
        if traced:
            tracemalloc.start()
        try:
            self._run()
            full, traced_bytes = _blocks(), tracemalloc.get_traced_memory()[0] if traced else 0
        finally:
            tracemalloc.stop()
        result = self._count(traced_bytes)
        self._reset()
        result.blocks = _blocks()
        result.blocks_per_request = (full - result.blocks) / result.requests
        result.resident, result.threads, result.descriptors = _resident(), threading.active_count(), _descriptors()
        return result

    def _run(self) -> None:
        for side in self._sides:
            side.begin()
        groups = [
            side.clients(number * self._each, self._each, self._turns, self._rounds)
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

    def _count(self, traced_bytes: int) -> Round:
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
            blocks_per_request=0.0,
            bytes_per_request=traced_bytes / requests,
        )

    def _reset(self) -> None:
        self._rounds += 1
        if self._rounds % _ROUNDS_PER_FAKE:
            for side in self._sides:
                side.fake.reset()
        else:
            self._listener.close()
            self._replace_fakes()


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def _resident() -> float:
    return int((_SELF / "statm").read_text().split()[1]) * PAGESIZE / 2**20 if _SELF.exists() else 0.0


def _descriptors() -> int:
    return sum(1 for _ in (_SELF / "fd").iterdir()) if _SELF.exists() else 0

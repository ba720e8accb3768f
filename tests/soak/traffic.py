"""Concurrent clients of one fake. Each is a thread that records its requests and responses."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx
from pytest_providercalls.fake_server import FakeVoipbin, InvalidTransition
from pytest_providercalls.fake_server.transports.httpx import transport
from pytest_providercalls.fake_server.world.records import Call

UNKNOWN_ID: Final = "f1f2f3f4-0000-4000-8000-00000000dead"
SOURCE: Final = {"type": "tel", "target": "+12025550100"}
BY_FLOW: Final = json.dumps({"type": "by_flow", "data": {"id": ""}})
FLOWS: Final[tuple[list[dict[str, Any]], ...]] = (
    [],
    [{"type": "talk", "option": {"text": "Good morning."}}, {"type": "hangup"}],
    [{"type": "sleep", "option": {"duration": 90_000}}],
    [{"type": "webhook_send", "option": {"uri": "https://client.example/flow", "method": "POST", "data": BY_FLOW}}],
)
FaultOf = tuple[Any, dict[str, Any]]
QUICK: Final[tuple[FaultOf, ...]] = (
    ("delay", {"seconds": 0.01}),
    ("drop", {"when": "after"}),
    ("drop", {"when": "before"}),
    ("drop", {"when": "connect"}),
    ("reset", {"when": "after"}),
    ("error", {"status": 429, "retry_after": 1}),
    ("error", {"status": 503, "when": "after"}),
    ("truncate", {}),
    ("corrupt", {}),
)
"""Faults that take no real time over a socket."""
SLOW: Final[tuple[FaultOf, ...]] = (
    ("delay", {"seconds": 90.0}),
    ("timeout", {"when": "after"}),
    ("timeout", {"when": "before"}),
)
_TIMEOUT: Final = 600.0
"""The timeout of clients over a socket in seconds; on a busy machine, a response may take long."""


class Lost(Exception):
    """There was no readable response."""


class Connection(Protocol):
    """The connection of one client to the fake, and the faults that may be injected there."""

    faults: Sequence[FaultOf]

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]: ...

    def close(self) -> None: ...


class InProcess:
    """httpx without a socket: faults take no real time."""

    faults: Sequence[FaultOf] = QUICK + SLOW

    def __init__(self, fake: FakeVoipbin) -> None:
        self._client = httpx.Client(transport=transport(fake, httpx), base_url="https://api.voipbin.net")

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]:
        """Send a request and return the response. Raises Lost if there is none."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            response = self._client.request(method, target, content=body, headers=headers)
        except httpx.TransportError as error:
            raise Lost from error
        return response.status_code, response.content

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class OverASocket:
    """http.client on a persistent connection. Slow faults would take real time, so there are none."""

    faults: Sequence[FaultOf] = QUICK

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=_TIMEOUT)

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]:
        """Send a request and return the response. Raises Lost if there is none."""
        try:
            self._connection.request(method, target, body, {"Authorization": f"Bearer {token}"})
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost from error

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


@dataclass(slots=True)
class Attempt:
    """One request of a client: the numbers to call and the response, if any."""

    marker: str
    numbers: tuple[str, ...] = ()
    status: int = 0
    record: Mapping[str, Any] = field(default_factory=dict)


class Client(threading.Thread):
    """A client that performs `turns` random operations, selected by its number and the round."""

    def __init__(self, fake: FakeVoipbin, connection: Connection, number: int, turns: int, seed: int) -> None:
        super().__init__(name=f"soak-{number}")
        self.attempts: list[Attempt] = []
        self.failure: BaseException | None = None
        self._fake, self._connection, self._number, self._turns = fake, connection, number, turns
        self._random = random.Random(f"{seed} {number}")
        self._calls: list[str] = [UNKNOWN_ID]
        self._records: list[str] = [UNKNOWN_ID]
        self._providers = list(fake.providers)
        self._numbers_used = 0

    def run(self) -> None:
        """Perform all operations and store an exception for the thread that joins."""
        try:
            for _ in range(self._turns):
                self._random.choices(OPERATIONS, WEIGHTS)[0](self)
        except BaseException as error:
            self.failure = error
        finally:
            self._connection.close()

    def _send(self, method: str, path: str, body: Any = None, numbers: tuple[str, ...] = (), by: str = "") -> Attempt:
        attempt = Attempt(f"{self._number}-{len(self.attempts)}", numbers)
        self.attempts.append(attempt)
        separator = "&" if "?" in path else "?"
        content = b"" if body is None else json.dumps(body).encode()
        token = by or self._fake.super_admin.token
        try:
            attempt.status, read = self._connection.send(
                method, f"/v1.0{path}{separator}soak={attempt.marker}", content, token
            )
            attempt.record = json.loads(read) if attempt.status == 200 else {}
        except (Lost, ValueError):
            pass
        return attempt

    def _own_call(self) -> str:
        return self._random.choice(self._calls[-20:])

    # operations of clients

    def place(self) -> None:
        """Place calls to numbers that no other client calls."""
        numbers = tuple(self._next_number() for _ in range(self._random.randint(1, 3)))
        body = {
            "provider_id": self._random.choice(self._providers),
            "source": SOURCE,
            "destinations": [{"type": "tel", "target": number} for number in numbers],
            "actions": self._random.choice(FLOWS),
        }
        attempt = self._send("POST", "/providercalls", body, numbers)
        if attempt.record:
            self._records.append(attempt.record["id"])
            self._calls += attempt.record["call_ids"]

    def _next_number(self) -> str:
        self._numbers_used += 1
        return f"+1202{2_000_000 + self._number * 10_000 + self._numbers_used}"

    def place_without_provider(self) -> None:
        """Place calls without a forced provider."""
        path = self._random.choice(("/calls", "/groupcalls"))
        targets = [{"type": "tel", "target": self._next_number()} for _ in range(2)]
        self._send("POST", path, {"source": SOURCE, "destinations": targets, "ring_method": "ring_all"})

    def poll(self) -> None:
        """Get a call."""
        self._send("GET", f"/calls/{self._own_call()}")

    def get_record(self) -> None:
        """Get a record."""
        self._send("GET", f"/providercalls/{self._random.choice(self._records)}")

    def list_newest(self) -> None:
        """Get the first page of a list."""
        self._send("GET", self._random.choice(("/providercalls", "/calls", "/billings", "/flows")) + "?page_size=5")

    def hang_up(self) -> None:
        """Hang up a call."""
        self._send("POST", f"/calls/{self._own_call()}/hangup")

    def delete(self) -> None:
        """Delete a call or a record that may not exist."""
        kind, known = self._random.choice((("calls", self._calls), ("providercalls", self._records)))
        self._send("DELETE", f"/{kind}/{self._random.choice(known[-20:])}")

    def send_invalid(self) -> None:
        """Send requests that are refused."""
        body = {
            "provider_id": self._random.choice((UNKNOWN_ID, self._providers[0])),
            "source": SOURCE,
            "destinations": [],
        }
        self._send("POST", "/providercalls", body)
        self._send("GET", "/providercalls", by=self._fake.customer_agent.token)

    # operations of tests

    def control_call(self) -> None:
        """Change the status of a call."""
        call = self._fake.calls.get(self._own_call())
        if call is not None:
            with contextlib.suppress(InvalidTransition):
                self._random.choice(TRANSITIONS)(call)

    def advance(self) -> None:
        """Advance the clock."""
        self._fake.clock.advance(self._random.choice((0.0, 0.5, 7.0, 40.0)))

    def add_fault(self) -> None:
        """Inject a fault into some client's request."""
        kind, options = self._random.choice(self._connection.faults)
        self._fake.faults.add(kind, path=self._random.choice(("*", "/providercalls", "/calls/*")), **options)

    def add_and_delete(self) -> None:
        """Add, script and delete a provider, and take a snapshot."""
        provider = self._fake.add_provider(hostname="sip.short.example")
        self._fake.carrier(provider).busy().clear()
        self._fake.delete_provider(provider.id)
        self._fake.snapshot()


TRANSITIONS: Final[tuple[Callable[[Call], None], ...]] = (
    Call.ring,
    Call.answer,
    Call.hangup,
    lambda call: call.reject(486),
    lambda call: call.press("1#"),
)
OPERATIONS: Final[tuple[Callable[[Client], None], ...]]
WEIGHTS: Final[tuple[int, ...]]
OPERATIONS, WEIGHTS = zip(
    (Client.place, 35),
    (Client.place_without_provider, 3),
    (Client.poll, 25),
    (Client.get_record, 8),
    (Client.list_newest, 4),
    (Client.hang_up, 5),
    (Client.delete, 6),
    (Client.send_invalid, 2),
    (Client.control_call, 5),
    (Client.advance, 2),
    (Client.add_fault, 4),
    (Client.add_and_delete, 1),
    strict=True,
)

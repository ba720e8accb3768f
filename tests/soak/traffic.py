"""Clients that do everything at once to one fake, each in a thread, and remember what they saw."""

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

NOBODY: Final = "f1f2f3f4-0000-4000-8000-00000000dead"
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
"""Faults that take no time on a real wire."""
SLOW: Final[tuple[FaultOf, ...]] = (
    ("delay", {"seconds": 90.0}),
    ("timeout", {"when": "after"}),
    ("timeout", {"when": "before"}),
)
_PATIENCE: Final = 600.0
"""Seconds after which a client waits no longer, over a socket: on a busy machine an answer may take long."""


class Lost(Exception):
    """No answer came, or none that could be read."""


class Wire(Protocol):
    """One client's way to the fake; `faults` are those that may be met there."""

    faults: Sequence[FaultOf]

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]: ...

    def close(self) -> None: ...


class InProcess:
    """httpx, answered without a socket: a fault takes no time."""

    faults: Sequence[FaultOf] = QUICK + SLOW

    def __init__(self, fake: FakeVoipbin) -> None:
        self._client = httpx.Client(transport=transport(fake, httpx), base_url="https://api.voipbin.net")

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]:
        """A request's answer. Raises Lost."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self._client.request(method, target, content=body, headers=headers)
        except httpx.TransportError as why:
            raise Lost from why
        return answer.status_code, answer.content

    def close(self) -> None:
        """Let go of the client."""
        self._client.close()


class OverASocket:
    """http.client, on a connection that is kept. Nobody here has the time to wait until it is out."""

    faults: Sequence[FaultOf] = QUICK

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=_PATIENCE)

    def send(self, method: str, target: str, body: bytes, token: str) -> tuple[int, bytes]:
        """A request's answer. Raises Lost."""
        try:
            self._connection.request(method, target, body, {"Authorization": f"Bearer {token}"})
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as why:
            self.close()
            raise Lost from why

    def close(self) -> None:
        """Close the connection; the next request makes another one."""
        self._connection.close()


@dataclass(slots=True)
class Attempt:
    """One request as its client saw it: what was answered, if anything; whom it was to ring."""

    marker: str
    numbers: tuple[str, ...] = ()
    status: int = 0
    record: Mapping[str, Any] = field(default_factory=dict)


class Client(threading.Thread):
    """Does `turns` things, as its number and the round decide."""

    def __init__(self, fake: FakeVoipbin, wire: Wire, number: int, turns: int, seed: int) -> None:
        super().__init__(name=f"soak-{number}")
        self.attempts: list[Attempt] = []
        self.failure: BaseException | None = None
        self._fake, self._wire, self._number, self._turns = fake, wire, number, turns
        self._dice = random.Random(f"{seed} {number}")
        self._calls: list[str] = [NOBODY]
        self._records: list[str] = [NOBODY]
        self._providers = list(fake.providers)
        self._rung = 0

    def run(self) -> None:
        """Do it all; what goes wrong is kept for whoever joins."""
        try:
            for _ in range(self._turns):
                self._dice.choices(DOINGS, WEIGHTS)[0](self)
        except BaseException as why:
            self.failure = why
        finally:
            self._wire.close()

    def _ask(self, method: str, path: str, body: Any = None, numbers: tuple[str, ...] = (), by: str = "") -> Attempt:
        attempt = Attempt(f"{self._number}-{len(self.attempts)}", numbers)
        self.attempts.append(attempt)
        mark = "&" if "?" in path else "?"
        content = b"" if body is None else json.dumps(body).encode()
        token = by or self._fake.super_admin.token
        try:
            attempt.status, read = self._wire.send(method, f"/v1.0{path}{mark}soak={attempt.marker}", content, token)
            attempt.record = json.loads(read) if attempt.status == 200 else {}
        except (Lost, ValueError):
            pass
        return attempt

    def _one_of_mine(self) -> str:
        return self._dice.choice(self._calls[-20:])

    # what clients do

    def place(self) -> None:
        """Ring somebody whom nobody else rings."""
        numbers = tuple(self._next_number() for _ in range(self._dice.randint(1, 3)))
        body = {
            "provider_id": self._dice.choice(self._providers),
            "source": SOURCE,
            "destinations": [{"type": "tel", "target": number} for number in numbers],
            "actions": self._dice.choice(FLOWS),
        }
        attempt = self._ask("POST", "/providercalls", body, numbers)
        if attempt.record:
            self._records.append(attempt.record["id"])
            self._calls += attempt.record["call_ids"]

    def _next_number(self) -> str:
        self._rung += 1
        return f"+1202{2_000_000 + self._number * 10_000 + self._rung}"

    def place_otherwise(self) -> None:
        """Ring through no provider in particular."""
        path = self._dice.choice(("/calls", "/groupcalls"))
        targets = [{"type": "tel", "target": self._next_number()} for _ in range(2)]
        self._ask("POST", path, {"source": SOURCE, "destinations": targets, "ring_method": "ring_all"})

    def poll(self) -> None:
        """Look how a call is."""
        self._ask("GET", f"/calls/{self._one_of_mine()}")

    def read_again(self) -> None:
        """Look at a record."""
        self._ask("GET", f"/providercalls/{self._dice.choice(self._records)}")

    def page(self) -> None:
        """Look at the newest."""
        self._ask("GET", self._dice.choice(("/providercalls", "/calls", "/billings", "/flows")) + "?page_size=5")

    def hang_up(self) -> None:
        """Hang up a call."""
        self._ask("POST", f"/calls/{self._one_of_mine()}/hangup")

    def delete(self) -> None:
        """Delete a call or a record, which may be gone, or may never have been."""
        kind, known = self._dice.choice((("calls", self._calls), ("providercalls", self._records)))
        self._ask("DELETE", f"/{kind}/{self._dice.choice(known[-20:])}")

    def be_refused(self) -> None:
        """Ask for what nobody gets."""
        body = {"provider_id": self._dice.choice((NOBODY, self._providers[0])), "source": SOURCE, "destinations": []}
        self._ask("POST", "/providercalls", body)
        self._ask("GET", "/providercalls", by=self._fake.customer_agent.token)

    # what tests do

    def move(self) -> None:
        """Move a call by hand."""
        call = self._fake.calls.get(self._one_of_mine())
        if call is not None:
            with contextlib.suppress(InvalidTransition):
                self._dice.choice(MOVES)(call)

    def wait(self) -> None:
        """Let time pass."""
        self._fake.clock.advance(self._dice.choice((0.0, 0.5, 7.0, 40.0)))

    def break_something(self) -> None:
        """Have something go wrong with somebody's request."""
        kind, more = self._dice.choice(self._wire.faults)
        self._fake.faults.add(kind, path=self._dice.choice(("*", "/providercalls", "/calls/*")), **more)

    def come_and_go(self) -> None:
        """A provider comes, and goes; moments are kept, and let go."""
        provider = self._fake.add_provider(hostname="sip.short.example")
        self._fake.carrier(provider).busy().clear()
        self._fake.delete_provider(provider.id)
        self._fake.snapshot()


MOVES: Final[tuple[Callable[[Call], None], ...]] = (
    Call.ring,
    Call.answer,
    Call.hangup,
    lambda call: call.reject(486),
    lambda call: call.press("1#"),
)
DOINGS: Final[tuple[Callable[[Client], None], ...]]
WEIGHTS: Final[tuple[int, ...]]
DOINGS, WEIGHTS = zip(
    (Client.place, 35),
    (Client.place_otherwise, 3),
    (Client.poll, 25),
    (Client.read_again, 8),
    (Client.page, 4),
    (Client.hang_up, 5),
    (Client.delete, 6),
    (Client.be_refused, 2),
    (Client.move, 5),
    (Client.wait, 2),
    (Client.break_something, 4),
    (Client.come_and_go, 1),
    strict=True,
)

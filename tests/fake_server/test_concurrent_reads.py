"""Every public reader of a fake works while another thread sends requests.

Not by chance: a trace function lets the other thread send a request before each line that the reader runs without
the lock of the fake.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server import __file__ as package
from pytest_providercalls.fake_server.calls.ledger import Ledger
from pytest_providercalls.fake_server.session_totals import SessionTotals

FOLDER = package.rpartition("/")[0]
RECEIVER = "https://hooks.example.com/voipbin"
TARGETS = ("+12025550143", "+12025550144")
MAX_REQUESTS = 7
"""The number of requests that the other thread sends during one read."""


class Clients:
    """Another thread, whose requests change every table of a fake."""

    def __init__(self, fake: FakeVoipbin, pool: ThreadPoolExecutor) -> None:
        self._fake = fake
        self._pool = pool
        self._left = MAX_REQUESTS
        self._headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
        self._send_all = [self._place, self._fetch, self._refused, self._flow, self._provider, self._group, self._call]

    def send(self) -> None:
        """Send one request, unless the present thread holds the lock."""
        if self._left and not self._fake.lock._lock._is_owned():
            self._left -= 1
            self._pool.submit(self._send_all[self._left % len(self._send_all)]).result()

    def _request(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        sent = json.dumps(body).encode() if body else b""
        answer: dict[str, Any] = json.loads(
            self._fake.handle(Request(method, f"/v1.0{path}", self._headers, sent)).body
        )
        return answer

    def _body(self, *targets: str) -> dict[str, Any]:
        source = {"type": "tel", "target": "+12025550100"}
        return {"source": source, "destinations": [{"type": "tel", "target": target} for target in targets]}

    def _place(self) -> None:
        actions = [{"type": "answer"}]
        body = self._body(*TARGETS)
        self._request("POST", "/providercalls", provider_id=self._fake.provider.id, actions=actions, **body)

    def _fetch(self) -> None:
        for call in list(self._fake.state.calls._by_id.values())[-2:]:
            self._request("GET", f"/calls/{call.id}")
            self._request("GET", f"/calls/{call.id}")

    def _refused(self) -> None:
        body = self._body("+1")
        self._request(
            "POST", "/providercalls", provider_id=self._fake.provider.id, actions=[{"type": "answer"}], **body
        )

    def _flow(self) -> None:
        self._request("POST", "/flows", name="flow", actions=[{"type": "answer"}])

    def _provider(self) -> None:
        self._request("POST", "/providers", type="sip", hostname="carrier.example.com", name="one")

    def _group(self) -> None:
        self._request("POST", "/groupcalls", ring_method="ring_all", **self._body(*TARGETS))

    def _call(self) -> None:
        self._request("POST", "/calls", **self._body(TARGETS[0]))


@pytest.fixture
def fake() -> FakeVoipbin:
    fake = FakeVoipbin()
    fake.webhooks.send_to(lambda webhook: None, RECEIVER)
    fake.webhooks.faults.add("delay", seconds=5)
    fake.carrier().busy(destination="+12025550199")
    fake.faults.add("delay", seconds=1, path="/ping")
    return fake


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def read_while_requests_arrive(
    fake: FakeVoipbin, pool: ThreadPoolExecutor, read: Callable[[FakeVoipbin], object]
) -> None:
    """Run a reader on this thread, with a request of another thread before each line of this package."""
    clients = Clients(fake, pool)
    for _ in range(2):
        clients._place()

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename.startswith(FOLDER) or frame.f_code is read.__code__:
            sys.settrace(None)
            clients.send()
            sys.settrace(trace)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read(fake)
    finally:
        sys.settrace(before)


def failing(error: type[Exception], function: Callable[..., object], argument: object) -> None:
    with pytest.raises(error):
        function(argument)


def everything(value: object) -> object:
    """Read a value as a test would: its elements, or its text."""
    if isinstance(value, Mapping):
        return [*value, *value.values(), *value.items(), *(value[key] for key in value)]
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else str(value)


SIMPLE = ("base_url", "rate_limits", "customer_admin", "customer_agent", "customer_manager", "super_admin")
PROPERTIES = [name for name, one in inspect.getmembers(FakeVoipbin) if isinstance(one, property) and name not in SIMPLE]
LEDGER = [name for name, one in inspect.getmembers(Ledger) if isinstance(one, property)]
READS: dict[str, Callable[[FakeVoipbin], object]] = {
    **{name: lambda fake, name=name: everything(getattr(fake, name)) for name in PROPERTIES},
    **{f"ledger.{name}": lambda fake, name=name: everything(getattr(fake.ledger, name)) for name in LEDGER},
    "repr": lambda fake: repr(fake),
    "ledger as text": lambda fake: str(fake.ledger),
    "cost of a call": lambda fake: fake.ledger.cost_of(next(iter(fake.calls))),
    "ladder": lambda fake: fake.ladder(next(iter(fake.calls))),
    "a ladder by name": lambda fake: failing(KeyError, fake.ladder, "none"),
    "carrier by name": lambda fake: failing(KeyError, fake.carrier, "none"),
    "placed": lambda fake: fake.placed(destination=TARGETS[0]),
    "assert_placed": lambda fake: fake.assert_placed(provider=fake.provider),
    "a failing assert_placed": lambda fake: failing(AssertionError, fake.assert_placed, 0),
    "a failing assert_cost": lambda fake: failing(AssertionError, fake.assert_cost, 999),
    "untriggered": lambda fake: fake.untriggered(),
    "transcript": lambda fake: fake.transcript(),
    "snapshot": lambda fake: fake.restore(fake.snapshot()),
    "events": lambda fake: [(one.data, one.body) for one in fake.events],
    "invites": lambda fake: [call.invite for call in fake.calls.values()],
    "calls as text": lambda fake: [repr(call) for call in fake.calls.values()],
    "calls by number": lambda fake: [call for call in fake.calls.values() if call in fake.calls.values()],
    "deliveries": lambda fake: [str(one) for one in fake.webhooks.deliveries],
    "pending webhooks": lambda fake: (fake.webhooks.pending, fake.webhooks.due, fake.webhooks.summary()),
    "webhook faults": lambda fake: (fake.webhooks.faults.pending, fake.webhooks.faults.untriggered),
    "faults": lambda fake: (fake.faults.pending, fake.faults.untriggered),
    "journal": lambda fake: [(str(one), one.rule_outcomes, one.refused_by) for one in fake.requests],
    "totals": lambda fake: SessionTotals().add_fake(fake),
}


@pytest.mark.parametrize("name", READS)
def test_a_read_while_requests_arrive(fake: FakeVoipbin, pool: ThreadPoolExecutor, name: str) -> None:
    read_while_requests_arrive(fake, pool, READS[name])

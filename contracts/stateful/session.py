"""One example of a state machine: the client, the fake, other admins, and the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from hypothesis import currently_in_test_context, event, note

from ..conformance.check_context import as_other_admin
from ..conformance.client_driver import Adapter, open_client
from ..conformance.harness import Harness
from ..http import Request
from ..probes import SOURCE, UNKNOWN_ID
from ..rule import Rule
from ..rules import providercall_placement as rules
from . import pools
from .failure_report import FailureReport
from .harness_pool import StatefulFake
from .model import ExpectedCalls, Model, PerformedOperation

_LIST = "/v1.0/providercalls"
_SECONDS_PER_REQUEST = 5.0
"""How far each request of a waiting client advances the clock, so that a client that never sleeps makes progress."""


class MachineAdapter(Adapter, Protocol):
    """An adapter for a state machine."""

    min_wait_timeout: float

    def call_status(self, call: Any) -> str | None: ...


class Session:
    """What the steps of one example work with."""

    def __init__(self, adapter: MachineAdapter, harness: Harness, event_counts: Counter[str]) -> None:
        self.harness = harness
        self.fake = cast(StatefulFake, harness.fake)
        self.model = Model()
        self.providers = {"healthy": self.fake.provider.id, "deleted": UNKNOWN_ID, "unknown": UNKNOWN_ID}
        """The provider id for each kind of provider."""
        self.min_wait_timeout = adapter.min_wait_timeout
        self._call_status = adapter.call_status
        self._event_counts = event_counts
        self._page_size = 0
        self._waits = False
        self._token = self.fake.super_admin.token
        self._report = FailureReport(self._token, self.fake.ladder)
        self._stack = ExitStack()
        harness.on_request = self._on_request
        self._client = self._stack.enter_context(open_client(adapter, harness, self._token))

    def close(self) -> None:
        """Close the client. Hypothesis prints the report of the example that it shows."""
        if currently_in_test_context():
            note(self._report)
        self._stack.close()

    # The client.

    def perform(self, operation: str, *arguments: Any, fault: str, nth: int = 1) -> PerformedOperation:
        """Call an operation of the client, with a fault at its nth request, whether it succeeds or fails."""
        self.harness.sent.clear()
        fields = pools.fault(fault, operation, nth=nth, virtual_time=self.harness.virtual_time)
        if fields is not None:
            self.fake.faults.add(**fields)
        result = self._client.try_call(operation, *arguments)
        self.fake.faults.clear()
        done = PerformedOperation(operation, result, self.harness.sent.copy(), self._token)
        self._report.operations.append(done)
        self._count(done, fault)
        return done

    def place(self, numbers: tuple[str, ...], provider: str, fault: str) -> None:
        """Let the client place calls, and check the result."""
        done = self.perform("place", self._body(numbers, provider), fault=fault)
        records, called = self.model.sync(self.fake)
        self._report.calls += [self.fake.calls[id] for record in records for id in record.call_ids]
        self.model.check_place(ExpectedCalls(numbers, self._accepted(numbers, provider)), done, records, called)

    def status(self, done: PerformedOperation) -> str | None:
        """Return the status that `get_call` reported, None if it did not report one."""
        return None if done.failed else self._call_status(done.result.value)

    @contextmanager
    def advancing_time(self) -> Iterator[None]:
        """Advance the clock with each request inside the block."""
        self._waits = self.harness.virtual_time
        yield
        self._waits = False

    @contextmanager
    def small_pages(self, page_size: int, list_change: str) -> Iterator[None]:
        """Limit the page size inside the block, and change the list after its first page."""
        self._page_size = page_size
        self.harness.on_response = self._after_the_first_page(list_change) if list_change != pools.NO_CHANGE else None
        yield
        self._page_size, self.harness.on_response = 0, None

    def count_event(self, name: str) -> None:
        """Count an event, also for Hypothesis."""
        self._event_counts[name] += 1
        if currently_in_test_context():
            event(name)

    def _count(self, done: PerformedOperation, fault: str) -> None:
        self.count_event(f"{done.operation} {'raised' if done.failed else 'returned'}")
        if done.hit_fault:
            self.count_event(f"{done.operation} hit a fault: {fault}")
        for request in done.sent:
            self._event_counts.update([_rule_event(outcome) for outcome in request.entry.rule_trace])

    # Other admins.

    def other_admin_places(self, times: int) -> None:
        """Let another admin place calls."""
        for _ in range(times):
            as_other_admin(self.fake, "POST", "/providercalls", self._body(pools.NUMBERS[0], "healthy"))
        self.model.sync(self.fake)

    def other_admin_deletes(self, index: int) -> None:
        """Let another admin delete one of the records that are alive, oldest first, if there are any."""
        for record in [record for record in self.model.records if record.alive][index:][:1]:
            as_other_admin(self.fake, "DELETE", f"/providercalls/{record.id}")
            record.alive = False

    def replace_provider(self) -> None:
        """Let another admin delete the provider and create a new one."""
        self.providers["deleted"] = self.providers["healthy"]
        self.fake.delete_provider(self.providers["deleted"])
        self.providers["healthy"] = self.fake.add_provider().id

    # VoIPbin.

    def _body(self, numbers: tuple[str, ...], provider: str) -> dict[str, Any]:
        destinations = [{"type": "tel", "target": number} for number in numbers]
        return {"provider_id": self.providers[provider], "source": dict(SOURCE), "destinations": destinations}

    def _accepted(self, numbers: tuple[str, ...], provider: str) -> tuple[str, ...]:
        """Return the numbers that the API calls: none if it refuses the provider."""
        if provider != "healthy":
            exists = self.providers[provider] != UNKNOWN_ID
            rule = rules.provider_not_deleted if exists else rules.provider_exists
            if rule.answers[self.fake.edition.name].refuses:
                return ()
        return tuple(number for number in numbers if number != pools.UNDIALLABLE)

    def _on_request(self, request: Request) -> Request:
        if self._waits:
            self.fake.clock.advance(_SECONDS_PER_REQUEST)
        if not self._page_size or request.method != "GET" or request.target.partition("?")[0] != _LIST:
            return request
        return request._replace(target=_with_page_size(request.target, self._page_size))

    def _after_the_first_page(self, list_change: str) -> Callable[[Request, Any], Any]:
        """Return a response hook that changes the list once, after its first page.

        `delete` deletes the oldest record, which is unlikely to be on that page. `add` adds a record.
        """
        pending = [list_change]

        def on_response(request: Request, response: Any) -> Any:
            if pending and request.method == "GET" and request.target.startswith(_LIST):
                change = pending.pop()
                if change in ("delete", "both"):
                    self.other_admin_deletes(0)
                if change in ("add", "both"):
                    self.other_admin_places(1)
            return response

        return on_response


def _rule_event(outcome: Rule | str) -> str:
    """Return the event for an entry of a rule trace: a rule that passed, or the id of a rule that refused."""
    return f"refused by {outcome}" if isinstance(outcome, str) else outcome.id


def _with_page_size(target: str, maximum: int) -> str:
    """Return the target of a list request with its page size limited to a maximum."""
    requested = re.search(r"[?&]page_size=([0-9]+)(?=&|$)", target)
    if requested is None:
        return f"{target}{'&' if '?' in target else '?'}page_size={maximum}"
    return f"{target[: requested.start(1)]}{min(int(requested[1]), maximum)}{target[requested.end(1) :]}"

"""One example of a machine: the client, VoIPbin and the others, and what is known of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from hypothesis import currently_in_test_context, event, note

from ..conformance.client_driver import Adapter, open_client
from ..conformance.harness import Harness
from ..conformance.rule_check import as_other_admin
from ..http import Request
from ..probes import SOURCE, UNKNOWN_ID
from ..rule import Rule
from ..rules import providercalls as rules
from . import pools
from .failure_report import FailureReport
from .harness_pool import StatefulFake
from .model import ExpectedCalls, Model, PerformedOperation

_LIST = "/v1.0/providercalls"
_PACE = 5.0
"""The seconds that pass with each request of a client that waits: one that does not sleep meanwhile gets on, too."""


class MachineAdapter(Adapter, Protocol):
    """What a machine says of its client."""

    def call_status(self, call: Any) -> str | None: ...


class Session:
    """What a step works with."""

    def __init__(self, machine: MachineAdapter, stage: Harness, been: Counter[str]) -> None:
        self.stage = stage
        self.fake = cast(StatefulFake, stage.fake)
        self.model = Model()
        self.providers = {"healthy": self.fake.provider.id, "deleted": UNKNOWN_ID, "unknown": UNKNOWN_ID}
        """The id that stands for each kind of provider."""
        self.min_wait_timeout = machine.max_request_timeout
        self._status_of = machine.call_status
        self._been = been
        self._page = 0
        self._waits = False
        self._token = self.fake.super_admin.token
        self._story = FailureReport(self._token, self.fake.ladder)
        self._stack = ExitStack()
        stage.on_request = self._on_request
        self._client = self._stack.enter_context(open_client(machine, stage, self._token))

    def close(self) -> None:
        """Close the client. In the example that is shown, tell the story."""
        if currently_in_test_context():
            note(self._story)
        self._stack.close()

    # the client

    def perform(self, operation: str, *arguments: Any, fault: str, nth: int = 1) -> PerformedOperation:
        """Have the client do something, whatever comes of it, while a fault awaits its nth request."""
        self.stage.sent.clear()
        due = pools.fault(fault, operation, nth=nth, virtual=self.stage.virtual_time)
        if due is not None:
            self.fake.faults.add(**due)
        outcome = self._client.try_call(operation, *arguments)
        self.fake.faults.clear()
        done = PerformedOperation(operation, outcome, self.stage.sent.copy(), self._token)
        self._story.steps.append(done)
        self._count(done, fault)
        return done

    def place(self, numbers: tuple[str, ...], through: str, fault: str) -> None:
        """Have the client place calls, and judge that."""
        done = self.perform("place", self._body(numbers, through), fault=fault)
        records, rang = self.model.sync(self.fake)
        self._story.calls += [self.fake.calls[id] for record in records for id in record.call_ids]
        self.model.check_place(ExpectedCalls(numbers, self._rings(numbers, through)), done, records, rang)

    def status(self, done: PerformedOperation) -> str | None:
        """The status of the call that the client was asked for, if it tells."""
        return None if done.failed else self._status_of(done.outcome.value)

    @contextmanager
    def advancing_time(self) -> Iterator[None]:
        """Meanwhile time passes with each request."""
        self._waits = self.stage.virtual_time
        yield
        self._waits = False

    @contextmanager
    def small_pages(self, page: int, meanwhile: str) -> Iterator[None]:
        """Meanwhile the server gives a few rows to a page, and something happens when the first one was read."""
        self._page = page
        self.stage.on_response = self._after_the_first_page(meanwhile) if meanwhile != pools.NOTHING else None
        yield
        self._page, self.stage.on_response = 0, None

    def count_event(self, where: str) -> None:
        """Count that the machine was somewhere."""
        self._been[where] += 1
        if currently_in_test_context():
            event(where)

    def _count(self, done: PerformedOperation, fault: str) -> None:
        self.count_event(f"{done.operation} {'raised' if done.failed else 'returned'}")
        if done.hit_fault:
            self.count_event(f"{done.operation} met a fault: {fault}")
        for one in done.sent:
            self._been.update([_named(met) for met in one.entry.trace])

    # the others

    def other_admin_places(self, times: int) -> None:
        """Another admin places calls."""
        for _ in range(times):
            as_other_admin(self.fake, "POST", "/providercalls", self._body(pools.NUMBERS[0], "healthy"))
        self.model.sync(self.fake)

    def other_admin_deletes(self, index: int) -> None:
        """Another admin deletes one of the records that are alive, the oldest first, if there are any."""
        for record in [record for record in self.model.records if record.alive][index:][:1]:
            as_other_admin(self.fake, "DELETE", f"/providercalls/{record.id}")
            record.alive = False

    def replace_provider(self) -> None:
        """Another admin deletes the provider, and makes a new one."""
        self.providers["deleted"] = self.providers["healthy"]
        self.fake.delete_provider(self.providers["deleted"])
        self.providers["healthy"] = self.fake.add_provider().id

    # VoIPbin

    def _body(self, numbers: tuple[str, ...], through: str) -> dict[str, Any]:
        destinations = [{"type": "tel", "target": number} for number in numbers]
        return {"provider_id": self.providers[through], "source": dict(SOURCE), "destinations": destinations}

    def _rings(self, numbers: tuple[str, ...], through: str) -> tuple[str, ...]:
        """The phones that the API rings: none through a provider that it refuses."""
        if through != "healthy":
            exists = self.providers[through] != UNKNOWN_ID
            rule = rules.provider_not_deleted if exists else rules.provider_exists
            if rule.answers[self.fake.edition.name].refuses:
                return ()
        return tuple(number for number in numbers if number != pools.UNDIALLABLE)

    def _on_request(self, request: Request) -> Request:
        if self._waits:
            self.fake.clock.advance(_PACE)
        if not self._page or request.method != "GET" or request.target.partition("?")[0] != _LIST:
            return request
        return request._replace(target=_with_page_size(request.target, self._page))

    def _after_the_first_page(self, meanwhile: str) -> Callable[[Request, Any], Any]:
        """Has others change the list: delete its oldest record, which was hardly on that page, and add one."""
        due = [meanwhile]

        def on_answer(request: Request, answer: Any) -> Any:
            if due and request.method == "GET" and request.target.startswith(_LIST):
                how = due.pop()
                if how in ("delete", "both"):
                    self.other_admin_deletes(0)
                if how in ("add", "both"):
                    self.other_admin_places(1)
            return answer

        return on_answer


def _named(met: Rule | str) -> str:
    """A contract rule as it stands in the journal: the rule where it was kept, its id where it refused."""
    return f"refused by {met}" if isinstance(met, str) else met.id


def _with_page_size(target: str, most: int) -> str:
    """A list's target that asks for so many rows, or for fewer if it did."""
    asked = re.search(r"[?&]page_size=([0-9]+)(?=&|$)", target)
    if asked is None:
        return f"{target}{'&' if '?' in target else '?'}page_size={most}"
    return f"{target[: asked.start(1)]}{min(int(asked[1]), most)}{target[asked.end(1) :]}"

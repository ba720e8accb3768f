"""One example of a machine: the client, VoIPbin and the others, and what is known of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, cast

from hypothesis import currently_in_test_context, event, note

from ..conformance.client import Adapter, opened
from ..conformance.stage import Stage
from ..conformance.trial import by_hand
from ..http import Request
from ..probing import SOURCE, UNKNOWN_ID
from ..rule import Rule
from ..rules import providercalls as rules
from . import draws
from .model import Done, Model, Order
from .scene import Fake
from .story import Story

_LIST = "/v1.0/providercalls"
_PACE = 5.0
"""The seconds that pass with each request of a client that waits: one that does not sleep meanwhile gets on, too."""


class Actor(Adapter, Protocol):
    """What a machine says of its client."""

    def status_of(self, call: Any) -> str | None: ...


class Play:
    """What a step works with."""

    def __init__(self, machine: Actor, stage: Stage, been: Counter[str]) -> None:
        self.stage = stage
        self.fake = cast(Fake, stage.fake)
        self.model = Model()
        self.providers = {"healthy": self.fake.provider.id, "deleted": UNKNOWN_ID, "unknown": UNKNOWN_ID}
        """The id that stands for each kind of provider."""
        self.patience = machine.patience
        self._status_of = machine.status_of
        self._been = been
        self._page = 0
        self._waits = False
        self._token = self.fake.super_admin.token
        self._story = Story(self._token, self.fake.ladder)
        self._stack = ExitStack()
        stage.on_request = self._on_request
        self._client = self._stack.enter_context(opened(machine, stage, self._token))

    def close(self) -> None:
        """Close the client. In the example that is shown, tell the story."""
        if currently_in_test_context():
            note(self._story)
        self._stack.close()

    # the client

    def ask(self, operation: str, *arguments: Any, fault: str, nth: int = 1) -> Done:
        """Have the client do something, whatever comes of it, while a fault awaits its nth request."""
        self.stage.sent.clear()
        due = draws.fault(fault, operation, nth=nth, virtual=self.stage.virtual)
        if due is not None:
            self.fake.faults.add(**due)
        outcome = self._client.attempt(operation, *arguments)
        self.fake.faults.clear()
        done = Done(operation, outcome, self.stage.sent.copy(), self._token)
        self._story.steps.append(done)
        self._count(done, fault)
        return done

    def place(self, numbers: tuple[str, ...], through: str, fault: str) -> None:
        """Have the client place calls, and judge that."""
        done = self.ask("place", self._body(numbers, through), fault=fault)
        records, rang = self.model.book(self.fake)
        self._story.calls += [self.fake.calls[id] for record in records for id in record.call_ids]
        self.model.judge_placing(Order(numbers, self._rings(numbers, through)), done, records, rang)

    def status(self, done: Done) -> str | None:
        """The status of the call that the client was asked for, if it tells."""
        return None if done.failed else self._status_of(done.outcome.value)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Meanwhile time passes with each request."""
        self._waits = self.stage.virtual
        yield
        self._waits = False

    @contextmanager
    def paged(self, page: int, meanwhile: str) -> Iterator[None]:
        """Meanwhile the server gives a few rows to a page, and something happens when the first one was read."""
        self._page = page
        self.stage.on_answer = self._after_the_first_page(meanwhile) if meanwhile != draws.NOTHING else None
        yield
        self._page, self.stage.on_answer = 0, None

    def been(self, where: str) -> None:
        """Count that the machine was somewhere."""
        self._been[where] += 1
        if currently_in_test_context():
            event(where)

    def _count(self, done: Done, fault: str) -> None:
        self.been(f"{done.operation} {'raised' if done.failed else 'returned'}")
        if done.struck:
            self.been(f"{done.operation} met a fault: {fault}")
        for one in done.sent:
            self._been.update([_named(met) for met in one.entry.trace])

    # the others

    def others_place(self, times: int) -> None:
        """Another admin places calls."""
        for _ in range(times):
            by_hand(self.fake, "POST", "/providercalls", self._body(draws.NUMBERS[0], "healthy"))
        self.model.book(self.fake)

    def others_delete(self, index: int) -> None:
        """Another admin deletes one of the records that are alive, the oldest first, if there are any."""
        for record in [record for record in self.model.records if record.alive][index:][:1]:
            by_hand(self.fake, "DELETE", f"/providercalls/{record.id}")
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
        return tuple(number for number in numbers if number != draws.UNDIALLABLE)

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
                    self.others_delete(0)
                if how in ("add", "both"):
                    self.others_place(1)
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

"""ProviderCallMachine: random histories in which a client is asked for this and that while everything goes wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, ClassVar, cast

import pytest
from hypothesis import HealthCheck, currently_in_test_context, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from ..conformance.client import OPERATIONS, Adapter, opened
from ..conformance.stage import Wire
from ..conformance.trial import ask
from ..http import Request
from ..probing import SOURCE, UNKNOWN_ID
from ..rules import providercalls as rules
from . import draws
from .model import Done, Model, Order, Record, status_of
from .scene import Fake, Scenes, indexed
from .story import Story

_FIXTURE = "_providercalls_scenes"
_LIST = "/v1.0/providercalls"
_PACE = 5.0
"""The seconds that pass with each request of a client that waits: one that does not sleep meanwhile gets on, too."""
_INDEX = st.sampled_from(range(4))
"""Which record or call, counted back from the newest."""
_PAGE = st.sampled_from(draws.PAGES)
_FAULT = st.sampled_from(draws.FAULTS)


class TestCases:
    """What a machine's `TestCase` is: a class for pytest, with a test that runs the machine."""

    def __get__(self, _machine: object, kind: type[ProviderCallMachine]) -> type[MachineCase]:
        return _case(kind)


class ProviderCallMachine(RuleBasedStateMachine):
    """Whatever happens, a client of /providercalls rings nobody twice, loses no row, and says nothing that is not so.

    A subclass says how its client is made and asked, as for ClientConformance: `make_client`, and as many of the
    operations (contracts.conformance.client.OPERATIONS) as the client has; each may be `async def`. An operation that
    is missing is never asked for. Its `TestCase` is what pytest runs: `TestDialer = DialerMachine.TestCase`.
    """

    wire: ClassVar[Wire] = "in-process"
    """How the client reaches the fake: `in-process` for httpx and httpx2, in virtual time; `http` for any client, by a
    URL on loopback, where waiting is real."""
    patience: ClassVar[float] = 60.0
    """The seconds after which the client may give up waiting for calls that have not ended."""
    been: ClassVar[Counter[str]] = Counter()
    """How often the machine was where: operations and their ends, faults that struck, statuses, rules that were met."""
    scenes: ClassVar[Scenes | None] = None
    """Where machines play; set while a test runs that may."""
    TestCase = TestCases()  # type: ignore[assignment]

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        cls.been = Counter()
        offered = [operation for operation in OPERATIONS if callable(getattr(cls, operation, None))]
        for name, operation in _ASKING.items():
            if operation not in offered:
                setattr(cls, name, None)
            elif getattr(cls, name) is None:
                setattr(cls, name, vars(ProviderCallMachine)[name])

    def __init__(self) -> None:
        super().__init__()
        if self.scenes is None:
            raise RuntimeError(
                f"{type(self).__name__}() needs a test to play in. Run TestX = {type(self).__name__}.TestCase, or make"
                f" it in a test of a class that inherits from that"
            )
        self._stage = self.scenes.fresh(self.wire)
        self._fake = cast(Fake, self._stage.fake)
        self._model = Model()
        self._story = Story(self._fake.super_admin.token, self._fake.ladder)
        self._providers = {"healthy": self._fake.provider.id, "deleted": UNKNOWN_ID, "unknown": UNKNOWN_ID}
        self._page = 0
        self._waits = False
        self._stage.on_request = self._on_request
        self._stack = ExitStack()
        adapter = cast(Adapter, self)
        self._client = self._stack.enter_context(opened(adapter, self._stage, self._fake.super_admin.token))

    def make_client(self, base_url: str, token: str) -> Any:
        """A client that talks to a base URL (it ends in `/v1.0`) with a super-admin's token.

        A context manager is entered, anything else is closed by its `aclose` or `close` if it has one.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define make_client(self, base_url, token)")

    def status_of(self, call: Any) -> str | None:
        """The status, in VoIPbin's words, of what `get_call` returned. None is for one that does not tell."""
        return status_of(call)

    # what the client is asked for

    @rule(numbers=st.sampled_from(draws.NUMBERS), through=st.sampled_from(draws.PROVIDERS), fault=_FAULT)
    def client_places(self, numbers: tuple[str, ...], through: str, fault: str) -> None:
        """The client is to place a call to each number, through a provider."""
        done = self._ask("place", self._body(numbers, self._providers[through]), fault=fault)
        records, rang = self._model.book(self._fake)
        self._story.calls += [self._fake.calls[id] for record in records for id in record.call_ids]
        self._model.judge_placing(Order(numbers, self._rings(numbers, through)), done, records, rang)

    @rule(record=_INDEX, fault=_FAULT)
    def client_reads(self, record: int, fault: str) -> None:
        """The client is to read a record, or one that does not exist."""
        found: Record | None = indexed(self._model.records, record)
        done = self._ask("get_record", found.id if found else UNKNOWN_ID, fault=fault)
        self._model.judge_reading(found, done)

    @rule(page=_PAGE, meanwhile=st.sampled_from(draws.MEANWHILE), fault=_FAULT)
    def client_lists(self, page: int, meanwhile: str, fault: str) -> None:
        """The client is to read all records, some to a page; something happens behind the first, at the second."""
        before = self._model.alive()
        with self._paged(page, meanwhile):
            done = self._ask("list_records", fault=fault, nth=2)
        self._model.judge_listing(done, before)

    @precondition(lambda self: self._fake.calls)
    @rule(call=_INDEX, fault=_FAULT)
    def client_reads_call(self, call: int, fault: str) -> None:
        """The client is to read a call."""
        found = indexed(self._fake.calls, call % len(self._fake.calls))
        before = found.status
        done = self._ask("get_call", found.id, fault=fault)
        said = None if done.failed else self.status_of(done.outcome.value)
        self._model.judge_call(found.id, done, said, before, found.status)
        if said is not None:
            self._been(f"call {said}")

    @precondition(lambda self: self._model.placed)
    @rule(placed=_INDEX, fault=_FAULT)
    def client_waits(self, placed: int, fault: str) -> None:
        """The client is to wait for what it has placed."""
        value, record = indexed(self._model.placed, placed % len(self._model.placed))
        self._waits = True
        done = self._ask("wait_until_done", value, fault=fault, nth=2)
        self._waits = False
        calls = [self._fake.calls[id] for id in record.call_ids]
        left = [f"{call.destination.target} ({call.status})" for call in calls if call.status != "hangup"]
        self._model.judge_waiting(record, done, left, self.patience)

    @rule(record=_INDEX, fault=_FAULT)
    def client_deletes(self, record: int, fault: str) -> None:
        """The client is to delete a record, or one that does not exist."""
        found: Record | None = indexed(self._model.records, record)
        done = self._ask("delete_record", found.id if found else UNKNOWN_ID, fault=fault)
        alive = found is not None and self._fake.providercalls[found.id].tm_delete is None
        self._model.judge_deleting(found, done, alive)

    # what happens besides

    @rule(do=st.sampled_from(draws.OTHERS))
    def others(self, do: str) -> None:
        """Another admin places calls, deletes a record, or replaces the provider by another one."""
        if do == "replace the provider":
            self._providers["deleted"] = self._providers["healthy"]
            self._fake.delete_provider(self._providers["deleted"])
            self._providers["healthy"] = self._fake.add_provider().id
        elif do.startswith("place"):
            self._others_place(3 if do == "place three" else 1)
        else:
            self._others_delete(-1 if do == "delete the newest" else 0)

    @precondition(lambda self: self._fake.calls)
    @rule(call=_INDEX, does=st.sampled_from(tuple(draws.MOVES)))
    def far_side(self, call: int, does: str) -> None:
        """The far side of a call rings, answers, refuses or hangs up, if it can."""
        found = indexed(self._fake.calls, call % len(self._fake.calls))
        if found.status in draws.MOVES[does]:
            getattr(found, does)(*([486] if does == "refuse" else []))
            self._been(f"far side: {does}")

    @rule(seconds=st.sampled_from(draws.SECONDS))
    def time_passes(self, seconds: int) -> None:
        """Time passes, and everything happens that is due."""
        self._fake.clock.advance(seconds)

    def teardown(self) -> None:
        """Close the client. In the example that is shown, tell the story."""
        if currently_in_test_context():
            note(self._story)
        self._stack.close()

    # how it is done

    def _ask(self, operation: str, *arguments: Any, fault: str, nth: int = 1) -> Done:
        """Have the client do something, whatever comes of it, while a fault awaits its nth request."""
        self._stage.sent.clear()
        due = draws.fault(fault, operation, nth=nth, virtual=self._stage.virtual)
        if due is not None:
            self._fake.faults.add(**due)
        outcome = self._client.attempt(operation, *arguments)
        self._fake.faults.clear()
        done = Done(operation, outcome, self._stage.sent.copy(), self._fake.super_admin.token)
        self._story.steps.append(done)
        self._been(f"{operation} {'raised' if done.failed else 'returned'}")
        for one in done.sent:
            self.been.update(one.entry.trace)
            if one.entry.fault:
                self._been(f"fault: {one.entry.fault}")
        return done

    def _been(self, where: str) -> None:
        self.been[where] += 1
        if currently_in_test_context():
            event(where)

    def _body(self, numbers: tuple[str, ...], provider_id: str) -> dict[str, Any]:
        destinations = [{"type": "tel", "target": number} for number in numbers]
        return {"provider_id": provider_id, "source": dict(SOURCE), "destinations": destinations}

    def _rings(self, numbers: tuple[str, ...], through: str) -> tuple[str, ...]:
        """The phones that the API rings: none through a provider that it refuses."""
        provider = {"deleted": rules.provider_not_deleted, "unknown": rules.provider_exists}.get(through)
        if self._providers[through] == UNKNOWN_ID:
            provider = rules.provider_exists
        if provider is not None and provider.answers[self._fake.edition.name].refuses:
            return ()
        return tuple(number for number in numbers if number != draws.UNDIALLABLE)

    @contextmanager
    def _paged(self, page: int, meanwhile: str) -> Iterator[None]:
        """The server gives a few rows to a page, and something happens to the list when the first one was read."""
        self._page = page
        self._stage.on_answer = self._after_the_first_page(meanwhile) if meanwhile != "nothing" else None
        try:
            yield
        finally:
            self._page, self._stage.on_answer = 0, None

    def _after_the_first_page(self, meanwhile: str) -> Callable[[Request, Any], Any]:
        due = [meanwhile]

        def on_answer(request: Request, answer: Any) -> Any:
            if due and request.method == "GET" and request.target.startswith(_LIST):
                self._change(due.pop())
            return answer

        return on_answer

    def _change(self, how: str) -> None:
        """Others delete the oldest record, which has not been read yet as a rule, or add one."""
        if how in ("delete", "both"):
            self._others_delete(0)
        if how in ("add", "both"):
            self._others_place(1)

    def _others_place(self, times: int) -> None:
        for _ in range(times):
            ask(self._fake, "POST", "/providercalls", self._body(draws.NUMBERS[0], self._providers["healthy"]))
        self._model.book(self._fake)

    def _others_delete(self, index: int) -> None:
        """Delete one of the records that are alive, the oldest first, if there are any."""
        for record in [record for record in self._model.records if record.alive][index:][:1]:
            ask(self._fake, "DELETE", f"/providercalls/{record.id}")
            record.alive = False

    def _on_request(self, request: Request) -> Request:
        if self._waits and self._stage.virtual:
            self._fake.clock.advance(_PACE)
        if not self._page or request.method != "GET" or request.target.partition("?")[0] != _LIST:
            return request
        return request._replace(target=_with_page_size(request.target, self._page))


_ASKING: Mapping[str, str] = {
    "client_places": "place",
    "client_reads": "get_record",
    "client_lists": "list_records",
    "client_reads_call": "get_call",
    "client_waits": "wait_until_done",
    "client_deletes": "delete_record",
}
"""The steps that are about an operation of the client's."""


def _with_page_size(target: str, most: int) -> str:
    """A list's target that asks for so many rows, or for fewer if it did."""
    asked = re.search(r"[?&]page_size=([0-9]+)(?=&|$)", target)
    if asked is None:
        return f"{target}{'&' if '?' in target else '?'}page_size={most}"
    return f"{target[: asked.start(1)]}{min(int(asked[1]), most)}{target[asked.end(1) :]}"


class MachineCase:
    """A test that runs a machine. `settings` are Hypothesis's."""

    pytestmark: ClassVar[list[pytest.MarkDecorator]] = [pytest.mark.usefixtures(_FIXTURE)]
    machine: ClassVar[type[ProviderCallMachine]]
    settings: ClassVar[settings]

    def test_machine(self) -> None:
        """Look for a history in which the client does wrong."""
        # How long an example takes says nothing about the client.
        as_asked = settings(self.settings, deadline=None, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(self.machine, settings=as_asked)

    # What Hypothesis's plugin goes by, for its statistics among others.
    test_machine.is_hypothesis_test = True  # type: ignore[attr-defined]


@cache
def _case(machine: type[ProviderCallMachine]) -> type[MachineCase]:
    members = {"machine": machine, "settings": settings(), "__module__": machine.__module__}
    return type(f"{machine.__name__}Case", (MachineCase,), members)

"""What every layer works with: state, clock, ids, edition, lock and journal, and the methods that check rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TypeVar

from ...contracts.answer import Answer
from ...contracts.editions import Edition
from ...contracts.http import Request
from ...contracts.rule import Rule
from .clock import Clock
from .ids import Ids
from .journal import Exchange, Journal
from .principal import Principal
from .records import CallControls, Customer, EventRecord
from .state import State

V = TypeVar("V")


class Emit(Protocol):
    """Report an event, such as `call_ringing`, with the record as it is now. The event layer implements it."""

    def __call__(self, type: str, record: EventRecord, /) -> None: ...


class World:
    """The parts of a fake that every layer needs. Three hooks lead to the layers above."""

    state: State
    emit: Emit
    sends_events_of: Callable[[Customer], bool]
    """Whether a receiver of webhooks or a subscriber gets the events of a customer. The event layer implements it."""
    find_call_controls: Callable[[], CallControls]
    """Returns what drives calls. The call layer implements it."""

    def __init__(self, edition: Edition, seed: int, clock: Clock) -> None:
        self.edition = edition
        self.seed = seed
        self.clock = clock
        self.lock = clock.lock
        self.ids = Ids(seed)
        self.journal = Journal(edition.name)
        self.triggered: set[object] = set()
        """The faults and script lines that have taken effect. Not part of the state: a snapshot does not undo it."""

    @property
    def call_controls(self) -> CallControls:
        """What drives calls."""
        return self.find_call_controls()

    # Rules that are checked outside a request count for the present or the latest one.

    def enforces(self, rule: Rule) -> bool:
        """Return True and record the rule. A mutant of the rule makes it False."""
        self.journal.trace.append(rule)
        return True

    def follows(self, rule: Rule, value: V, _subject: object = None, /) -> V:
        """Return a value that the rule determines, and record the rule. A mutant of the rule replaces the value.

        The last argument is what a mutant needs in addition to the value.
        """
        self.journal.trace.append(rule)
        return value

    def flag(self, rule: Rule) -> bool:
        """Return the edition flag that belongs to the rule, and record the rule."""
        self.journal.trace.append(rule)
        found: bool = getattr(self.edition, rule.edition_flag)
        return found

    def system_context(self, customer_id: str) -> RuleContext:
        """Return the context of what VoIPbin itself does for a customer, without a request."""
        ctx = self._new_context(Exchange(self.clock.now(), "", "", b""))
        ctx.principal = Principal("system", customer_id, 0)
        return ctx

    def open_context(self, request: Request, principal: Principal) -> RuleContext:
        """Return the context of what a user sends without an HTTP request, with a journal entry of its own."""
        ctx = self._new_context(self.journal.open(self.clock.now(), request))
        ctx.principal = principal
        ctx.entry.principal = principal.name
        return ctx

    def _new_context(self, entry: Exchange) -> RuleContext:
        return RuleContext(self, entry)

    @contextmanager
    def lock_released(self) -> Iterator[None]:
        """Release the lock while the block runs, even in the middle of a request."""
        with self.journal.suspended(), self.lock.released():
            yield


class RequestRefused(Exception):
    """A rule refuses the request. `answer` is the edition's."""

    def __init__(self, answer: Answer, values: Mapping[str, object], details: list[dict[str, object]]) -> None:
        super().__init__(answer.reason or answer.status)
        self.answer = answer
        self.values = values
        self.details = details


class RuleContext:
    """What checks rules for a principal. Each method records in the journal entry that the rule was checked."""

    __slots__ = ("edition", "entry", "principal", "state", "trace", "world")

    principal: Principal

    def __init__(self, world: World, entry: Exchange) -> None:
        self.world = world
        self.state = world.state
        self.edition = world.edition
        self.entry = entry
        self.trace = entry.rule_trace

    def require(
        self, rule: Rule, condition: object, details: list[dict[str, object]] | None = None, **values: object
    ) -> None:
        """Refuse the request with the edition's answer unless the condition holds."""
        if condition:
            self.trace.append(rule)
        elif not self.allows(rule, condition):
            self.refuse(rule, details, **values)

    def require_value(self, rule: Rule, value: V | None, _subject: object = None, /, **values: object) -> V:
        """Return the value, or refuse the request if it is None. A mutant of the rule replaces None.

        The last argument is what a mutant needs for that, such as the id of a record that does not exist.
        """
        if value is None:
            self.trace.append(rule.id)
            self.refuse(rule, None, **values)
        self.trace.append(rule)
        return value

    def hold(self, rules: tuple[Rule, ...]) -> None:
        """Record rules whose conditions all hold: what `allows` does for each of them."""
        self.trace.extend(rules)

    def allows(self, rule: Rule, condition: object) -> bool:
        """Return whether the condition holds, or the edition does not enforce the rule."""
        if condition or not rule.answers[self.edition.name].refuses:
            self.trace.append(rule)
            return True
        self.trace.append(rule.id)
        return False

    def refuse(self, rule: Rule, details: list[dict[str, object]] | None = None, **values: object) -> NoReturn:
        """Refuse the request. Raises RequestRefused with the edition's answer."""
        raise RequestRefused(rule.answers[self.edition.name], values, details or [])

    def follows(self, rule: Rule, value: V, _subject: object = None, /) -> V:
        """Return a value that the rule determines. A mutant of the rule replaces the value."""
        self.trace.append(rule)
        return value

    def follows_all(self, rules: tuple[Rule, ...], value: V, _subject: object = None, /) -> V:
        """Return a value that several rules determine. A mutant of any of them replaces it."""
        self.trace.extend(rules)
        return value

    def enforces(self, rule: Rule) -> bool:
        """Return True. A mutant of the rule makes it False."""
        self.trace.append(rule)
        return True

    def apply(self, rule: Rule, action: Callable[..., object], *arguments: Any) -> None:
        """Do what the rule demands. A mutant of the rule does something else, or nothing."""
        self.trace.append(rule)
        action(*arguments)

    def flag(self, rule: Rule) -> bool:
        """Return the edition flag that belongs to the rule."""
        self.trace.append(rule)
        found: bool = getattr(self.edition, rule.edition_flag)
        return found

"""Mutants: each rule broken in turn, and the tests that met it run again: does any of them notice?"""

from __future__ import annotations

import signal
import threading
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from ..fixtures.fake_fixture import BROKEN_RULES
from .run_records import RunRecord, RunRecords
from .work_queue import FOLDER, LocalQueue, Tests, work_queue

_HANDED_OVER: Final = "providercalls_mutants"
_SHOWN: Final = 3
_NONE: Final = "no rule was broken: no test that passes met one, or the session was stopped"
_PATIENCE: Final = 2.0
_TIMES: Final = 10
"""With a rule broken a test may take so many seconds, and so many times what it took without."""
_KILLS: Final = ("failed", "too long")
STATES: Final[Mapping[str, str]] = {
    "noticed": "noticed",
    "unnoticed": "not noticed",
    "undecided": "not noticed by the tests that there was time for",
    "alike": "no different when broken in these editions",
}


class MutantTimeout(BaseException):
    """A test that does not come to an end. No exception of its own: clients catch those, and try again."""


@dataclass
class Mutant:
    """One broken rule: which tests ran against it, which of them failed first, which there was no time for."""

    killed_by: str = ""
    outcome: str = ""
    """`failed` or `too long`."""
    ran: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    editions: list[str] = field(default_factory=list)

    def judge(self, test: str, outcome: str) -> None:
        """Keep a test's outcome if it is the first that notices."""
        if outcome in _KILLS and not self.killed_by:
            self.killed_by, self.outcome = test, outcome

    def add(self, other: Mapping[str, Any]) -> None:
        """Add what another process has found out about the same rule."""
        if not self.killed_by:
            self.killed_by, self.outcome = other["killed_by"], other["how"]
        self.ran += other["ran"]
        self.not_run = sorted({*self.not_run, *other["not_run"]} - {*self.ran})
        self.editions = sorted({*self.editions, *other["editions"]})


@dataclass(frozen=True)
class MutantRun:
    """One test against one broken rule."""

    rule: str
    item: pytest.Item
    edition: str
    seconds: Mapping[str, float]
    """How long its phases took with no rule broken."""


class Mutants:
    """Runs the mutants after the session's own tests, in their process, and says what was found.

    The workers of pytest-xdist share the turns out between them, whoever ran those tests before.
    """

    name = "mutants"

    def __init__(self, meetings: RunRecords, seconds: float, strict: bool) -> None:
        self.mutants: dict[str, Mutant] = {}
        self._meetings = meetings
        self._seconds = seconds
        self._strict = strict
        self._items: list[pytest.Item] = []
        self._turns: list[MutantRun] = []
        self._at: int | None = None
        self._until = 0.0
        self._sharing = LocalQueue()
        self._folder: TemporaryDirectory[str] | None = None

    # running

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        self._items = session.items
        self._sharing = work_queue(getattr(session.config, "workerinput", None))
        self._turns = plan_runs(self._items, self._sharing.collect_records(self._meetings.tests, self._seconds))
        self._until = time.monotonic() + self._seconds
        self._announce(session.config)
        self._at = self._following(-1)
        try:
            while (at := self._at) is not None:
                turn = self._turns[at]
                with _broken(session.config, turn.rule):
                    turn.item.ihook.pytest_runtest_protocol(item=turn.item, nextitem=None)
                if self._at == at:
                    # Another plugin has run the test in its own way: what came of it is not known.
                    self._at = self._following(at)
        finally:
            self._at = None
            self._count_what_is_left()
        return result

    # First: what runs a test by itself would also tell everybody of its outcome. All that is wrapped around a test,
    # such as what becomes of warnings, is wrapped around this.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        if self._at is None:
            return None
        turn = self._turns[self._at]
        mutant = self.mutants.setdefault(turn.rule, Mutant())
        mutant.ran.append(item.nodeid)
        with _as_if_new(item), warnings.catch_warnings(record=True):
            self._judge(turn, _outcome(turn))
            self._at = self._following(self._at)
            self._judge(turn, _phase(item, "teardown", nextitem=self._next(item)))
        return True

    def _judge(self, turn: MutantRun, outcome: str) -> None:
        mutant = self.mutants[turn.rule]
        mutant.judge(turn.item.nodeid, outcome)
        if mutant.killed_by:
            self._sharing.mark_killed(turn.rule)

    def _following(self, at: int) -> int | None:
        """The next turn against a mutant that has not been noticed, claimed for this process; None if time is up."""
        for later in range(at + 1, len(self._turns)):
            turn = self._turns[later]
            if time.monotonic() >= self._until:
                return None
            if not self._sharing.is_killed(turn.rule) and self._sharing.claim(turn.rule, turn.item.nodeid):
                return later
        return None

    def _next(self, item: pytest.Item) -> pytest.Item | None:
        """Which test pytest is told comes next, so that fixtures of modules and sessions outlive this one."""
        following = None if self._at is None else self._turns[self._at].item
        if following is not item:
            return following
        # A test that comes next itself would not be torn down at all.
        others = [one for one in self._items if one is not item]
        return min(others, key=lambda one: one.parent is not item.parent, default=None)

    def _count_what_is_left(self) -> None:
        for turn in self._turns:
            mutant = self.mutants.setdefault(turn.rule, Mutant())
            if not mutant.killed_by and not self._sharing.is_claimed(turn.rule, turn.item.nodeid):
                mutant.not_run.append(turn.item.nodeid)
            mutant.editions = sorted({*mutant.editions, turn.edition})

    def _announce(self, config: pytest.Config) -> None:
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and self._turns:
            rules = len({turn.rule for turn in self._turns})
            terminal.write(f"\nprovidercalls: breaking {rules} rules in turn, for {self._seconds:g} s at most ...\n")

    # over the workers of pytest-xdist

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="providercalls-mutants-")
        node.workerinput[FOLDER] = self._folder.name

    def pytest_unconfigure(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_HANDED_OVER] = {rule: asdict(mutant) for rule, mutant in self.mutants.items()}
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        handed_over = getattr(node, "workeroutput", {}).get(_HANDED_OVER, {})
        for rule, found in handed_over.items():
            self.mutants.setdefault(rule, Mutant()).add(found)

    # telling

    @property
    def states(self) -> dict[str, str]:
        """What became of each rule that was broken: noticed, unnoticed, alike or undecided."""
        return {rule: _state(rule, mutant) for rule, mutant in sorted(self.mutants.items())}

    def rules(self, state: str) -> list[str]:
        """The rules of which that became."""
        return [rule for rule, found in self.states.items() if found == state]

    def to_dict(self) -> dict[str, Any]:
        """What was found, as JSON's data."""
        return {
            "seconds": self._seconds,
            **{state: self.rules(state) for state in STATES},
            "noticed_by": {
                rule: {"test": one.killed_by, "how": one.outcome}
                for rule, one in sorted(self.mutants.items())
                if one.killed_by
            },
            "ran": {rule: sorted(one.ran) for rule, one in sorted(self.mutants.items())},
            "left_out": self._left_out(),
        }

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """What was found, for a terminal."""
        if not self.mutants:
            yield f"mutants: {_NONE}"
            return
        counts = ", ".join(f"{len(self.rules(state))} {words}" for state, words in STATES.items() if self.rules(state))
        yield f"mutants: {len(self.mutants)} rules broken in turn: {counts}"
        for rule in sorted(self.rules("unnoticed"), key=self._only_passed):
            yield from self._survivor(rule, verbose)
        for state in ("alike", "undecided"):
            if self.rules(state):
                yield f"  {STATES[state]}: {' '.join(self.rules(state))}"
        if self._left_out():
            yield f"  left out, since they do not pass: {' '.join(self._left_out())}"

    def failure_reason(self) -> str:
        """Why a strict session fails."""
        missed = len(self.rules("unnoticed")) + len(self.rules("undecided"))
        if not self._strict or (self.mutants and not missed):
            return ""
        why = f"{missed} broken rules were not noticed, or not in time" if self.mutants else _NONE
        return f"--providercalls-mutants=strict: {why}"

    def _survivor(self, rule: str, everything: bool) -> Iterator[str]:
        from ..contracts.rules import RULES

        tests = self.mutants[rule].ran
        shown = tests if everything else tests[:_SHOWN]
        more = f" and {len(tests) - len(shown)} more" if len(tests) > len(shown) else ""
        yield f"  not noticed: {rule} {RULES[rule].statement}"
        yield f"    {'passed only' if self._only_passed(rule) else 'refused'} in {', '.join(shown)}{more}"

    def _only_passed(self, rule: str) -> bool:
        return not any(one.refused[rule] for one in self._meetings.for_rule(rule).values())

    def _left_out(self) -> list[str]:
        return sorted(id for id, one in self._meetings.tests.items() if one.outcome != "passed")


def plan_runs(items: Iterable[pytest.Item], tests: Tests) -> list[MutantRun]:
    """Which test meets which broken rule, in order: every mutant's first test, then the second ones, and so on.

    Of a mutant's tests those come first that the rule has refused: they are the likeliest to notice. What is not
    reached in time had little hope.
    """
    met: dict[str, list[tuple[pytest.Item, RunRecord]]] = defaultdict(list)
    for item in items:
        one = tests.get(item.nodeid)
        if one is not None and one.outcome == "passed":
            for rule in one.passed.keys() | one.refused.keys():
                met[rule].append((item, one))
    ordered = []
    for rule, met_by in sorted(met.items()):
        hopeless = _is_hopeless(rule, [one for _, one in met_by])
        met_by.sort(key=lambda test: not test[1].refused[rule])
        for place, (item, one) in enumerate(met_by):
            ordered.append(((hopeless, place), MutantRun(rule, item, one.edition, one.seconds)))
    return [turn for _, turn in sorted(ordered, key=lambda pair: pair[0])]


def _is_hopeless(rule: str, tests: Iterable[RunRecord]) -> bool:
    """Whether a rule refuses, and has not refused these tests: then they hardly see it broken."""
    from ..contracts.rules import RULES

    return not RULES[rule].edition_flag and all(
        RULES[rule].answers[one.edition].refuses and not one.refused[rule] for one in tests
    )


def _state(rule: str, mutant: Mutant) -> str:
    if mutant.killed_by:
        return "noticed"
    if mutant.not_run:
        return "undecided"
    return "alike" if all(_is_alike(rule, edition) for edition in mutant.editions) else "unnoticed"


@cache
def _is_alike(rule: str, edition: str) -> bool:
    """Whether even the rule's own probe finds nothing wrong with an edition that breaks it."""
    from ..contracts import RULES, Safety, check
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.probe_target import FakeTarget

    # Its attributes are of narrower types than the protocol's; to mypy these are others.
    target: Any = FakeTarget(FakeVoipbin(edition, broken={rule}))
    return check(target, Safety.BILLABLE, [RULES[rule]]).verdicts[0].kept is True


@contextmanager
def _broken(config: pytest.Config, rule: str) -> Iterator[None]:
    config.stash[BROKEN_RULES] = frozenset({rule})
    try:
        yield
    finally:
        del config.stash[BROKEN_RULES]


@contextmanager
def _as_if_new(item: pytest.Item) -> Iterator[None]:
    # pytest has no public way to run a test once more; every plugin that does so calls this.
    renew: Callable[[], None] = getattr(item, "_initrequest", lambda: None)
    renew()
    try:
        yield
    finally:
        # Lets go of what fixtures gave.
        renew()


def _outcome(turn: MutantRun) -> str:
    outcome = "passed"
    for when in ("setup", "call"):
        if outcome == "passed":
            outcome = _phase(turn.item, when, _PATIENCE + _TIMES * turn.seconds.get(when, 0.0))
    return outcome


def _phase(item: pytest.Item, when: Any, seconds: float = 0.0, **arguments: Any) -> str:
    """Carry out a phase of a test and tell nobody; gives its outcome, or `too long`."""
    phase = getattr(item.ihook, f"pytest_runtest_{when}")

    def carry_out() -> None:
        with _at_most(seconds):
            phase(item=item, **arguments)

    call = pytest.CallInfo.from_call(carry_out, when, reraise=(KeyboardInterrupt, pytest.exit.Exception))
    outcome: str = item.ihook.pytest_runtest_makereport(item=item, call=call).outcome
    return "too long" if call.excinfo is not None and call.excinfo.errisinstance(MutantTimeout) else outcome


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt the main thread after so many seconds of work, or of waiting ten times as long; 0 is never.

    It is interrupted again and again: a client may catch whatever it is thrown. Not every system can do it.
    """
    if not (seconds and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()):
        yield
        return
    # A busy machine makes every test wait, and none work longer.
    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds))
    before = {number: signal.signal(number, _too_long) for _, number, _ in timers}
    for timer, _, limit in timers:
        signal.setitimer(timer, limit, 1.0)
    try:
        yield
    finally:
        try:
            _disarm(before)
        finally:
            # Once more: the last interruption may have come just there.
            _disarm(before)


def _disarm(handlers: Mapping[signal.Signals, Any]) -> None:
    for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
        signal.setitimer(timer, 0)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _too_long(*_: object) -> None:
    raise MutantTimeout("with a rule broken the test takes many times as long as without")

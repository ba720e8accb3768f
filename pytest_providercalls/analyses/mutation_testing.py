"""Mutation testing: break each covered rule in turn, and rerun the tests that exercised it to see whether one fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from ..fake_server.world.real_time import monotonic
from .reruns import KILLS, UNKNOWN, Reruns
from .run_records import RunRecord, RunRecords
from .work_queue import FOLDER, LocalQueue, Tests, work_queue

_WORKER_OUTPUT: Final = "providercalls_mutants"
_SHOWN: Final = 3
_NONE: Final = "no rule was mutated: no passing test covered a rule, or the session was stopped"
STATES: Final[Mapping[str, str]] = {
    "killed": "killed",
    "survived": "survived",
    "undecided": "undecided (not tested)",
    "equivalent": "equivalent in these editions",
}
"""A label for each state of a mutant."""


@dataclass
class Mutant:
    """One broken rule: the tests that ran against it, the first that failed, and those that did not run.

    `not_run` are those for which there was no time, `not_repeatable` those that also fail with no rule broken.
    """

    killed_by: str = ""
    outcome: str = ""
    """`failed` or `timeout`."""
    ran: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    editions: list[str] = field(default_factory=list)
    not_repeatable: list[str] = field(default_factory=list)

    def record(self, test: str, outcome: str) -> None:
        """Keep a test's outcome if it is the first that kills the mutant."""
        if outcome in KILLS and not self.killed_by:
            self.killed_by, self.outcome = test, outcome

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the results of another process for the same rule."""
        if not self.killed_by:
            self.killed_by, self.outcome = other["killed_by"], other["outcome"]
        self.ran += other["ran"]
        self.not_repeatable = sorted({*self.not_repeatable, *other["not_repeatable"]})
        self.not_run = sorted({*self.not_run, *other["not_run"]} - {*self.ran})
        self.editions = sorted({*self.editions, *other["editions"]})


@dataclass(frozen=True)
class MutantRun:
    """One test against one mutant."""

    rule: str
    item: pytest.Item
    edition: str
    seconds: Mapping[str, float]
    """The duration of each phase without the mutant."""


class Mutants:
    """Runs the mutants after the session's own tests, in the same process, and reports the results.

    The workers of pytest-xdist share the runs, no matter which of them ran those tests before.
    """

    name = "mutants"

    def __init__(self, records: RunRecords, timeout: float, strict: bool) -> None:
        self.mutants: dict[str, Mutant] = {}
        self._records = records
        self._timeout = timeout
        self._strict = strict
        self._items: list[pytest.Item] = []
        self._runs: list[MutantRun] = []
        self._checked: set[str] = set()
        """The tests that were rerun with no rule broken, by id."""
        self._not_repeatable: set[str] = set()
        self._until = 0.0
        self._queue = LocalQueue()
        self._folder: TemporaryDirectory[str] | None = None

    # running

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        self._items = session.items
        self._queue = work_queue(getattr(session.config, "workerinput", None))
        self._runs = plan_runs(self._items, self._queue.collect_records(self._records.tests, self._timeout))
        self._until = monotonic() + self._timeout
        self._announce(session.config)
        reruns = Reruns(self._items)
        session.config.pluginmanager.register(reruns)
        try:
            self._run_all(reruns)
        finally:
            session.config.pluginmanager.unregister(reruns)
            self._record_remaining()
        return result

    def _run_all(self, reruns: Reruns) -> None:
        at = self._next_run(-1)
        while at is not None:
            run = self._runs[at]
            self._run(reruns, run)
            at = self._next_run(at)
            reruns.leave(run.item, None if at is None else self._runs[at].item)

    def _run(self, reruns: Reruns, run: MutantRun) -> None:
        """Run a test against a mutant. A failure kills it only if the test then passes with no rule broken."""
        mutant, test = self.mutants.setdefault(run.rule, Mutant()), run.item.nodeid
        if self._is_repeatable(reruns, run):
            outcome = reruns.run(run.item, run.seconds, {run.rule})
            if outcome != "failed" or self._passes_again(reruns, run):
                mutant.ran += [test] if outcome != UNKNOWN else []
                mutant.record(test, outcome)
                if mutant.killed_by:
                    self._queue.mark_killed(run.rule)
                return
        mutant.not_repeatable.append(test)

    def _is_repeatable(self, reruns: Reruns, run: MutantRun) -> bool:
        """Return whether a test passes when it runs again. The first time, rerun it with no rule broken."""
        test = run.item.nodeid
        if test not in self._checked:
            self._checked.add(test)
            # With pytest-xdist, a test that another worker ran has not run in this process yet.
            times = 1 if test in self._records.tests else 2
            return all(self._passes_again(reruns, run) for _ in range(times))
        return test not in self._not_repeatable

    def _passes_again(self, reruns: Reruns, run: MutantRun) -> bool:
        if reruns.run(run.item, run.seconds) in KILLS:
            self._not_repeatable.add(run.item.nodeid)
        return run.item.nodeid not in self._not_repeatable

    def _next_run(self, at: int) -> int | None:
        """Claim the next run against a mutant that is not killed yet; return None if the time is up."""
        for later in range(at + 1, len(self._runs)):
            run = self._runs[later]
            if monotonic() >= self._until:
                return None
            if not self._queue.is_killed(run.rule) and self._queue.claim(run.rule, run.item.nodeid):
                return later
        return None

    def _record_remaining(self) -> None:
        for run in self._runs:
            mutant = self.mutants.setdefault(run.rule, Mutant())
            if not mutant.killed_by and not self._queue.is_claimed(run.rule, run.item.nodeid):
                mutant.not_run.append(run.item.nodeid)
            mutant.editions = sorted({*mutant.editions, run.edition})

    def _announce(self, config: pytest.Config) -> None:
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and self._runs:
            rules = len({run.rule for run in self._runs})
            terminal.write(f"\nprovidercalls: mutating {rules} rules, for at most {self._timeout:g} s ...\n")

    # with the workers of pytest-xdist

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
            output[_WORKER_OUTPUT] = {rule: asdict(mutant) for rule, mutant in self.mutants.items()}
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        results = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, {})
        for rule, mutant in results.items():
            self.mutants.setdefault(rule, Mutant()).add(mutant)

    # reporting

    @property
    def states(self) -> dict[str, str]:
        """The state of each mutated rule: killed, survived, equivalent or undecided."""
        return {rule: _state(rule, mutant) for rule, mutant in sorted(self.mutants.items())}

    def rules(self, state: str) -> list[str]:
        """Return the mutated rules in a state."""
        return [rule for rule, found in self.states.items() if found == state]

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON data."""
        return {
            "seconds": self._timeout,
            **{state: self.rules(state) for state in STATES},
            "killed_by": {
                rule: {"test": one.killed_by, "outcome": one.outcome}
                for rule, one in sorted(self.mutants.items())
                if one.killed_by
            },
            "ran": {rule: sorted(one.ran) for rule, one in sorted(self.mutants.items())},
            "skipped": self._skipped(),
            "not_repeatable": self._skipped_reruns(),
        }

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """Yield the results as lines for the terminal."""
        if not self.mutants:
            yield f"mutants: {_NONE}"
            return
        counts = ", ".join(f"{len(self.rules(state))} {label}" for state, label in STATES.items() if self.rules(state))
        yield f"mutants: {len(self.mutants)} rules mutated: {counts}"
        for rule in sorted(self.rules("survived"), key=self._only_passed):
            yield from self._survivor(rule, verbose)
        for state in ("equivalent", "undecided"):
            if self.rules(state):
                yield f"  {STATES[state]}: {' '.join(self.rules(state))}"
        if self._skipped():
            yield f"  skipped because they fail without mutations: {' '.join(self._skipped())}"
        if self._skipped_reruns():
            yield f"  skipped because they fail when run again: {' '.join(self._skipped_reruns())}"

    def failure_reason(self) -> str:
        """Return why a strict session fails; otherwise an empty string."""
        missed = len(self.rules("survived")) + len(self.rules("undecided"))
        if not self._strict or (self.mutants and not missed):
            return ""
        reason = f"{missed} mutants survived or are undecided" if self.mutants else _NONE
        return f"--providercalls-mutants=strict: {reason}"

    def _survivor(self, rule: str, verbose: bool) -> Iterator[str]:
        from ..contracts.rules import RULES

        tests = self.mutants[rule].ran
        shown = tests if verbose else tests[:_SHOWN]
        more = f" and {len(tests) - len(shown)} more" if len(tests) > len(shown) else ""
        yield f"  survived: {rule} {RULES[rule].statement}"
        yield f"    {'always satisfied' if self._only_passed(rule) else 'refused'} in {', '.join(shown)}{more}"

    def _only_passed(self, rule: str) -> bool:
        return not any(one.refused[rule] for one in self._records.for_rule(rule).values())

    def _skipped(self) -> list[str]:
        return sorted(id for id, one in self._records.tests.items() if one.outcome != "passed")

    def _skipped_reruns(self) -> list[str]:
        return sorted({test for one in self.mutants.values() for test in one.not_repeatable})


def plan_runs(items: Iterable[pytest.Item], tests: Tests) -> list[MutantRun]:
    """Return the runs in order: the first test of every mutant, then the second of every mutant, and so on.

    Of the tests of one mutant, those that the rule has refused run first: they are the likeliest to kill it. Runs that
    are unlikely to kill a mutant come last, so that they are the ones that do not run in time.
    """
    covered: dict[str, list[tuple[pytest.Item, RunRecord]]] = defaultdict(list)
    for item in items:
        record = tests.get(item.nodeid)
        if record is not None and record.outcome == "passed":
            for rule in record.passed.keys() | record.refused.keys():
                covered[rule].append((item, record))
    ordered = []
    for rule, covering in sorted(covered.items()):
        unlikely = _is_unlikely_to_die(rule, [record for _, record in covering])
        covering.sort(key=lambda pair: not pair[1].refused[rule])
        for position, (item, record) in enumerate(covering):
            ordered.append(((unlikely, position), MutantRun(rule, item, record.edition, record.seconds)))
    return [run for _, run in sorted(ordered, key=lambda pair: pair[0])]


def _is_unlikely_to_die(rule: str, tests: Iterable[RunRecord]) -> bool:
    """Return whether a rule refuses requests but refused none of these tests, which then rarely see it broken."""
    from ..contracts.rules import RULES

    return not RULES[rule].edition_flag and all(
        RULES[rule].answers[one.edition].refuses and not one.refused[rule] for one in tests
    )


def _state(rule: str, mutant: Mutant) -> str:
    if mutant.killed_by:
        return "killed"
    if mutant.not_run or not mutant.ran:
        return "undecided"
    return "equivalent" if all(_is_equivalent(rule, edition) for edition in mutant.editions) else "survived"


@cache
def _is_equivalent(rule: str, edition: str) -> bool:
    """Return whether the rule's own probe also passes against an edition that breaks the rule."""
    from ..contracts import RULES, Safety, check
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.probe_target import FakeTarget

    # Its attributes have narrower types than the protocol's, which mypy rejects.
    target: Any = FakeTarget(FakeVoipbin(edition, broken={rule}))
    return check(target, Safety.BILLABLE, [RULES[rule]]).verdicts[0].kept is True

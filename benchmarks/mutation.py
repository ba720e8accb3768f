"""Mutation testing of contracts/ and fake_server/: prints the mutants that survive.

cosmic-ray generates the mutants. Its own loop starts pytest for each of them, which takes seconds. Here, the tests are
collected and run once to record which lines each test runs. Each mutant is then a fork that replaces the code of the
mutated functions and runs the tests of the mutated lines, fastest first. No file is written, and child processes that
the tests start are not mutated.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import os
import random
import resource
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import hypothesis
import parso
import pytest
from _pytest.runner import runtestprotocol
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pytest_providercalls"
PACKAGES = ("contracts", "fake_server")
SETTINGS = ("-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-profile=mutation")
# Hypothesis is imported before pytest can rewrite its assertions.
WARNINGS = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
# Operators that need arguments, take effect on import, or replace `==` with `is`.
EXCLUDED_OPERATORS = ("Variable", "RemoveDecorator", "_Is_", "Eq_Is")
PARALLEL = 2
SECONDS_PER_MUTANT = 6
MEMORY_PER_MUTANT = 4 << 30
Key = tuple[str, int, str]


class RemoveStatement(Operator):
    """Removes an assignment, a call or a raise, for which cosmic-ray has no operator."""

    def mutation_positions(self, node: parso.tree.NodeOrLeaf) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        if node.type == "simple_stmt" and node.children[0].type in ("atom_expr", "power", "expr_stmt", "raise_stmt"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: parso.tree.NodeOrLeaf, _: int) -> parso.tree.NodeOrLeaf:
        lines = node.get_code(include_prefix=False).count("\n")
        return parso.parse(node.get_first_leaf().prefix + "pass" + "\n" * lines)

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class Mutant:
    """One change of one file."""

    def __init__(self, path: str, operator: str, occurrence: int, start: tuple[int, int], end: tuple[int, int]) -> None:
        self.path = path
        self.operator = operator
        self.occurrence = occurrence
        self.place = path, *start
        self.first, self.last = start[0], end[0]

    def source(self) -> str:
        return str(mutate_code(_text(self.path), _operator(self.operator), self.occurrence))

    def __str__(self) -> str:
        lines = zip(_text(self.path).splitlines(), self.source().splitlines(), strict=False)
        old, new = next(pair for pair in lines if pair[0] != pair[1])
        return f"{self.path}:{self.first} {self.operator}\n  - {old.strip()}\n  + {new.strip()}"


@functools.cache
def _text(path: str) -> str:
    return (ROOT / path).read_text()


@functools.cache
def _statements(path: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse(_text(path))) if isinstance(node, ast.stmt)]


def _operator(name: str) -> Operator:
    return RemoveStatement() if name == "RemoveStatement" else get_operator(name)()


def mutants(path: str) -> Iterator[Mutant]:
    """Yield every mutant of a file."""
    names = [name for name in operator_names() if not any(part in name for part in EXCLUDED_OPERATORS)]
    nodes = list(ast_nodes(get_ast(_text(path))))
    for name in ["RemoveStatement", *names]:
        operator = _operator(name)
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        yield from (Mutant(path, name, number, *place) for number, place in enumerate(places))


def sample(paths: list[str], most: int, seed: int) -> list[Mutant]:
    """Return at most `most` mutants, with a second one at a place only if every place has one."""
    found = [mutant for path in paths for mutant in mutants(path)]
    random.Random(seed).shuffle(found)
    seen: Counter[object] = Counter()
    counts = []
    for mutant in found:
        seen[mutant.place] += 1
        counts.append(seen[mutant.place])
    return [mutant for _, mutant in sorted(zip(counts, found, strict=True), key=lambda pair: pair[0])][:most]


def changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield the pairs of code objects that differ, from the module down to the innermost function."""
    if _without_positions(old) == _without_positions(new):
        return
    yield old, new
    inner = ([const for const in code.co_consts if isinstance(const, CodeType)] for code in (old, new))
    for pair in zip(*inner, strict=False):
        yield from changed(*pair)


def _without_positions(code: CodeType) -> tuple[object, ...]:
    """Return a code object without lines and columns."""
    consts = [_without_positions(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_name, code.co_code, code.co_names, code.co_varnames, consts


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_firstlineno, code.co_name


class Mutation:
    """A pytest plugin that runs all collected tests once, then the relevant tests for each mutant."""

    def __init__(self, mutants: list[Mutant], seconds: float) -> None:
        self.mutants = mutants
        self.seconds = seconds
        self.durations: dict[str, float] = {}
        self.results: Counter[str] = Counter()
        self.running: dict[int, Mutant] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self._measure(session.items)
        self._find_functions()
        deadline = time.monotonic() + self.seconds
        for mutant in self.mutants:
            if time.monotonic() > deadline:
                break
            self._test(mutant)
            if len(self.running) == PARALLEL:
                self._wait()
        while self.running:
            self._wait()
        return True

    def _measure(self, items: list[pytest.Item]) -> None:
        """Record the duration of each test and the lines that it runs."""
        measured = coverage.Coverage(data_file=None, branch=False, source=[str(ROOT / package) for package in PACKAGES])
        with measured.collect():
            for item, following in zip(items, [*items[1:], None], strict=True):
                measured.switch_context(item.nodeid)
                start = time.process_time()
                outcomes = {report.outcome for report in runtestprotocol(item, nextitem=following, log=False)}
                if outcomes == {"passed"}:
                    self.durations[item.nodeid] = time.process_time() - start
                elif "failed" in outcomes:
                    print(f"skipped because it fails without mutations: {item.nodeid}", flush=True)
        data = measured.get_data()
        self.lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in {one.path for one in self.mutants}}

    def _find_functions(self) -> None:
        self.functions: defaultdict[Key, list[FunctionType]] = defaultdict(list)
        self.caches = []
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType):
                self.functions[_key(thing.__code__)].append(thing)
            elif isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.startswith(PACKAGE):
                self.caches.append(thing)

    def _tests(self, mutant: Mutant) -> list[str]:
        """Return the tests that run the lines of a mutant, fastest first."""
        lines = self.lines[mutant.path]
        # The interpreter counts some lines of a multi-line statement as its first.
        starts = (one.lineno for one in _statements(mutant.path) if one.lineno <= mutant.first <= (one.end_lineno or 0))
        first = max(starts, default=mutant.first)
        found = {test for line in range(first, mutant.last + 1) for test in lines.get(line, ())}
        return sorted(found & self.durations.keys(), key=self.durations.__getitem__)

    def _test(self, mutant: Mutant) -> None:
        path = str(ROOT / mutant.path)
        try:
            new = compile(mutant.source(), path, "exec", dont_inherit=True)
        except SyntaxError:
            return self._record(mutant, "invalid Python")
        pairs = list(changed(compile(_text(mutant.path), path, "exec", dont_inherit=True), new))
        changes = [(function, code) for old, code in pairs for function in self.functions.get(_key(old), ())]
        if not pairs:
            return self._record(mutant, "equivalent code")
        if not changes:
            return self._record(mutant, "runs on import only, skipped")
        tests = self._tests(mutant)
        if not tests:
            return self._record(mutant, "run by no test")
        pid = os.fork()
        if pid:
            self.running[pid] = mutant
        else:
            self._run_mutant(changes, tests)
        return None

    def _run_mutant(self, changes: list[tuple[FunctionType, CodeType]], tests: list[str]) -> None:
        """Become the mutant, and exit with 0 if no test fails."""
        code = 1
        try:
            signal.alarm(600)
            resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS_PER_MUTANT, 3 * SECONDS_PER_MUTANT))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_PER_MUTANT, MEMORY_PER_MUTANT))
            devnull = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(devnull, stream)
            for function, replacement in changes:
                function.__code__ = replacement
            for cache in self.caches:
                cache.cache_clear()
            code = int(not self._all_pass(tests))
        finally:
            os._exit(code)

    def _all_pass(self, tests: list[str]) -> bool:
        start = time.process_time()
        for test in tests:
            if any(report.failed for report in runtestprotocol(self.items[test], nextitem=None, log=False)):
                return False
            if time.process_time() - start > SECONDS_PER_MUTANT:
                break
        return True

    def _wait(self) -> None:
        pid, status = os.wait()
        result = "killed by timeout" if os.WIFSIGNALED(status) else "killed" if status else "survived"
        self._record(self.running.pop(pid), result)

    def _record(self, mutant: Mutant, result: str) -> None:
        self.results[result] += 1
        if result in ("survived", "run by no test"):
            print(f"{result}: {mutant}", flush=True)


def main() -> None:
    """Print the mutants that survive, and the number of each result."""
    modules = [str(path.relative_to(ROOT)) for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    parser = argparse.ArgumentParser(description="Mutation testing of contracts/ and fake_server/.")
    parser.add_argument("--seconds", type=float, default=1800, help="time limit after the first run of all tests")
    parser.add_argument("--sample", type=int, default=1000, help="the maximum number of mutants")
    parser.add_argument("--seed", type=int, default=0, help="the random seed that selects the mutants")
    parser.add_argument("--modules", nargs="+", default=modules, help="files to mutate")
    parser.add_argument("--tests", nargs="+", default=["tests/contracts", "tests/fake_server"])
    options = parser.parse_args()
    hypothesis.settings.register_profile(
        "mutation",
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    mutation = Mutation(sample(options.modules, options.sample, options.seed), options.seconds)
    pytest.main([*SETTINGS, *WARNINGS, *options.tests], plugins=[mutation])
    for result, count in sorted(mutation.results.items()):
        print(f"{result}: {count}", flush=True)


if __name__ == "__main__":
    main()

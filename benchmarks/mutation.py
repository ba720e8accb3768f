"""Mutation testing of contracts/ and fake_server/: which small mistakes would no test notice?

cosmic-ray makes the mutants. Its own loop starts pytest anew for each, which takes seconds; here pytest collects once, notes
which tests run which lines, and each mutant is a fork in which functions are given the code of the mutated source, and
which runs the tests of the mutated line, quickest first. Nothing is written to a file.

    python benchmarks/mutation.py [--seconds S] [--sample N] [--seed K] [--modules FILE ...] [--tests PATH ...]
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
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
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
ROOMS = ("contracts", "fake_server")
# What needs arguments, or swaps what is the same to these sources: `is` for `==`, operators that raise for their operands.
OTHERS = ("Variable", "RemoveDecorator", "_Is_Eq", "_Is_Not", "_Eq_Is", "_NotEq_Is", "_Is_Lt", "_Is_Gt", "IsNot_Not")
WORKERS = 2
MOST_SECONDS = 20
MOST_MEMORY = 4 << 30


class RemoveStatement(Operator):
    """Leaves out an assignment or a call: the operator that cosmic-ray does not have."""

    def mutation_positions(self, node):
        if node.type == "simple_stmt" and node.children[0].type in ("atom_expr", "power", "expr_stmt", "raise_stmt"):
            yield node.start_pos, node.end_pos

    def mutate(self, node, index):
        statement = node.get_code()
        indent = statement[: len(statement) - len(statement.lstrip())]
        return parso.parse(indent + "pass" + "\n" * statement.strip("\n").count("\n") + "\n")

    @classmethod
    def examples(cls):
        return ()


@dataclass(frozen=True)
class Mutant:
    path: str
    operator: str
    occurrence: int
    line: int
    end: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.operator.removeprefix('core/')} #{self.occurrence}"

    def source(self, text: str) -> str | None:
        return mutate_code(text, _operator(self.operator), self.occurrence)


def _operator(name: str) -> Operator:
    return RemoveStatement() if name == "RemoveStatement" else get_operator(name)()


def mutants(path: str) -> list[Mutant]:
    """Every mutant of a file, one for each place and operator's kind."""
    names = ["RemoveStatement", *(name for name in operator_names() if not any(other in name for other in OTHERS))]
    nodes = list(ast_nodes(get_ast((ROOT / path).read_text())))
    found = []
    for name in names:
        operator = _operator(name)
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        found += [Mutant(path, name, n, *start[:1], end[0], start[1]) for n, (start, end) in enumerate(places)]
    return found


def sample(paths: list[str], most: int, seed: int) -> list[Mutant]:
    """As many mutants as asked for, each from another place as long as there are places."""
    order = random.Random(seed)
    everything = [mutant for path in paths for mutant in mutants(path)]
    order.shuffle(everything)
    seen: dict[tuple[str, int, int], int] = {}
    rank = {}
    for mutant in everything:
        place = (mutant.path, mutant.line, mutant.column)
        seen[place] = seen.get(place, 0) + 1
        rank[mutant] = seen[place]
    return sorted(everything, key=rank.__getitem__)[:most]


# what a mutant changes


def _signature(code: CodeType) -> tuple[object, ...]:
    consts = tuple(_signature(c) if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts)
    return code.co_name, code.co_code, code.co_names, code.co_varnames, consts


def changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The pairs of code, at every depth, which are not the same."""
    if _signature(old) == _signature(new):
        return
    yield old, new
    inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new)]
    for pair in zip(*inner, strict=False):
        yield from changed(*pair)


def _key(code: CodeType) -> tuple[str, int, str]:
    return code.co_filename, code.co_firstlineno, code.co_name


class Tests:
    """A session of pytest that runs its tests once as they are, then again and again for mutants."""

    def __init__(self, chosen: list[Mutant], seconds: float) -> None:
        self.chosen = chosen
        self.seconds = seconds
        self.texts = {path: (ROOT / path).read_text() for path in {mutant.path for mutant in chosen}}
        self.results: dict[str, list[Mutant]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self._learn(session.items)
        self.functions: dict[tuple[str, int, str], list[FunctionType]] = {}
        self.caches = []
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(ROOT)):
                self.functions.setdefault(_key(thing.__code__), []).append(thing)
            elif isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.startswith("pytest_provider"):
                self.caches.append(thing)
        gc.freeze()
        self._work()
        return True

    def _learn(self, items: list[pytest.Item]) -> None:
        measured = coverage.Coverage(data_file=None, branch=False, source=[str(ROOT / room) for room in ROOMS])
        self.took: dict[str, float] = {}
        measured.start()
        for item, then in zip(items, [*items[1:], None], strict=True):
            measured.switch_context(item.nodeid)
            began = time.process_time()
            reports = runtestprotocol(item, nextitem=then, log=False)
            if all(report.outcome == "passed" for report in reports):
                self.took[item.nodeid] = time.process_time() - began
            elif any(report.outcome == "failed" for report in reports):
                print("left out, as it fails without mutants:", item.nodeid, flush=True)
        measured.stop()
        data = measured.get_data()
        self.lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in self.texts}
        print(f"{len(self.took)} tests, {sum(self.took.values()):.0f} s", flush=True)

    def _of(self, mutant: Mutant) -> list[str]:
        lines = self.lines[mutant.path]
        # Within a statement of several lines, some are known to the interpreter as the one above.
        begin = max((line for line in lines if line <= mutant.line), default=0)
        found = {test for line in range(begin, mutant.end + 1) for test in lines.get(line, ())} & set(self.took)
        return sorted(found, key=self.took.__getitem__)

    # one mutant

    def _work(self) -> None:
        deadline = time.monotonic() + self.seconds
        running: dict[int, Mutant] = {}
        for mutant in self.chosen:
            if time.monotonic() > deadline:
                break
            pid = self._start(mutant)
            if pid:
                running[pid] = mutant
            while len(running) >= WORKERS:
                self._end(running)
        while running:
            self._end(running)

    def _start(self, mutant: Mutant) -> int | None:
        text = self.texts[mutant.path]
        source = mutant.source(text)
        path = str(ROOT / mutant.path)
        try:
            new = compile(source or "", path, "exec", dont_inherit=True)
        except SyntaxError:
            return self._note(mutant, "no Python")
        pairs = list(changed(compile(text, path, "exec", dont_inherit=True), new))
        if not pairs:
            return self._note(mutant, "the same code")
        functions = [(f, pair[1]) for pair in pairs for f in self.functions.get(_key(pair[0]), ())]
        tests = self._of(mutant)
        if not functions:
            return self._note(mutant, "runs at import")
        if not tests:
            return self._note(mutant, "NO TEST")
        pid = os.fork()
        if not pid:
            self._be(functions, tests)
        return pid

    def _be(self, functions: list[tuple[FunctionType, CodeType]], tests: list[str]) -> None:
        """Be the mutant: leave with 1 at the first test that fails. It never returns."""
        signal.alarm(3 * MOST_SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        code = 1
        try:
            for function, replacement in functions:
                function.__code__ = replacement
            for cache in self.caches:
                cache.cache_clear()
            code = 0 if self._pass(tests) else 1
        finally:
            os._exit(code)

    def _pass(self, tests: list[str]) -> bool:
        began = time.process_time()
        for test in tests:
            reports = runtestprotocol(self.items[test], nextitem=None, log=False)
            if any(report.outcome == "failed" for report in reports):
                return False
            if time.process_time() - began > MOST_SECONDS:
                break
        return True

    def _end(self, running: dict[int, Mutant]) -> None:
        pid, status = os.wait()
        self._note(running.pop(pid), "survived" if status == 0 else "killed" if os.WIFEXITED(status) else "timed out")

    def _note(self, mutant: Mutant, result: str) -> None:
        self.results.setdefault(result, []).append(mutant)
        if result in ("survived", "NO TEST"):
            print(f"{result}: {mutant}", flush=True)
            self._show(mutant)

    def _show(self, mutant: Mutant) -> None:
        new = (mutant.source(self.texts[mutant.path]) or "").splitlines()
        for number, line in enumerate(self.texts[mutant.path].splitlines(), 1):
            there = new[number - 1] if number <= len(new) else ""
            if line != there:
                print(f"    - {line.strip()}\n    + {there.strip()}", flush=True)
                break


def main() -> int:
    parser = argparse.ArgumentParser(description="Which small mistakes would no test notice?")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("MUTATION_SECONDS", 900)))
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--modules", nargs="*")
    parser.add_argument("--tests", nargs="*", default=["tests/contracts", "tests/fake_server"])
    options = parser.parse_args()
    hypothesis.settings.register_profile(
        "mutation",
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    paths = options.modules or [str(p.relative_to(ROOT)) for room in ROOMS for p in sorted((ROOT / room).rglob("*.py"))]
    tests = Tests(sample(paths, options.sample, options.seed), options.seconds)
    settings = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n", "0", "--hypothesis-profile=mutation"]
    settings += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    pytest.main([*settings, *options.tests], plugins=[tests])
    for result, found in sorted(tests.results.items()):
        print(f"{result}: {len(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Mutation testing of contracts/ and fake_server/: which small mistakes would no test notice?

cosmic-ray makes the mutants. Its own loop starts pytest for each of them, which takes seconds. Here the tests are
collected and run once, noting who runs which lines; each mutant is then a fork, in which functions are given the code
of the mutated source, and which runs the tests of the mutated lines, quickest first. No file is written, and what the
tests start as processes of their own is not mutated.
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
ROOMS = ("contracts", "fake_server")
SETTINGS = ("-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-profile=mutation")
# Hypothesis is imported here, before pytest could rewrite its assertions.
WARNINGS = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
# Operators that want arguments, act when a module is imported, or put `is` for `==`.
LEFT_OUT = ("Variable", "RemoveDecorator", "_Is_", "Eq_Is")
TOGETHER = 2
SECONDS_EACH = 6
MEMORY_EACH = 4 << 30
Key = tuple[str, int, str]


class RemoveStatement(Operator):
    """Leaves out an assignment, a call or a raise, for which cosmic-ray has no operator."""

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
    """One small change of one file."""

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
    """Every mutant of a file."""
    names = [name for name in operator_names() if not any(part in name for part in LEFT_OUT)]
    nodes = list(ast_nodes(get_ast(_text(path))))
    for name in ["RemoveStatement", *names]:
        operator = _operator(name)
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        yield from (Mutant(path, name, number, *place) for number, place in enumerate(places))


def sample(paths: list[str], most: int, seed: int) -> list[Mutant]:
    """So many mutants, no two at the same place before there is one at each."""
    found = [mutant for path in paths for mutant in mutants(path)]
    random.Random(seed).shuffle(found)
    seen: Counter[object] = Counter()
    turns = []
    for mutant in found:
        seen[mutant.place] += 1
        turns.append(seen[mutant.place])
    return [mutant for _, mutant in sorted(zip(turns, found, strict=True), key=lambda pair: pair[0])][:most]


def changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The pairs of code that differ, from the module's down to the innermost function's."""
    if _essence(old) == _essence(new):
        return
    yield old, new
    inner = ([const for const in code.co_consts if isinstance(const, CodeType)] for code in (old, new))
    for pair in zip(*inner, strict=False):
        yield from changed(*pair)


def _essence(code: CodeType) -> tuple[object, ...]:
    """A code without its lines and columns."""
    consts = [_essence(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_name, code.co_code, code.co_names, code.co_varnames, consts


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_firstlineno, code.co_name


class Mutation:
    """A pytest plugin that runs the collected tests once as things are, then those that concern each mutant."""

    def __init__(self, chosen: list[Mutant], seconds: float) -> None:
        self.chosen = chosen
        self.seconds = seconds
        self.took: dict[str, float] = {}
        self.results: Counter[str] = Counter()
        self.running: dict[int, Mutant] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self._learn(session.items)
        self._find_functions()
        deadline = time.monotonic() + self.seconds
        for mutant in self.chosen:
            if time.monotonic() > deadline:
                break
            self._try(mutant)
            if len(self.running) == TOGETHER:
                self._wait()
        while self.running:
            self._wait()
        return True

    def _learn(self, items: list[pytest.Item]) -> None:
        """Note how long each test takes, and which lines it runs."""
        measured = coverage.Coverage(data_file=None, branch=False, source=[str(ROOT / room) for room in ROOMS])
        with measured.collect():
            for item, following in zip(items, [*items[1:], None], strict=True):
                measured.switch_context(item.nodeid)
                began = time.process_time()
                outcomes = {report.outcome for report in runtestprotocol(item, nextitem=following, log=False)}
                if outcomes == {"passed"}:
                    self.took[item.nodeid] = time.process_time() - began
                elif "failed" in outcomes:
                    print(f"fails without mutants, and is left out: {item.nodeid}", flush=True)
        data = measured.get_data()
        self.lines = {path: data.contexts_by_lineno(str(ROOT / path)) for path in {one.path for one in self.chosen}}

    def _find_functions(self) -> None:
        self.functions: defaultdict[Key, list[FunctionType]] = defaultdict(list)
        self.caches = []
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType):
                self.functions[_key(thing.__code__)].append(thing)
            elif isinstance(thing, functools._lru_cache_wrapper) and thing.__module__.startswith(PACKAGE):
                self.caches.append(thing)

    def _tests(self, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's lines, quickest first."""
        lines = self.lines[mutant.path]
        # Of a statement over several lines, some are known to the interpreter as its first.
        begun = (one.lineno for one in _statements(mutant.path) if one.lineno <= mutant.first <= (one.end_lineno or 0))
        first = max(begun, default=mutant.first)
        found = {test for line in range(first, mutant.last + 1) for test in lines.get(line, ())}
        return sorted(found & self.took.keys(), key=self.took.__getitem__)

    def _try(self, mutant: Mutant) -> None:
        path = str(ROOT / mutant.path)
        try:
            new = compile(mutant.source(), path, "exec", dont_inherit=True)
        except SyntaxError:
            return self._note(mutant, "no Python")
        pairs = list(changed(compile(_text(mutant.path), path, "exec", dont_inherit=True), new))
        changes = [(function, code) for old, code in pairs for function in self.functions.get(_key(old), ())]
        if not pairs:
            return self._note(mutant, "the same code")
        if not changes:
            return self._note(mutant, "runs at import only, not tried")
        tests = self._tests(mutant)
        if not tests:
            return self._note(mutant, "run by no test")
        pid = os.fork()
        if pid:
            self.running[pid] = mutant
        else:
            self._be(changes, tests)
        return None

    def _be(self, changes: list[tuple[FunctionType, CodeType]], tests: list[str]) -> None:
        """Be the mutant, and leave: with 0 if no test fails."""
        code = 1
        try:
            signal.alarm(600)
            resource.setrlimit(resource.RLIMIT_CPU, (3 * SECONDS_EACH, 3 * SECONDS_EACH))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_EACH, MEMORY_EACH))
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            for function, replacement in changes:
                function.__code__ = replacement
            for cache in self.caches:
                cache.cache_clear()
            code = int(not self._pass(tests))
        finally:
            os._exit(code)

    def _pass(self, tests: list[str]) -> bool:
        began = time.process_time()
        for test in tests:
            if any(report.failed for report in runtestprotocol(self.items[test], nextitem=None, log=False)):
                return False
            if time.process_time() - began > SECONDS_EACH:
                break
        return True

    def _wait(self) -> None:
        pid, status = os.wait()
        result = "killed by the clock" if os.WIFSIGNALED(status) else "killed" if status else "survived"
        self._note(self.running.pop(pid), result)

    def _note(self, mutant: Mutant, result: str) -> None:
        self.results[result] += 1
        if result in ("survived", "run by no test"):
            print(f"{result}: {mutant}", flush=True)


def main() -> None:
    """Print the mutants that survive, and how many there were of each kind."""
    rooms = [str(path.relative_to(ROOT)) for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    parser = argparse.ArgumentParser(description="Which small mistakes would no test notice?")
    parser.add_argument("--seconds", type=float, default=1800, help="how long to go on after the tests have run once")
    parser.add_argument("--sample", type=int, default=1000, help="how many mutants to try at most")
    parser.add_argument("--seed", type=int, default=0, help="which of all mutants")
    parser.add_argument("--modules", nargs="+", default=rooms, help="files to make mutants of")
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

"""Every rule that needs a mutant has one, and a fake that breaks no rule does not load any."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from pytest_providercalls.contracts import RULES, Rule
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls import hangup_causes
from pytest_providercalls.fake_server.gateway import pipeline
from pytest_providercalls.fake_server.gateway.request_context import RequestContext
from pytest_providercalls.fake_server.mutants import seams
from pytest_providercalls.fake_server.mutants.registry import MUTANTS
from pytest_providercalls.fake_server.world.world import RuleContext, World

ROOT = Path(pipeline.__file__).parents[1]
PACKAGES = ("gateway", "calls", "flows", "websockets", "events", "world")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
RULE_POSITIONS = {"follows": 0, "follows_all": 0, "show": 0, "require_value": 0, "replace_fields": 1}
"""The functions whose rules need a mutant, with the position of the rule among the arguments."""
OPTIONAL = {"apply": 0}
"""The functions whose rules may have a mutant."""
RULES_IN_VARIABLES = {
    "changes": "the rule is an argument of replace_fields",
    "hangup_causes": "the rule comes from hangup_causes.rule_of",
}
"""The modules that pass a variable, and where its rules come from."""


def rules_passed_to(functions: Mapping[str, int]) -> tuple[set[str], set[str]]:
    """Return the ids of the rules that are passed to these functions, and the modules that pass a variable."""
    ids: set[str] = set()
    variables: set[str] = set()
    for path in FILES:
        for argument, names in arguments(ast.parse(path.read_text()), functions, vars(module(path))):
            try:
                ids |= {rule.id for rule in value(argument, names)}
            except AttributeError:
                variables.add(path.stem)
    return ids, variables


def arguments(
    node: ast.AST, functions: Mapping[str, int], names: Mapping[str, object]
) -> Iterator[tuple[ast.expr, Mapping[str, object]]]:
    """Yield the argument that is a rule, of each call of these functions in a file, and the names that it may use."""
    if isinstance(node, ast.FunctionDef):
        names = {**names, **dict(imports_of(node, str(names["__package__"])))}
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in functions:
            argument = node.args[functions[name]]
            for one in (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,):
                yield one, names
    for child in ast.iter_child_nodes(node):
        yield from arguments(child, functions, names)


def imports_of(function: ast.FunctionDef, package: str) -> Iterator[tuple[str, object]]:
    """Yield what a function imports, by name."""
    for node in ast.walk(function):
        if isinstance(node, ast.ImportFrom) and node.level:
            parent = importlib.import_module("." * node.level + (node.module or ""), package)
            for alias in node.names:
                if not hasattr(parent, alias.name):
                    importlib.import_module(f"{parent.__name__}.{alias.name}")
                yield alias.asname or alias.name, getattr(parent, alias.name)


def module(path: Path) -> ModuleType:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return importlib.import_module(f"pytest_providercalls.fake_server.{name}")


def value(argument: ast.expr, names: Mapping[str, object]) -> tuple[Rule, ...]:
    """Return the rules of an argument: one, or a tuple of them. Raises AttributeError for a variable."""
    found: Rule | tuple[Rule, ...] = attrgetter(ast.unparse(argument))(SimpleNamespace(**names))
    return found if isinstance(found, tuple) else (found,)


def mapped_to_a_hangup_reason() -> set[str]:
    rules = {hangup_causes.rule_of(sip) for sip in range(300, 700)}
    return {rule.id for rule in rules if not rule.edition_flag}


def imported_names(path: Path) -> Iterator[str]:
    """Yield each part of each import of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
            yield from (part for name in names for part in name.split("."))


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_every_mutant_belongs_to_a_rule_of_the_catalogue() -> None:
    assert MUTANTS
    assert MUTANTS.keys() <= RULES.keys()


def test_every_rule_that_needs_a_mutant_has_one() -> None:
    ids, variables = rules_passed_to(RULE_POSITIONS)
    assert variables == RULES_IN_VARIABLES.keys()
    assert (ids | mapped_to_a_hangup_reason()) - MUTANTS.keys() == set()


def test_every_mutant_is_used() -> None:
    ids, _ = rules_passed_to(RULE_POSITIONS | OPTIONAL)
    assert MUTANTS.keys() - ids - mapped_to_a_hangup_reason() == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_below_the_mutants_does_not_import_them(path: Path) -> None:
    assert "mutants" not in imported_names(path)


def test_only_a_fake_that_breaks_rules_loads_the_mutants() -> None:
    program = """
import sys
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin

def loaded():
    return any(name.startswith("pytest_providercalls.fake_server.mutants") for name in sys.modules)

FakeVoipbin().handle(Request("GET", "/v1.0/calls"))
print(loaded())
FakeVoipbin(broken=["AU-01"])
print(loaded())
"""
    assert run(program).split() == ["False", "True"]


@pytest.mark.parametrize(
    ("broken", "world", "context", "system_context"),
    [
        ([], World, RequestContext, RuleContext),
        (["AU-01"], seams.MutatedWorld, seams.MutatedRequestContext, seams.MutatedRuleContext),
    ],
)
def test_only_a_fake_that_breaks_rules_has_subclasses(
    broken: list[str], world: type, context: type, system_context: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[type] = []
    respond = pipeline.respond

    def record_context(ctx: RequestContext) -> Response:
        contexts.append(type(ctx))
        return respond(ctx)

    monkeypatch.setattr(pipeline, "respond", record_context)
    fake = FakeVoipbin(broken=broken)
    fake.handle(Request("GET", "/ping"))
    assert type(fake.world) is world
    assert contexts == [context]
    assert type(fake.world.system_context(fake.super_admin.customer_id)) is system_context

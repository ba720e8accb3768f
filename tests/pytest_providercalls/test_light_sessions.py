"""What a session with a fake imports: no more than its tests use."""

from __future__ import annotations

import copy
import gc
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from textwrap import dedent
from typing import Any, get_type_hints
from unittest.mock import ANY, patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts import light_imports
from pytest_providercalls.contracts.light_imports import importing, maker, without_collections
from pytest_providercalls.contracts.models import responses
from pytest_providercalls.contracts.models.layouts import LAYOUTS, layout_of
from pytest_providercalls.contracts.models.recordings import Recording
from pytest_providercalls.fake_server.transports.faults import Fault

PACKAGE = "pytest_providercalls."
AFTER_THE_SESSION = """
import sys

def pytest_unconfigure(config):
    print("Hypothesis was imported:", "hypothesis" in sys.modules)
"""
ONE_CALL = """
def test_call(voipbin, voipbin_client):
    body = {"provider_id": voipbin.provider.id, "destinations": [{"type": "tel", "target": "+12025550101"}]}
    assert voipbin_client.post("/providercalls", json=body).status_code == 200
"""


def imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


FIRST_POST = """
import json
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin

fake = FakeVoipbin()
tel = {"type": "tel", "target": "+12025550143"}
body = {"provider_id": fake.provider.id, "source": tel, "destinations": [tel], "anonymous": "auto"}
headers = (("Authorization", f"Bearer {fake.super_admin.token}"), ("Accept", "*/*"))
assert fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode())).status == 200
"""
HEAVY = {
    *("asyncio", "pydantic", "pydantic_core", "annotated_types", "jsonschema", "hypothesis", "respx"),
    *(
        "decimal",
        "heapq",
        "mmap",
        "sqlite3",
        "xml.etree",
        "http.server",
        "subprocess",
        "difflib",
        "unittest",
        "importlib.metadata",
        "argparse",
    ),
}
"""What a fake can do without until a test needs it. Each takes a millisecond or more to import."""
MODULES_OF_A_POST = 84
"""Of ours; without bytecode each is compiled."""


def test_the_first_post_imports_no_library_and_few_modules() -> None:
    modules = imported(f"import httpx\n{FIRST_POST}")
    assert (modules - imported("import httpx")) & HEAVY == set()
    ours = {name.removeprefix(PACKAGE) for name in modules if name.startswith(PACKAGE)}
    assert len(ours) <= MODULES_OF_A_POST
    assert {name for name in ours if name.startswith("fake_server.gateway.handlers.")} == {
        "fake_server.gateway.handlers.providercalls"
    }
    assert not {
        name for name in ours if name.startswith(("fake_server.control", "fake_server.mutants", "contracts.checker"))
    }


def test_a_session_with_one_post_imports_no_more_for_its_fixtures_and_its_summary(
    bare_pytester: pytest.Pytester,
) -> None:
    bare_pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure(config):
            catalogue = vars(sys.modules["pytest_providercalls.contracts.rules"]).get("RULES")
            names = ("pydantic", "pydantic_core", "jsonschema", "hypothesis")
            from pytest_providercalls.contracts.redaction.names import IN_MESSAGE

            print("patterns:", sum("compiled" in vars(one.regex) for one in IN_MESSAGE))
            print("imported:", [name for name in names if name in sys.modules], catalogue)
            print("parts:", [name for name in sys.modules if name.endswith((".report_parts", ".compared_values"))])
        """
    )
    bare_pytester.makepyfile(ONE_CALL)
    result = bare_pytester.runpytest_subprocess("-q", "-p", "_hypothesis_pytestplugin")
    result.stdout.fnmatch_lines(["patterns: 0", "imported: [[]] None", "parts: [[]]"])


def test_a_fake_imports_neither_models_nor_handlers_nor_an_event_loop() -> None:
    modules = imported("from pytest_providercalls.fake_server import FakeVoipbin\nFakeVoipbin()")
    assert not modules & {"asyncio", "pydantic.main", "annotated_types", "difflib", "jsonschema"}
    ours = {name.removeprefix(PACKAGE) for name in modules if name.startswith(PACKAGE)}
    assert not ours & {"contracts.models.requests", "contracts.models.responses", "contracts.models.actions"}
    assert not {name for name in ours if name.startswith("fake_server.gateway.handlers.")}


def test_the_layouts_are_those_of_the_models() -> None:
    models = {model.__name__: model for model in (*responses.RESOURCES, Recording)}
    layouts = {name: layout.split() for name, layout in LAYOUTS.items() if name in models}
    assert layouts == {name: layout_of(model).split() for name, model in models.items()}


@pytest.mark.parametrize(
    ("code", "option", "summary"),
    [
        (ONE_CALL, "-q", "Hypothesis was imported: False"),
        ("def test_nothing(): pass", "-q", "Hypothesis was imported: False"),
        (f"import hypothesis\n{ONE_CALL}", "-q", "Hypothesis was imported: True"),
        (ONE_CALL, "--hypothesis-show-statistics", "*= Hypothesis Statistics =*"),
    ],
    ids=["unused", "no fake", "used", "statistics"],
)
def test_hypothesis_is_imported_only_for_a_summary_of_its_own(
    bare_pytester: pytest.Pytester, code: str, option: str, summary: str
) -> None:
    bare_pytester.makeconftest(AFTER_THE_SESSION)
    bare_pytester.makepyfile(code)
    result = bare_pytester.runpytest_subprocess("-p", "_hypothesis_pytestplugin", option)
    assert result.ret == 0
    result.stdout.fnmatch_lines([summary])


def test_hypothesis_shows_the_examples_of_other_processes(bare_pytester: pytest.Pytester) -> None:
    """As if by pytest-xdist: the report of a worker has a failing example, of which Hypothesis makes a patch."""
    bare_pytester.makeconftest(
        """
        import _hypothesis_pytestplugin
        import pytest

        KEY = _hypothesis_pytestplugin.FAILING_EXAMPLES_KEY

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport():
            report = yield
            if report.when == "teardown":
                setattr(report, KEY, "[]")
            return report

        @pytest.hookimpl(tryfirst=True)
        def pytest_terminal_summary(terminalreporter, config):
            for report in terminalreporter.stats[""]:
                vars(report).pop(KEY, None)  # to make a patch requires another library
            print("registered:", config.pluginmanager.is_registered(_hypothesis_pytestplugin))
        """
    )
    bare_pytester.makepyfile("def test_nothing(): pass")
    result = bare_pytester.runpytest_subprocess("-p", "_hypothesis_pytestplugin")
    result.stdout.fnmatch_lines(["registered: True"])


def test_our_modules_are_not_rewritten(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        """
        import sys

        def test_loaders(voipbin):
            ours = {name: module for name, module in sys.modules.items() if name.startswith("pytest_providercalls.")}
            rewritten = {name for name, module in ours.items() if "Rewriting" in type(module.__loader__).__name__}
            assert "pytest_providercalls.fake_server.core" in ours
            assert rewritten == set()
            assert "Rewriting" in type(__loader__).__name__
        """
    )
    bare_pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("enabled", [True, False])
def test_an_import_without_the_garbage_collector_restores_it_even_after_an_error(enabled: bool) -> None:
    if not enabled:
        gc.disable()
    with pytest.raises(ImportError), without_collections():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled() == enabled


@pytest.mark.parametrize("imports", [True, False])
def test_what_an_import_creates_is_not_collected_next(imports: bool) -> None:
    code = """
    import gc
    from pytest_providercalls.contracts.light_imports import importing

    gc.collect()
    before = gc.get_stats()[0]["collections"]
    with importing():
        kept = [[] for _ in range(5000)]
        {statement}
    kept += [[] for _ in range(10)]
    print(gc.get_stats()[0]["collections"] - before, gc.get_freeze_count())
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(code).format(statement="import colorsys" if imports else "pass")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0" if imports else "1", "0"]


def test_an_import_keeps_what_a_program_has_frozen() -> None:
    gc.collect()
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        sys.modules.pop("colorsys", None)
        with importing():
            import colorsys
        assert colorsys
        assert gc.get_freeze_count() >= frozen - 100  # some of them may have ended
    finally:
        gc.unfreeze()


def methods(decorator: Any) -> list[Any]:
    """Return classes that differ by how they are decorated."""

    @decorator(frozen=True)
    class Frozen:
        name: str
        secret: str = field(default="", repr=False)
        note: str = field(default="", compare=False)

    @decorator(slots=True)
    class Changeable:
        name: str
        notes: list[str] = field(default_factory=list)
        length: int = field(init=False)
        places: list[str] = field(init=False, default_factory=list)
        unit: str = field(init=False, default="characters")

        def __post_init__(self) -> None:
            self.length = len(self.name)

    @decorator(frozen=True, slots=True)
    class Base:
        name: str

    @decorator(frozen=True, slots=True, kw_only=True)
    class Derived(Base):
        note: str = "none"

    @decorator()
    class Watched:
        name: str
        note: str = "none"

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, f"{value}!")

    class Undecorated(Watched):
        def __post_init__(self) -> None:
            raise AssertionError("only a decorated class has one")

    return [Frozen, Changeable, Base, Derived, Watched, Undecorated]


def outcome(call: Callable[[], object]) -> object:
    """Return the result of a call, or the type of what it raises and the message."""
    try:
        return call()
    except Exception as error:
        return type(error), str(error).rpartition(".")[2]


TEXTS = st.sampled_from(["", "a", "b"])
NAMES = st.sampled_from(["name", "secret", "note", "unit", "length", "x"])
ARGUMENTS = st.tuples(st.lists(TEXTS, max_size=3), st.dictionaries(NAMES, TEXTS, max_size=2))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """Return a new class by each of the two decorators. The `__init__` of the second one may be compiled."""
    classes = list(zip(methods(dataclass), methods(light_imports.dataclass), strict=True))
    pair = draw(st.sampled_from(classes))
    if draw(st.booleans()):
        assert pair[1].__init__
    return pair


@given(pairs(), ARGUMENTS, ARGUMENTS, TEXTS)
def test_a_light_dataclass_behaves_like_an_ordinary_one(
    pair: tuple[Any, Any], one: tuple[list[str], dict[str, str]], other: tuple[list[str], dict[str, str]], text: str
) -> None:
    results = []
    for kind in pair:
        found = [outcome(lambda: kind(*arguments, **named)) for arguments, named in (one, other)]  # noqa: B023
        results.append([repr(value) if isinstance(value, kind) else value for value in found])
        if all(isinstance(value, kind) for value in found):
            results[-1] += [
                found[0] == found[1],
                found[0] == found,
                outcome(lambda: hash(found[0]) == hash(found[1])),  # noqa: B023
                outcome(lambda: setattr(found[0], "name", text)),  # noqa: B023
                # With slots the standard library may raise another error for it.
                outcome(lambda: setattr(found[0], "unknown", text)) is None,  # noqa: B023
                repr(found[0]),
                outcome(lambda: delattr(found[0], "name")),  # noqa: B023
                repr(copy.copy(found[1])),
                repr(replace(found[1], name=text)),
            ]
    assert results[0] == results[1]


@pytest.mark.parametrize("decorator", [dataclass, light_imports.dataclass])
@given(named=st.dictionaries(st.sampled_from(["id", "owner", "name", "notes", "x"]), TEXTS))
def test_a_maker_creates_what_the_class_does(decorator: Any, named: dict[str, str]) -> None:
    @decorator(slots=True, kw_only=True)
    class Base:
        id: str
        name: str = "none"

    @decorator(slots=True, kw_only=True)
    class Derived(Base):
        owner: str
        notes: list[str] = field(default_factory=list)

    made, expected = (outcome(lambda: create(**named)) for create in (maker(Derived), Derived))  # noqa: B023
    if not isinstance(expected, Derived):
        assert isinstance(made, tuple) and made[0] is TypeError
        return
    assert type(made) is Derived
    assert made == expected
    if "notes" not in named:
        assert made.notes is not maker(Derived)(**named).notes


@given(pairs())
def test_a_light_dataclass_equals_what_says_so(pair: tuple[Any, Any]) -> None:
    for kind in pair:
        assert kind("a") == ANY
        assert kind("a") != "a"


@pytest.mark.parametrize("decorator", [dataclass, light_imports.dataclass])
def test_a_light_frozen_dataclass_is_frozen_for_the_standard_library(decorator: Any) -> None:
    frozen, changeable, _, derived, *_ = methods(decorator)
    dataclass(frozen=True)(type("Frozen", (frozen,), {}))
    dataclass(frozen=True)(type("Derived", (derived,), {}))
    with pytest.raises(TypeError, match="cannot inherit"):
        dataclass(type("Changeable", (frozen,), {}))
    with pytest.raises(TypeError, match="cannot inherit"):
        dataclass(frozen=True)(type("Frozen", (changeable,), {}))


def test_the_annotations_of_a_light_dataclass_can_be_read() -> None:
    assert get_type_hints(Fault.__init__)["kind"] == get_type_hints(Fault)["kind"]


def test_the_initialiser_of_a_light_dataclass_can_be_mocked() -> None:
    kind, *_ = methods(light_imports.dataclass)
    with patch.object(kind, "__init__", autospec=True, return_value=None) as init:
        kind("a")
    init.assert_called_once()
    assert kind("b").name == "b"


def test_a_light_dataclass_shows_its_signature() -> None:
    for plain, light in zip(methods(dataclass), methods(light_imports.dataclass), strict=True):
        assert str(inspect.signature(light)) == str(inspect.signature(plain))

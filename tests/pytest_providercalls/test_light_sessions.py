"""What a session with a fake imports: no more than its tests use."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.light_imports import Value, without_collections
from pytest_providercalls.contracts.models import responses
from pytest_providercalls.contracts.models.layouts import LAYOUTS, layout_of
from pytest_providercalls.contracts.models.recordings import Recording

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
    *("sqlite3", "xml.etree", "http.server", "subprocess", "difflib", "unittest", "importlib.metadata", "argparse"),
}
"""What a fake can do without until a test needs it. Each takes a millisecond or more to import."""
MODULES_OF_A_POST = 128
"""Of ours; without bytecode each is compiled."""


def test_the_first_post_imports_no_library_and_few_modules() -> None:
    modules = imported(f"import httpx\n{FIRST_POST}")
    assert (modules - imported("import httpx")) & HEAVY == set()
    ours = {name.removeprefix(PACKAGE) for name in modules if name.startswith(PACKAGE)}
    assert len(ours) <= MODULES_OF_A_POST
    assert {name for name in ours if name.startswith("fake_server.gateway.handlers.")} == {
        "fake_server.gateway.handlers.auth",
        "fake_server.gateway.handlers.changes",
        "fake_server.gateway.handlers.providercalls",
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
    assert {name for name in ours if name.startswith("fake_server.gateway.handlers.")} == {
        "fake_server.gateway.handlers.auth"
    }


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


@dataclass(frozen=True)
class Plain:
    name: str
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False, repr=False)
class Light(Value):
    name: str
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


TEXTS = st.sampled_from(["", "a", "b"])


@given(st.tuples(TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS))
def test_a_value_compares_and_shows_like_a_dataclass(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (Light(*one) == Light(*other)) == (Plain(*one) == Plain(*other))
    assert hash(Light(*one)) == hash(Plain(*one))
    assert repr(Light(*one)) == repr(Plain(*one)).replace("Plain", "Light")
    assert Light(*one) != Plain(*one)

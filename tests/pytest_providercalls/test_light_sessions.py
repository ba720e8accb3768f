"""What a session with a fake imports: no more than its tests use."""

from __future__ import annotations

import subprocess
import sys

import pytest
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
    ("first_line", "option", "summary"),
    [
        ("", "-q", "Hypothesis was imported: False"),
        ("import hypothesis", "-q", "Hypothesis was imported: True"),
        ("", "--hypothesis-show-statistics", "*= Hypothesis Statistics =*"),
    ],
    ids=["unused", "used", "statistics"],
)
def test_hypothesis_is_imported_only_for_a_summary_of_its_own(
    bare_pytester: pytest.Pytester, first_line: str, option: str, summary: str
) -> None:
    bare_pytester.makeconftest(AFTER_THE_SESSION)
    bare_pytester.makepyfile(f"{first_line}\n{ONE_CALL}")
    result = bare_pytester.runpytest_subprocess("-p", "_hypothesis_pytestplugin", option)
    assert result.ret == 0
    result.stdout.fnmatch_lines([summary])


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

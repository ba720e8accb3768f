"""The pages of the control API as they are sent."""

from __future__ import annotations

from importlib.resources import files

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server import control as package
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.openapi import openapi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.control.reference_page import reference

SHIPPED = sorted(file.name for file in files(package).joinpath("ui").iterdir())


def get(path: str, method: str = "GET") -> Response:
    answer = ControlApi(FakeVoipbin()).respond(Request(method, path, (("Host", "localhost"),))).response
    assert answer is not None
    return answer


@pytest.mark.parametrize("path", ["/_fake", "/_fake/"])
def test_who_asks_for_nothing_is_shown_the_inspector(path: str) -> None:
    answer = get(path)
    assert (answer.status, answer.header("Location")) == (302, "/_fake/ui")


@pytest.mark.parametrize("path", ["/_fake/ui", "/_fake/docs", *(f"/_fake/ui/{name}" for name in SHIPPED)])
def test_a_page_lets_nothing_run_but_what_was_shipped(path: str) -> None:
    answer = get(path)
    assert answer.status == 200
    assert "default-src 'self'" in (answer.header("Content-Security-Policy") or "")
    assert "unsafe" not in (answer.header("Content-Security-Policy") or "")
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert b"http" not in answer.body.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize("path", ["app.js", "ui/../api.py", "ui/%2e%2e/api.py", "ui/nothing"])
def test_nothing_else_is_shipped(path: str) -> None:
    assert get(f"/_fake/{path}").status == 404


def test_a_page_is_there_to_be_read_only() -> None:
    assert get("/_fake/ui", "HEAD").status == 200
    assert get("/_fake/ui", "POST").status == 404


def test_every_operation_and_model_is_on_the_page() -> None:
    page = reference(openapi())
    for operation in OPERATIONS:
        assert f'id="{operation.handler.__name__}"' in page
    for name in openapi()["components"]["schemas"]:
        assert f'id="model-{name}"' in page


def test_what_a_document_says_is_text() -> None:
    document = openapi()
    document["info"]["description"] = document["paths"]["/_fake/world"]["get"]["summary"] = "<script>"
    document["components"]["schemas"]["Call"]["description"] = "<script>"
    assert "<script>" not in reference(document)

"""The pages of the control API."""

from __future__ import annotations

from importlib.resources import files

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server import control as package
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.openapi import openapi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.control.reference_page import reference_page

FILES = sorted(file.name for file in files(package).joinpath("ui").iterdir())


def get(path: str, method: str = "GET") -> Response:
    response = ControlApi(FakeVoipbin()).respond(Request(method, path, (("Host", "localhost"),))).response
    assert response is not None
    return response


@pytest.mark.parametrize("path", ["/_fake", "/_fake/"])
def test_the_root_redirects_to_the_inspector(path: str) -> None:
    response = get(path)
    assert (response.status, response.header("Location")) == (302, "/_fake/ui")


@pytest.mark.parametrize("path", ["/_fake/ui", "/_fake/docs", *(f"/_fake/ui/{name}" for name in FILES)])
def test_a_page_may_only_run_its_own_scripts(path: str) -> None:
    response = get(path)
    assert response.status == 200
    assert "default-src 'self'" in (response.header("Content-Security-Policy") or "")
    assert "unsafe" not in (response.header("Content-Security-Policy") or "")
    assert response.header("X-Content-Type-Options") == "nosniff"
    assert b"http" not in response.body.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize("path", ["app.js", "ui/../api.py", "ui/%2e%2e/api.py", "ui/nothing"])
def test_no_other_file_is_served(path: str) -> None:
    assert get(f"/_fake/{path}").status == 404


def test_pages_are_read_only() -> None:
    assert get("/_fake/ui", "HEAD").status == 200
    assert get("/_fake/ui", "POST").status == 404


def test_every_operation_and_model_is_on_the_page() -> None:
    page = reference_page(openapi())
    for operation in OPERATIONS:
        assert f'id="{operation.handler.__name__}"' in page
    for name in openapi()["components"]["schemas"]:
        assert f'id="model-{name}"' in page


def test_descriptions_are_escaped() -> None:
    document = openapi()
    document["info"]["description"] = document["paths"]["/_fake/info"]["get"]["summary"] = "<script>"
    document["components"]["schemas"]["Call"]["description"] = "<script>"
    assert "<script>" not in reference_page(document)

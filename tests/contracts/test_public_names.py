"""The public names exist, in any order of use, and are loaded lazily."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_providercalls import contracts, fake_server


@pytest.mark.parametrize("package", [contracts, fake_server], ids=["contracts", "fake_server"])
def test_every_public_name_exists(package: object) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        assert getattr(package, name) is not None


@pytest.mark.parametrize("package", [contracts, fake_server], ids=["contracts", "fake_server"])
def test_an_unknown_name_is_an_attribute_error(package: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_no_submodule_replaces_a_public_name() -> None:
    """Importing a submodule sets an attribute of the package, which must not be one of its functions."""
    code = """
import pkgutil, importlib
from pytest_providercalls import contracts, fake_server
for package in (contracts, fake_server):
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
names = [contracts.check, contracts.get_edition, contracts.schema, fake_server.FakeVoipbin]
print(*map(callable, names))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4


def test_importing_a_package_does_not_import_pydantic() -> None:
    code = (
        "import sys, pytest_providercalls.contracts, pytest_providercalls.fake_server; print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "scan",
    [
        "for module in list(sys.modules.values()):\n for name in dir(module):\n  getattr(module, name, None)",
        "for module in (contracts, fake_server): inspect.getmembers(module)",
        "for module in (contracts, fake_server): doctest.DocTestFinder().find(module)",
        "for module in (contracts, fake_server): rlcompleter.Completer(vars(module)).attr_matches('contracts.')",
    ],
    ids=["freezegun", "inspect", "doctest", "completion"],
)
def test_reading_all_attributes_imports_nothing(scan: str) -> None:
    code = f"""
import doctest, inspect, rlcompleter, sys
from pytest_providercalls import contracts, fake_server
def ours():
    return {{name for name in sys.modules if name.startswith("pytest_providercalls")}}
before = ours()
{scan}
print(*ours() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["ProviderCall", "ProviderCallRequest", "Call", "Envelope"])
def test_schemas_are_named_after_the_models(name: str) -> None:
    assert contracts.schema(name)["title"] == name


def test_an_unknown_schema_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown wire model 'Nothing'"):
        contracts.schema("Nothing")


def test_bodies_and_requests_are_the_same_strategies() -> None:
    assert contracts.strategies.providercall_requests is contracts.strategies.providercall_bodies
    assert contracts.strategies.invalid_providercall_requests is contracts.strategies.invalid_providercall_bodies

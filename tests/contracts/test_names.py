"""The public names are there, in whatever order they are asked for, and cost nothing until they are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_providercalls import contracts, fake_server


@pytest.mark.parametrize("room", [contracts, fake_server], ids=["contracts", "fake_server"])
def test_every_public_name_is_there(room: object) -> None:
    for name in room.__all__:  # type: ignore[attr-defined]
        assert getattr(room, name) is not None
    assert set(room.__all__) <= set(dir(room))  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", [contracts, fake_server], ids=["contracts", "fake_server"])
def test_another_name_is_an_attribute_error(room: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        room.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_no_submodule_takes_a_public_names_place() -> None:
    """Importing a submodule sets an attribute of the package, which must not be one of its functions."""
    code = """
import pkgutil, importlib
from pytest_providercalls import contracts, fake_server
for room in (contracts, fake_server):
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
names = [contracts.check, contracts.edition, contracts.schema, fake_server.FakeVoipbin]
print(*map(callable, names))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4


def test_importing_a_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, pytest_providercalls.contracts, pytest_providercalls.fake_server; print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", ["ProviderCall", "ProviderCallRequest", "Call", "Envelope"])
def test_schemas_are_named_after_the_models(name: str) -> None:
    assert contracts.schema(name)["title"] == name


def test_an_unknown_schema_is_told() -> None:
    with pytest.raises(ValueError, match="no wire model 'Nothing'"):
        contracts.schema("Nothing")

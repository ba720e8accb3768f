"""The packages can be imported from a wheel, and in a repository with its own `contracts/`.

`make test` itself runs with an editable install.
"""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from .conftest import run

IMPORTS = "; ".join(
    [
        "import pytest_providercalls.contracts as c, pytest_providercalls.fake_server as f",
        "from pytest_providercalls.contracts.rules import RULES",
        "import pytest_providercalls.fake_server.gateway.handlers.providercalls",
        "assert f.FakeVoipbin().provider.id and len(RULES) > 100",
        "print(c.__name__, f.__name__)",
    ]
)
NAMES = "pytest_providercalls.contracts pytest_providercalls.fake_server"


def environment(folder: Path, *install: str) -> str:
    """Create an environment with the project and return its Python. Dependencies and pip come from this one."""
    venv.create(folder)
    python = str(folder / "bin" / "python")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-deps", *install)
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    our_purelib = run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    # At the end of the path, so that only missing packages come from here.
    Path(purelib, "zz_dependencies.pth").write_text(f"import sys; sys.path.append({our_purelib!r})\n")
    return python


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment with the wheel."""
    return environment(tmp_path_factory.mktemp("env"), str(wheel))


def test_it_imports_from_a_wheel(python: str, tmp_path: Path) -> None:
    assert run(python, "-c", IMPORTS, cwd=tmp_path) == NAMES
    found = run(python, "-c", "import pytest_providercalls as p; print(p.__file__)", cwd=tmp_path)
    assert found.startswith(str(Path(python).parents[1]))


@pytest.mark.parametrize("command", [("-m", "pytest"), ("-m", "pytest", "--import-mode=importlib")])
def test_it_does_not_shadow_folders_of_a_downstream_repo(python: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    repo = tmp_path / "repo"
    for name in ("contracts", "fake_server"):
        (repo / name).mkdir(parents=True)
        (repo / name / "__init__.py").write_text("OURS = True\n")
    (repo / "conftest.py").write_text("import contracts, fake_server\n")
    (repo / "test_both.py").write_text(
        "import sys\nsys.path.insert(0, '.')\nimport contracts, fake_server\n"
        "from pytest_providercalls.contracts import RULES\n\n\n"
        "def test_both(voipbin):\n    assert contracts.OURS and fake_server.OURS and RULES\n"
    )
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:anyio")
    assert "1 passed" in run(python, *command, *options, cwd=repo)


def test_lint_mocks_works_with_warnings_as_errors(python: str, tmp_path: Path) -> None:
    """The command imports the plugin before pytest does, and pytest warns about that for an installed wheel."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:anyio")
    output = run(python, "-m", "pytest_providercalls.cli", "lint-mocks", "--", *options, cwd=tmp_path)
    assert "1 passed" in output

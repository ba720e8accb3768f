"""The matrix: each Python with the oldest and with the newest dependencies that pyproject.toml allows.

`make matrix` runs it; `nox --list` names the sessions, and `nox -s 'tests-3.12(oldest)' -- tests/contracts` runs less.
"""

from __future__ import annotations

from pathlib import Path

import nox

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True


def _install(session: nox.Session, dependencies: str, group: str) -> None:
    """This project with all of its extras, and what its tests need beside them."""
    # Not in a folder made by create_tmp: tests would have theirs in it, and so beneath this project's settings.
    constraints = Path(session.virtualenv.location, "constraints.txt").resolve()
    resolution = f"--resolution={RESOLUTIONS[dependencies]}"
    asked = ("pyproject.toml", "--all-extras", "--python", session.virtualenv.location)
    session.run("uv", "pip", "compile", "--quiet", *asked, resolution, "--output-file", str(constraints), external=True)
    session.install("--editable", ".", "--group", group, "--constraint", str(constraints))
    session.run("uv", "pip", "list", "--python", session.virtualenv.location, external=True)


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", *arguments)


# With pip in it, by which the tests install wheels.
@nox.session(python=PYTHONS, venv_params=["--seed"])
@nox.parametrize("dependencies", list(RESOLUTIONS), ids=list(RESOLUTIONS))
def tests(session: nox.Session, dependencies: str) -> None:
    """The suite, but for the pages in a browser, and for what only the newest Hypothesis finds within its time."""
    _install(session, dependencies, "suite")
    ignored = ["tests/browser", *["tests/quality"] * (dependencies == "oldest")]
    _pytest(session, "-n", "2", *(session.posargs or [f"--ignore={folder}" for folder in ignored]))


@nox.session(python=PYTHONS)
@nox.parametrize("dependencies", list(RESOLUTIONS), ids=list(RESOLUTIONS))
def together(session: nox.Session, dependencies: str) -> None:
    """The plugins that suites have besides, pytest-asyncio among them."""
    _install(session, dependencies, "together")
    # pytest-asyncio is for the sessions that the tests start, not for theirs.
    _pytest(session, "-p", "no:asyncio", "tests/pytest_providercalls/test_together.py", *session.posargs)


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """The wheel with the core dependencies alone: a first test, and what is said where an extra is missing."""
    session.install(".")
    session.run("python", "tests/package/smoke.py")

"""The test matrix: each Python version with the oldest and the newest dependencies that pyproject.toml allows.

`make matrix` runs it. `nox --list` lists the sessions; `nox -s 'tests-3.12(oldest)' -- tests/contracts` runs a part.
"""

from __future__ import annotations

from pathlib import Path

import nox

PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
UNUSED_PLUGINS = ("asyncio", "django", "rerunfailures", "pytest-retry", "flaky")
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True


def _install(session: nox.Session, dependencies: str, group: str) -> None:
    """Install this project with all extras and the dependencies of its tests."""
    # Not in create_tmp: tests would use that folder too, and would then read this project's settings.
    constraints = Path(session.virtualenv.location, "constraints.txt").resolve()
    resolution = f"--resolution={RESOLUTIONS[dependencies]}"
    arguments = ("pyproject.toml", "--all-extras", "--python", session.virtualenv.location)
    session.run(
        "uv", "pip", "compile", "--quiet", *arguments, resolution, "--output-file", str(constraints), external=True
    )
    session.install("--editable", ".", "--group", group, "--constraint", str(constraints))
    session.run("uv", "pip", "list", "--python", session.virtualenv.location, external=True)


def _pytest(session: nox.Session, *arguments: str) -> None:
    session.run("python", "-m", "pytest", "-p", "no:cacheprovider", *arguments)


# With pip, because tests install wheels.
@nox.session(python=PYTHONS, venv_params=["--seed"])
@nox.parametrize("dependencies", list(RESOLUTIONS), ids=list(RESOLUTIONS))
def tests(session: nox.Session, dependencies: str) -> None:
    """Run the suite without browser tests and, with the oldest dependencies, without tests/quality."""
    _install(session, dependencies, "suite")
    ignored = ["tests/browser", *["tests/quality"] * (dependencies == "oldest")]
    _pytest(session, "-n", "2", *(session.posargs or [f"--ignore={folder}" for folder in ignored]))


@nox.session(python=PYTHONS)
@nox.parametrize("dependencies", list(RESOLUTIONS), ids=list(RESOLUTIONS))
def together(session: nox.Session, dependencies: str) -> None:
    """Run the tests with other pytest plugins, including pytest-asyncio."""
    _install(session, dependencies, "together")
    # Only the sessions that the tests start use these plugins.
    unused = [option for name in UNUSED_PLUGINS for option in ("-p", f"no:{name}")]
    files = [f"tests/pytest_providercalls/{name}.py" for name in ("test_together", "test_everything_together")]
    _pytest(session, *unused, *files, *session.posargs)


@nox.session(python=PYTHONS)
def core(session: nox.Session) -> None:
    """Install the wheel without extras; run a first test and check the message for a missing extra."""
    session.install(".")
    session.run("python", "tests/package/smoke.py")

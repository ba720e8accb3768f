"""Child processes that start others, and that have a sitecustomize of their own: the guard comes first."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_providercalls.guard.child_environment import FOLDER, keep_first
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.guard import AUDITED, Guard

from .test_child_processes import HOST, SITECUSTOMIZE, TRY_OLD, run

COMMANDS = f"""
CURL = ["curl", "https://{HOST}/"]

def spawned():
    subprocess.run(CURL)

@pytest.mark.parametrize("start", [
    f"import subprocess; subprocess.run({{CURL}})",
    f"import subprocess; subprocess.run({{' '.join(CURL)!r}}, shell=True)",
    f"import os; os.system({{' '.join(CURL)!r}})",
    f"import os; os.execvp('curl', {{CURL}})",
    f"import os; os.posix_spawnp('curl', {{CURL}}, os.environ)",
    f"import os; os.spawnvp(os.P_WAIT, 'curl', {{CURL}})",
    f"import asyncio; asyncio.run(asyncio.create_subprocess_exec(*{{CURL}}))",
], ids=["run", "shell", "system", "execvp", "posix_spawn", "spawnvp", "asyncio"])
def test_before_any_socket(start):
    done = run(sys.executable, "-c", start)
    assert done.stdout == "" and "Could not resolve" not in done.stderr

def test_spawned():
    process = multiprocessing.get_context("spawn").Process(target=spawned)
    process.start()
    process.join()
"""


def test_a_child_that_starts_a_client_before_it_uses_a_socket(own_session: pytest.Pytester) -> None:
    result = run(own_session, COMMANDS)
    result.assert_outcomes(failed=8)
    for name in ("run", "shell", "system", "execvp", "posix_spawn", "spawnvp", "asyncio"):
        result.stdout.fnmatch_lines([f"*_ test_before_any_socket?{name}? _*", f"*providercalls blocked *.* to {HOST}"])
    result.stdout.fnmatch_lines(["*_ test_spawned _*", f"*providercalls blocked subprocess.Popen to {HOST}"])


@pytest.mark.parametrize("how", ["environ", "dict", "exec", "system"])
def test_a_sitecustomize_that_comes_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.stderr.write('mine\\n')\n")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    guard = Guard([HOST])
    children = ChildGuard(guard)
    children.install()
    guard.install()
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"], "more"])
    try:
        with monkeypatch.context() as patch:
            if how != "dict":
                patch.setenv("PYTHONPATH", path)
            command = [sys.executable, "-c", TRY_OLD + "print('ran')"]
            if how == "environ":
                assert subprocess.run(command, check=True, capture_output=True, text=True).stderr == "mine\n"
            elif how == "dict":
                environment = {**os.environ, "PYTHONPATH": path}
                subprocess.run(command, check=True, env=environment)
                assert environment["PYTHONPATH"] == os.pathsep.join([FOLDER, str(tmp_path), "more"])
            elif how == "exec":
                assert os.spawnv(os.P_WAIT, sys.executable, command) == 0
            else:
                assert os.system(shlex.join(command)) == 0  # noqa: S605 - the command is ours
        children.collect()
    finally:
        guard.remove()
        children.remove()
    assert [attempt.host for attempt in guard.attempts] == [HOST]


def test_an_environment_in_order_is_not_changed() -> None:
    for path in (None, "", "mine", FOLDER, os.pathsep.join([FOLDER, FOLDER, "mine"])):
        environment = {} if path is None else {"PYTHONPATH": path}
        before = dict(environment)
        keep_first(environment)
        assert environment == before


def test_a_child_watches_every_event_that_the_guard_checks() -> None:
    text = SITECUSTOMIZE.read_text()
    events = text[text.index("_EVENTS = ") : text.index("_started = ")]
    found: dict[str, frozenset[str]] = {}
    exec(events, found)
    assert found["_EVENTS"] == AUDITED | {"socket.__new__"}

"""Child processes of a session: Python ones guard themselves, and their attempts fail the test that started them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_providercalls.guard.child_environment import FOLDER, VARIABLE
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.child_reports import this_process
from pytest_providercalls.guard.guard import Guard

from .inner_suite import INVALID

HOST = INVALID
SITECUSTOMIZE = Path(FOLDER, "sitecustomize.py")
NOT_IN_2_7 = (
    ast.AnnAssign,
    ast.AsyncFunctionDef,
    ast.JoinedStr,
    ast.NamedExpr,
    ast.Nonlocal,
    ast.Starred,
    ast.YieldFrom,
)
OLD = {"2.7": "gaierror", "3.6": "gaierror", "3.7": "gaierror", "3.8": "gaierror", "3.9": "GuardedHostError"}
TRY = f"import socket; socket.create_connection(('{HOST}', 443))"
TRY_OLD = f"""
import socket
try: socket.create_connection(("{HOST}", 443))
except Exception as error: print(type(error).__name__)
"""
IMPORTS = f"""
import multiprocessing, os, socket, subprocess, sys, time
import pytest

CODE = "import socket; socket.create_connection(('{HOST}', 443))"

def dial():
    socket.create_connection(('{HOST}', 443))

def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)
"""
MANY_WAYS = """
def test_code(): assert run(sys.executable, "-c", CODE).returncode

def test_script(tmp_path):
    (tmp_path / "client.py").write_text(CODE)
    assert "GuardedHostError" in run(sys.executable, str(tmp_path / "client.py")).stderr

def test_grandchild():
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CODE!r}])"
    assert "GuardedHostError" in run(sys.executable, "-c", code).stderr

def test_elsewhere():
    # The base interpreter does not have our packages.
    assert "GuardedHostError" in run(sys._base_executable, "-c", CODE).stderr

@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_multiprocessing(method):
    process = multiprocessing.get_context(method).Process(target=dial)
    process.start()
    process.join()
    assert process.exitcode == 1

def test_raw():
    code = CODE.replace("import socket;", "import _socket, socket;")
    assert "GuardedHostError" in run(sys.executable, "-c", code).stderr

def test_swallowed():
    assert run(sys.executable, "-c", f"try:\\n  {CODE}\\nexcept Exception: pass").returncode == 0
"""


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(IMPORTS + code)
    plugins = ("-p", "xdist") if "-n" in options else ()
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins, *options)


def child(*options: str, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a Python process with the guard's folder on its path."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def guarded(reports: Path, **more: str) -> dict[str, str]:
    """Return the environment of a child process that reports to a file."""
    settings = {"hosts": [HOST], "reports": str(reports), "session": 1, "during": "a test"}
    return {"PYTHONPATH": FOLDER, VARIABLE: json.dumps(settings), **more}


# in a session


def test_an_attempt_of_a_child_fails_the_test_that_started_it(own_session: pytest.Pytester) -> None:
    result = run(own_session, MANY_WAYS, "--providercalls-report=report.json")
    result.assert_outcomes(failed=9)
    for test in ("test_code", "test_grandchild", "test_multiprocessing[[]spawn]", "test_swallowed"):
        result.stdout.fnmatch_lines([f"*_ {test} _*", f"*providercalls blocked socket.* to {HOST}:443"])
    result.stdout.fnmatch_lines(
        ["*from:*client.py:1 (thread MainThread of the child process `python*client.py` (pid *"]
    )
    report = json.loads((own_session.path / "report.json").read_text())
    assert len(report["blocked"]) == 9
    assert any("Python children, active" in layer for layer in report["guard"])


def test_workers_are_children_and_nothing_is_reported_twice(own_session: pytest.Pytester) -> None:
    code = "def test_own():\n    try: dial()\n    except Exception: pass\n" + MANY_WAYS.partition("def test_script")[0]
    result = run(own_session, code, "-n", "2")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["blocked attempts to reach the real VoIPbin: 2"])


def test_a_child_that_outlives_its_test_fails_the_session_but_not_the_next_test(own_session: pytest.Pytester) -> None:
    code = """
def test_first(tmp_path_factory):
    late = "import os, time\\nwhile not os.path.exists('go'): time.sleep(0.01)\\n"
    pytest.late = subprocess.Popen([sys.executable, "-c", late + CODE])

def test_second():
    open("go", "w").close()
    pytest.late.wait()
"""
    result = run(own_session, code)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*attempts that no failed test shows*", "*during:*::test_first"])


def test_a_child_of_a_module_fails_the_collection(own_session: pytest.Pytester) -> None:
    result = run(own_session, "run(sys.executable, '-c', CODE)\ndef test_x(): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*during:*collecting test_a_child_of*"])


def test_the_ini_file_can_disable_the_guard_in_children(own_session: pytest.Pytester) -> None:
    own_session.makeini("[pytest]\nprovidercalls_guard_children = false")
    code = f"""
def test_x():
    assert "{VARIABLE}" not in os.environ
    assert "child_site" not in os.environ.get("PYTHONPATH", "").partition(os.pathsep)[0]
"""
    own_session.path.joinpath("empty").mkdir()
    own_session._monkeypatch.setenv("PYTHONPATH", "empty")
    result = run(own_session, code, "--providercalls-report=report.json")
    result.assert_outcomes(passed=1)
    report = json.loads((own_session.path / "report.json").read_text())
    assert any("Python children, not active" in layer for layer in report["guard"])


# the environment


@pytest.mark.parametrize("before", [None, "", "mine", os.pathsep.join(["mine", "", "yours"])])
def test_the_environment_is_restored(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before is not None:
        monkeypatch.setenv("PYTHONPATH", before)
    children = ChildGuard(Guard([HOST]))
    children.install()
    settings = json.loads(os.environ[VARIABLE])
    assert os.environ["PYTHONPATH"] == os.pathsep.join([FOLDER, *([before] if before else [])])
    assert Path(settings["reports"]).exists()
    children.remove()
    children.remove()
    assert VARIABLE not in os.environ
    assert os.environ.get("PYTHONPATH", "") == (before or "")
    assert not Path(settings["reports"]).exists()


def test_additions_to_the_path_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "mine")
    children = ChildGuard(Guard([HOST]))
    children.install()
    os.environ["PYTHONPATH"] = os.pathsep.join(["first", os.environ["PYTHONPATH"]])
    children.remove()
    assert os.environ["PYTHONPATH"] == os.pathsep.join(["first", "mine"])


# a single child process


def test_reports_are_read_once_and_in_whole_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guard = Guard([HOST])
    children = ChildGuard(guard)
    children.install()
    try:
        child(code=TRY)
        children.collect()
        children.collect()
        (attempt,) = guard.attempts
        assert (attempt.host, attempt.port, attempt.during) == (HOST, 443, guard.during)
        assert str(os.getpid()) not in attempt.process
        whole = Path(str(guard.reports)).read_bytes()
        with open(str(guard.reports), "ab") as file:
            file.write(whole[:20])
            file.flush()
            children.collect()
            assert len(guard.attempts) == 1
            file.write(whole[20:])
        children.collect()
        assert guard.attempts == [attempt, attempt]
    finally:
        children.remove()


def test_a_child_without_sockets_loads_nothing() -> None:
    code = "import sys; print(*sorted(sys.modules))"
    without = child(code=code, PYTHONPATH="", **{VARIABLE: ""}).stdout.split()
    # The Python of some systems has a sitecustomize of its own.
    assert set(child(code=code, **guarded(Path("none"))).stdout.split()) - set(without) <= {"sitecustomize"}


def test_a_child_can_import_this_package_afterwards(tmp_path: Path) -> None:
    code = TRY_OLD + "import pytest_providercalls.guard as guard; print(guard.__file__)"
    own = Path(FOLDER).with_name("__init__.py")
    assert child(code=code, **guarded(tmp_path / "gone")).stdout.split() == ["GuardedHostError", str(own)]


def test_the_path_and_the_sitecustomize_of_a_child_are_unchanged(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("mine = True\n")
    code = "import sys, sitecustomize; print(sitecustomize.mine, any('child_site' in entry for entry in sys.path))"
    path = os.pathsep.join([FOLDER, str(tmp_path)])
    assert child(code=code, **guarded(tmp_path, PYTHONPATH=path)).stdout.split() == ["True", "False"]


def test_every_python_can_parse_the_sitecustomize() -> None:
    for node in ast.walk(ast.parse(SITECUSTOMIZE.read_text(), feature_version=(3, 6))):
        assert not isinstance(node, NOT_IN_2_7), ast.unparse(node)
        newer = [name for name in ("annotation", "returns", "kwonlyargs", "cause") if getattr(node, name, None)]
        assert not newer, ast.unparse(node)
        assert getattr(node, "module", None) != "__future__", ast.unparse(node)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 18)])
def test_a_python_too_old_for_the_guard_runs_unchanged(version: tuple[int, ...]) -> None:
    older = f"sys.version_info = {version}; del sys.addaudithook; sys.modules['_thread'] = None"
    code = f"import runpy, sys; {older}; runpy.run_path({str(SITECUSTOMIZE)!r}); print('done')"
    done = child(code=code, **guarded(Path("none"), PYTHONPATH=""))
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.parametrize("other", [True, False], ids=["with-a-sitecustomize", "without"])
def test_the_old_pythons_of_this_machine_run_normally(tmp_path: Path, other: bool) -> None:
    if other:
        (tmp_path / "sitecustomize.py").write_text("print('mine')\n")
    path = os.pathsep.join([FOLDER, str(tmp_path)])
    env = {**os.environ, **guarded(Path("none"), PYTHONPATH=path, PYTHONDONTWRITEBYTECODE="1")}
    for python, expected in old_pythons():
        done = subprocess.run([python, "-c", TRY_OLD], env=env, capture_output=True, text=True, check=False)
        assert (done.stdout.split(), done.stderr) == (["mine"] * other + [expected], ""), python


def old_pythons() -> Iterator[tuple[str, str]]:
    """Yield the old interpreters on this machine, and the exception of an attempt in each."""
    # Before the PATH, which may have pyenv shims with these names that do not run.
    folders = [*map(str, Path.home().glob(".pyenv/versions/*/bin")), os.environ["PATH"]]
    for version, expected in OLD.items():
        python = shutil.which(f"python{version}", path=os.pathsep.join(folders))
        if python is not None:
            yield python, expected


def test_an_error_in_the_other_sitecustomize_is_shown(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import nothing_of_the_kind\n")
    path = os.pathsep.join([FOLDER, str(tmp_path)])
    done = child(code=TRY, **guarded(tmp_path, PYTHONPATH=path))
    assert "Error in sitecustomize" in done.stderr
    assert "GuardedHostError" in done.stderr


def test_layers_name_the_unsupported_versions() -> None:
    assert "older than 3.9" in "\n".join(Guard().layers())


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_layers_name_the_unsupported_options(option: str) -> None:
    assert "GuardedHostError" not in child(option, code=TRY, **guarded(Path("none"))).stderr
    assert option in "\n".join(Guard().layers())


def test_a_child_is_described_without_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["dial.py", "--token", "not-a-token"])
    assert this_process() == f"`{Path(sys.executable).name} dial.py` (pid {os.getpid()})"


def test_a_child_that_reports_too_late_leaves_no_file(tmp_path: Path) -> None:
    assert "GuardedHostError" in child(code=TRY, **guarded(tmp_path / "gone")).stderr
    assert not list(tmp_path.iterdir())


def test_a_child_that_cannot_load_the_guard_connects_to_nothing(tmp_path: Path) -> None:
    """One of its modules hides that of the standard library."""
    (tmp_path / "json.py").touch()
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfor _ in range(3):{textwrap.indent(TRY_OLD, '    ')}"
    assert child(code=code, **guarded(tmp_path / "gone")).stdout.split() == ["AttributeError"] * 3


def test_threads_are_blocked_while_the_guard_is_loading(tmp_path: Path) -> None:
    code = f"""
import threading
from _socket import socket, getaddrinfo
barrier = threading.Barrier(8)
def dial():
    barrier.wait()
    try: getaddrinfo("{HOST}", 443)
    except RuntimeError: print("blocked")
threads = [threading.Thread(target=dial) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    assert child(code=code, **guarded(tmp_path / "gone")).stdout.count("blocked") == 8


def test_a_session_in_a_child_reports_its_own_attempts(own_session: pytest.Pytester, tmp_path: Path) -> None:
    """The outer guard has the lowest precedence there, so it does not report them again."""
    code = """
pytest_plugins = ["pytester"]

def test_outer(pytester):
    pytester.makepyfile("import socket\\ndef test_inner(): socket.create_connection(('api.voipbin.net', 443))")
    pytester.runpytest_subprocess().assert_outcomes(failed=1)
"""
    run(own_session, code).assert_outcomes(passed=1)

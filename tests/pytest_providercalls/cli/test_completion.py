"""Shell completion, suggestions for misspelt words, and the version."""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import version

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES
from pytest_providercalls.fake_server.calls import LIFECYCLES

from pytest_providercalls.cli import COMMANDS

from .test_main import run

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@pytest.fixture(scope="module")
def bash_script() -> str:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as output:
        assert run("completion", "bash") == 0
    return output.getvalue()


def complete(script: str, *words: str) -> set[str]:
    code = (
        f"{script}\nCOMP_WORDS=(providercalls {' '.join(repr(word) for word in words)})\nCOMP_CWORD={len(words)}\n"
        "_providercalls\nprintf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


@needs_bash
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("",), {*COMMANDS, "--help", "--version"}),
        (("se",), {"serve"}),
        (("serve", "--edition", ""), {*EDITIONS, "deployed"}),
        (("serve", "--lifecycle", ""), set(LIFECYCLES)),
        (("serve", "--port-"), {"--port-file"}),
        (("serve", "--broken", "PC-PRE-0"), {id for id in RULES if id.startswith("PC-PRE-0")}),
        (("check", "--allow", ""), {"read", "inert", "refused", "billable"}),
        (("check", "--only", "GW-PING"), {"GW-PING-01"}),
        (("rules", "--format", ""), {"md", "json"}),
        (("rules", "GW-PING"), {"GW-PING-01"}),
        (("conform", "--only", "CLIENT-HANGUP"), {"CLIENT-HANGUP-01", "CLIENT-HANGUP-02"}),
        (("conform", "--known-gap", "CLIENT-HANGUP"), {"CLIENT-HANGUP-01", "CLIENT-HANGUP-02"}),
        (("completion", ""), {"bash", "zsh", "fish", "-h", "--help"}),
        # File names are left to the shell, and everything after `--` to the command there.
        (("serve", "--log", ""), set()),
        (("guard", "--", "serve", "--e"), set()),
    ],
)
def test_bash_completes(bash_script: str, words: tuple[str, ...], expected: set[str]) -> None:
    assert complete(bash_script, *words) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_another_shell_is_valid(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert run("completion", shell) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in (*COMMANDS, *EDITIONS, *LIFECYCLES, "PC-PRE-01"))
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"providercalls {version('pytest-providercalls')}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rule",), "unknown command 'rule' (did you mean 'rules'?)"),
        (("lint_mocks",), "unknown command 'lint_mocks' (did you mean 'lint-mocks'?)"),
        (("nonsense",), "unknown command 'nonsense'; expected one of check, "),
        (("serve", "--prot", "1"), "unknown arguments: --prot (did you mean '--port'?) 1"),
        (("serve", "--prot=1"), "(did you mean '--port'?)"),
        (("openapi", "extra"), "unknown arguments: extra\n"),
    ],
)
def test_a_misspelt_word_is_corrected(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str) -> None:
    assert run(*words) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "guard", "demo", "openapi", "check"])
def test_the_help_lists_the_editions(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(command, "--help") == 0
    output = capsys.readouterr().out
    assert all(name in output for name in (*EDITIONS, "deployed"))
    if command in ("serve", "guard"):
        assert all(name in output for name in LIFECYCLES)

"""A downstream suite in its own pytest session, and assertions about what the guard reported in it."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable

import pytest

HOST = "api.voipbin.net"
INVALID = "guarded.invalid"  # RFC 6761: never resolves
EXTRA = "192.0.2.1"  # TEST-NET-1: not routed

IMPORTS = """
import asyncio, http.client, http.server, os, threading, urllib.request
import socket
import sys
import _socket
from socket import socket as early_bound
import pytest

def swallow(function, *arguments):
    try:
        function(*arguments)
    except Exception:
        pass

def swallow_async(coroutine):
    swallow(asyncio.run, coroutine)
"""

OPEN = """
def test_open_{name}():
    {route}
"""


class Suite:
    """A downstream suite in its own folder."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester

    def write(self, text: str, name: str = "test_inner.py") -> Suite:
        self._pytester.path.joinpath(name).write_text(IMPORTS + textwrap.dedent(text), encoding="utf-8")
        return self

    def ini(self, *lines: str) -> Suite:
        self._pytester.makeini("\n".join(["[pytest]", *lines]))
        return self

    def run(self, *arguments: str) -> pytest.RunResult:
        plugins = ("-p", "xdist") if "-n" in arguments else ()
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins, *arguments, timeout=60)

    def run_in_process(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)

    def run_python(self, *arguments: str) -> pytest.RunResult:
        return self._pytester.run(sys.executable, *arguments, timeout=60)

    def line_of(self, text: str, name: str = "test_inner.py") -> int:
        lines = self._pytester.path.joinpath(name).read_text(encoding="utf-8").splitlines()
        return 1 + next(number for number, line in enumerate(lines) if text in line)


def assert_blocked(result: pytest.RunResult, *, during: str, times: int = 1) -> None:
    """Check that a session failed and reported this many attempts during an activity."""
    assert result.ret != 0
    assert_reported(result.stdout.str() + result.stderr.str(), during, times)


def assert_reported(output: str, during: str, times: int = 1) -> None:
    lines = [line for line in output.splitlines() if not line.startswith(("ERROR ", "FAILED "))]
    assert len([line for line in lines if "providercalls blocked socket." in line]) == times, output
    assert any("during:" in line and line.endswith(during) for line in lines), output
    assert "billable phone calls" in output
    assert "`voipbin`" in output


def failure_output(result: pytest.RunResult) -> dict[str, str]:
    """Return the output of each failed test (including its teardown) and of each failed module, by name."""
    titles = r"^_{2,} (?:ERROR (?:at teardown of|collecting) )?(\S+) _{2,}$|^=+ .* =+$"
    parts = re.split(titles, result.stdout.str(), flags=re.MULTILINE)[1:]
    texts: dict[str, str] = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        if name is not None:
            texts[name] = texts.get(name, "") + text
    return texts


def assert_each_blocked(
    result: pytest.RunResult, tests: Iterable[str], during: str = "test_inner.py::{}"
) -> dict[str, str]:
    """Check that exactly these tests or modules failed, each for one attempt; return their output by name."""
    outputs = failure_output(result)
    assert set(outputs) == set(tests)
    for test, output in outputs.items():
        assert_reported(output, during.format(test))
    return outputs

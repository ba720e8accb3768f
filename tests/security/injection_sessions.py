"""A session whose tests put secrets into whatever pytest shows: exceptions, warnings, logs, locals, ids and so on."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from .injections import Injection, request

SUITE = """
import logging, sys, threading, warnings
import httpx, pytest
from cases import CASES, IDS, SHIFT

def fail(text):
    __tracebackhide__ = True
    raise RuntimeError(text)

def note(text):
    __tracebackhide__ = True
    error = RuntimeError("failed")
    if sys.version_info < (3, 11):
        raise RuntimeError(text)
    error.add_note(text)
    raise error

def group(text):
    __tracebackhide__ = True
    if sys.version_info < (3, 11):
        raise RuntimeError(text)
    raise ExceptionGroup("failed", [ValueError(text), ExceptionGroup(text, [TypeError(text)])])

def cause(text):
    __tracebackhide__ = True
    try:
        fail(text)
    except RuntimeError as error:
        raise KeyError(text) from error

def local(shown):
    several = {"a": [shown], "b": shown}
    assert False

def compared(shown):
    assert shown == "something else"
    assert False

def compared_in_a_dict(shown):
    assert {"shown": shown, "other": 1} == {"shown": "x", "other": 1}

def log(text):
    __tracebackhide__ = True
    logging.getLogger("client").warning("%s", text)
    pytest.fail("logged")

def log_exception(text):
    __tracebackhide__ = True
    try:
        fail(text)
    except RuntimeError:
        logging.getLogger("client").exception("failed")
    pytest.fail("logged")

def warn(text):
    warnings.warn(text)

def thread(text):
    def run():
        raise RuntimeError(text)
    thread = threading.Thread(target=run, name="worker")
    thread.start()
    thread.join()

def skip(text):
    pytest.skip(text)

def expect_failure(text):
    pytest.xfail(text)

def stop(text):
    pytest.fail(text, pytrace=False)

CARRIERS = [fail, note, group, cause, local, compared, compared_in_a_dict, log, log_exception, warn, thread, skip,
            expect_failure, stop]

def carry(number):
    __tracebackhide__ = True
    text, sent = CASES[number]
    if sent:
        method, target, headers, body = sent
        httpx.request(method, "https://api.voipbin.net" + target, headers=headers, content=body)
    CARRIERS[(number + SHIFT) % len(CARRIERS)](text)

@pytest.mark.parametrize("number", range(len(CASES)))
def test_case(voipbin, number):
    carry(number)

@pytest.mark.parametrize("shown", IDS)
def test_id(voipbin, shown):
    pass

@pytest.mark.parametrize("given", [1, 2], ids=IDS[:2])
def test_explicit_id(voipbin, given):
    pass

@pytest.mark.parametrize("shown", IDS[:5])
def test_property(voipbin, record_property, shown):
    record_property("shown", shown)

if hasattr(pytest, "Subtests"):
    def test_subtests(voipbin, subtests):
        for text in IDS:
            with subtests.test(text, shown=text):
                logging.getLogger("client").warning("%s", text)
                assert False

@pytest.fixture
def leaking(request):
    yield
    raise RuntimeError(CASES[0][0])

def test_teardown(voipbin, leaking):
    pass
"""
FILES = ("--junitxml=out/junit.xml", "--providercalls-report=out/report.json", "--providercalls-report=out/page.html")
WHOLE = ("-o", "verbosity_assertions=2")
"""Whole values in assertions: the end of one in running text, after three dots, is not guaranteed to be redacted."""
MODES = {
    "long": ("--tb=long", "--showlocals", "-v", "-rA", "--log-file=out/log.txt", "--log-file-level=DEBUG", *FILES),
    "short": ("--tb=short", "-vv", "-rA", "--log-cli-level=DEBUG", "-o", "log_cli=true"),
    "native": ("--tb=native", "-o", "junit_logging=all", "--showlocals", *FILES),
    "line": ("--tb=line", "-rA", "-q"),
    "workers": ("-p", "xdist", "-n", "2", "-v", "--tb=auto", "--showlocals", "-rA", "--log-level=DEBUG", *FILES),
}
"""The options of each session. Together they make pytest show everything that it can show."""


def run(pytester: pytest.Pytester, mode: str, injections: Iterable[Injection], shift: int = 0) -> str:
    """Run a session with these secrets, and return all that it has shown and written.

    `shift` selects by which way each secret is shown: as an exception, as a warning and so on.
    """
    injections = list(injections)
    cases = [(one.text, _as_bytes(request(one.sent, one.secret)) if one.sent else None) for one in injections]
    ids = [one.text for one in injections if not one.sent and len(one.text) < 100]
    pytester.makepyfile(cases=f"CASES = {cases!r}\nIDS = {ids!r}\nSHIFT = {shift}\n", test_injected=SUITE)
    done = pytester.runpytest_subprocess("-p", "no:randomly", *WHOLE, *MODES[mode])
    outcomes = done.parseoutcomes()
    assert sum(outcomes.get(one, 0) for one in ("passed", "failed", "skipped", "xfailed")) >= len(cases) + len(ids) + 8
    assert outcomes["failed"] >= len(cases) // 2
    written = [path for path in pytester.path.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    return "\n".join([*done.outlines, *done.errlines, *(path.read_text(errors="replace") for path in written)])


def _as_bytes(parts: tuple[str, str, tuple[tuple[str, str], ...], bytes]) -> tuple[object, ...]:
    method, target, headers, body = parts
    return method, target, [(name, value.encode()) for name, value in headers], body

"""Faults, scripts and markers without effect: failures of a strict test, otherwise warnings."""

from __future__ import annotations

import pytest

from .test_plugin import run

FAULT = """
def test_it(voipbin, voipbin_client):
    voipbin.faults.add("timeout", path="/providercalls")
    voipbin.carrier().busy(destination="+1999")
    voipbin.webhooks.faults.add("drop")
    place(voipbin_client, voipbin, destinations=[]) if {places} else None
    assert {passes}
"""
LINES = ["*strict: the test configured what had no effect:*"] + [
    f"*voipbin.{one} was never triggered*"
    for one in ("carrier().busy(destination='+1999')", "webhooks.faults.add('drop')")
]
MARKED = """
import pytest

@pytest.mark.providercalls(seed=1)
{test}
"""
UNUSED = {
    "function": "def test_it(): pass",
    "parameter": "@pytest.mark.parametrize('value', [1])\ndef test_it(value): pass",
    "class": "class TestIt:\n    @pytest.mark.providercalls(edition='deployed')\n    def test_it(self): pass",
    "unittest": (
        "class Ignored: pass\n\nimport unittest\n\nclass It(unittest.TestCase):\n"
        "    @pytest.mark.providercalls(seed=2)\n    def test_it(self): pass"
    ),
}
USED = {
    "fixture": "def test_it(voipbin): pass",
    "client": "def test_it(voipbin_client): pass",
    "edition": "def test_it(voipbin_edition): pass",
    "by name": "def test_it(request): request.getfixturevalue('voipbin')",
    "class marker": "class TestIt:\n    def test_it(self): pass\n\n    def test_fake(self, voipbin): pass",
    "skipped": "def test_it(): pytest.skip('not now')",
}
MESSAGE = "*the marker `providercalls` has no effect, because the test does not use a fake*"


def test_strict_fails_for_what_was_never_triggered(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, FAULT.format(places=False, passes=True), "--providercalls-strict")
    assert result.ret == 1
    result.stdout.fnmatch_lines(LINES)
    result.stdout.fnmatch_lines(["*voipbin.faults.add('timeout', path='/providercalls') was never triggered*"])


def test_without_strict_a_failed_test_lists_what_was_never_triggered(bare_pytester: pytest.Pytester) -> None:
    code = FAULT.format(places=False, passes=True)
    run(bare_pytester, code).assert_outcomes(passed=1)
    failing = code + "    voipbin_client.get('/calls')\n    voipbin.assert_placed(1)\n"
    result = run(bare_pytester, failing)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*warning: voipbin.carrier().busy(destination='+1999') was never triggered*"])


def test_strict_accepts_what_was_triggered(bare_pytester: pytest.Pytester) -> None:
    code = """
import httpx, pytest

def test_it(voipbin, voipbin_client):
    voipbin.faults.add("timeout", path="/providercalls")
    with pytest.raises(httpx.ReadTimeout):
        place(voipbin_client, voipbin)
"""
    run(bare_pytester, code, "--providercalls-strict").assert_outcomes(passed=1)


INCOMPLETE = """
import pytest

@pytest.fixture
def fault(voipbin):
    voipbin.faults.add("drop")

@pytest.fixture
def missing(fault): pytest.skip("no server")

def test_skip(fault): pytest.skip("later")

def test_skipping_fixture(missing): pass

@pytest.mark.xfail
def test_xfail(fault): assert False

@pytest.mark.xfail
def test_xpass(fault): pass
"""


def test_a_test_that_did_not_complete_is_not_blamed_for_what_was_never_triggered(
    bare_pytester: pytest.Pytester,
) -> None:
    result = run(bare_pytester, INCOMPLETE, "--providercalls-strict")
    # Unless it completes, its failure says nothing: the last one fails for the fault, as expected.
    result.assert_outcomes(skipped=2, xfailed=2)


def test_strict_fails_for_a_magic_number_in_manual(bare_pytester: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.providercalls(lifecycle="{lifecycle}")
def test_it(voipbin, voipbin_client):
    place(voipbin_client, voipbin, destinations=[{{"type": "tel", "target": "+12025550180"}}]).raise_for_status()
"""
    run(bare_pytester, code.format(lifecycle="scheduled"), "--providercalls-strict").assert_outcomes(passed=1)
    result = run(bare_pytester, code.format(lifecycle="manual"), "--providercalls-strict")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*the magic number +12025550180 has no effect with lifecycle 'manual'*"])


@pytest.mark.parametrize("name", UNUSED)
def test_a_marker_on_a_test_without_a_fake_is_reported(bare_pytester: pytest.Pytester, name: str) -> None:
    code = MARKED.format(test=UNUSED[name])
    result = run(bare_pytester, code, "-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([MESSAGE])
    strict = run(bare_pytester, code, "--providercalls-strict")
    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines([f"*strict: {MESSAGE}"])


@pytest.mark.parametrize("name", USED)
def test_a_marker_that_configures_a_fake_is_not_reported(bare_pytester: pytest.Pytester, name: str) -> None:
    result = run(bare_pytester, MARKED.format(test=USED[name]), "--providercalls-strict")
    assert result.ret == 0


def test_a_failed_test_is_not_blamed_for_its_marker(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, MARKED.format(test="def test_it(): assert 0"), "--providercalls-strict")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(MESSAGE)


def test_a_marker_on_a_conformance_suite_is_used(bare_pytester: pytest.Pytester) -> None:
    code = """
import pytest

@pytest.mark.providercalls(edition="deployed")
def test_it(_providercalls_harnesses): pass
"""
    run(bare_pytester, code, "--providercalls-strict").assert_outcomes(passed=1)


def test_a_forgotten_flush_is_not_reported_as_delivered(bare_pytester: pytest.Pytester) -> None:
    code = """
import asyncio

def test_it(voipbin, voipbin_async_client):
    received = []
    voipbin.webhooks.send_to(received.append, "https://client.example/hooks")

    async def app():
        await place(voipbin_async_client, voipbin)
        voipbin.clock.advance(60)

    asyncio.run(app())
    assert received
"""
    result = run(bare_pytester, code)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["webhooks: 0 delivered, 0 failed attempts, 9 pending (*flush()*", "  not delivered: activeflow_created, *"]
    )

"""Credentials in reports that only another part of the report names: properties of any type, native tracebacks."""

from __future__ import annotations

import pytest

SUITE = """
def test_properties(voipbin, record_property, record_testsuite_property):
    record_property("headers", {"Authorization": "Bearer 0paque-pr0perty-1"})
    record_property("attempts", 3)
    record_testsuite_property("api_token", "0paque-pr0perty-2")
    record_testsuite_property("attempts", 4)

def test_compared(voipbin):
    client = type("Client", (), {"token": "0paque-c0mpared-3"})()
    assert client.token == "abc"
"""


def test_values_of_any_type_are_redacted(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(SUITE)
    done = bare_pytester.runpytest_subprocess("--tb=native", "-rA", "--junitxml=junit.xml")
    done.assert_outcomes(passed=1, failed=1)
    junit = (bare_pytester.path / "junit.xml").read_text()
    assert "0paque" not in "\n".join([*done.outlines, junit])
    for kept in ('name="headers"', 'value="3"', 'value="4"', 'name="api_token" value="***"'):
        assert kept in junit

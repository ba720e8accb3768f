"""A test whose client uses an operation that the fake does not model fails, even if it ignores the response."""

from __future__ import annotations

import pytest

from .test_plugin import run

CODE = """
def test_it(voipbin, voipbin_client):
    {fault}
    voipbin_client.get("/campaigns")
"""


def test_the_test_fails_with_the_operation_and_what_to_do(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, CODE.format(fault=""))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*the client used operations that the fake does not model:",
            "*GET /v1.0/campaigns: VoIPbin has GET /campaigns (List campaigns), *(yet)*",
            '*inject an error: `voipbin.faults.add("error", method="GET", path="/campaigns", status=503)`.',
        ]
    )


def test_an_injected_error_replaces_the_missing_operation(bare_pytester: pytest.Pytester) -> None:
    fault = "voipbin.faults.add('error', method='GET', path='/campaigns', status=503)"
    run(bare_pytester, CODE.format(fault=fault)).assert_outcomes(passed=1)

"""`providercalls conform` with clients that break a rule, miss an operation, or write to their standard error."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from ...contracts.conformance.programs import program
from .test_conform import conform

RETRIES = """
def place(body):
    try:
        return send("POST", "/providercalls", body)
    except OutcomeUnknown:
        return send("POST", "/providercalls", body)
"""
REAL_URL = "os.environ['VOIPBIN_BASE_URL'] = 'https://api.voipbin.net/v1.0'"
LOGS = """
def place(body):
    print(os.environ["VOIPBIN_TOKEN"], file=sys.stderr)
    return send("POST", "/providercalls", body)
"""


def test_a_client_that_places_duplicate_calls_fails_with_the_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--only", "CLIENT-RETRY-01", "--format", "json", command=program(RETRIES)) == 1
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    [rule] = report["rules"]
    assert (rule["rule"], rule["verdict"]) == ("CLIENT-RETRY-01", "failed")
    assert "duplicate calls at" in rule["reason"]
    rows = {row["failure_point"]: row for row in report["sweep"]}
    assert rows["placed, connection reset"]["placed_calls"] == 2
    assert rows["placed, 503"]["client_result"] == "raised Refused"


def test_a_known_gap_must_still_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--only", "CLIENT-SEND-01", "--only", "CLIENT-PAGE-01", "--known-gap", "CLIENT-PAGE-01=DIAL-7")
    assert conform(*options, command=program("def list_records():\n    return []")) == 0
    assert capsys.readouterr().out.endswith("documented: 1 passed, 1 known gap\n  CLIENT-PAGE-01: DIAL-7\n")
    assert conform(*options, command=program()) == 1
    assert "CLIENT-PAGE-01 passes: remove it from the known gaps (DIAL-7)" in capsys.readouterr().out


def test_rules_without_an_operation_and_rules_about_python_are_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    only = ("CLIENT-CLOSE-01", "CLIENT-SECRET-03", "CLIENT-DELETE-01")
    options = [word for rule in only for word in ("--only", rule)]
    assert conform(*options, "--edition", "server-2026-04", command=program()) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  CLIENT-CLOSE-01: not run: the command does not offer the operation `close`",
        "  CLIENT-DELETE-01: not run: the adapter does not define delete_record",
        "  CLIENT-SECRET-03: not run: it is about Python objects",
    ]


def test_a_token_in_the_output_of_the_program_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--only", "CLIENT-SECRET-01", command=program(LOGS)) == 1
    shown = capsys.readouterr()
    assert "the token was logged or printed:\n  INFO providercalls.program: ***\n" in shown.out
    assert shown.err == ""


def test_verbose_shows_the_output_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    shown = program("print('starting', file=sys.stderr)")
    assert conform("--verbose", "--only", "CLIENT-SEND-01", command=shown) == 0
    assert set(capsys.readouterr().err.splitlines()) == {"starting"}


def test_an_attempt_to_reach_the_real_voipbin_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    # Not isolated: the guard reaches Python children by PYTHONPATH.
    [_, _, source] = program(REAL_URL)
    assert conform("--only", "CLIENT-SEND-01", command=[sys.executable, "-c", source]) == 1
    shown = capsys.readouterr().out
    assert "the fake received no request" in shown
    assert "blocked attempt to reach the real VoIPbin: " in shown and "api.voipbin.net:443" in shown

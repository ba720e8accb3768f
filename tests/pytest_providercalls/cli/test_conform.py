"""`providercalls conform`: its options, and a compliant client. `test_conform_runs.py` has other clients."""

from __future__ import annotations

import json
import sys

import pytest
from pytest_providercalls.contracts import CLIENT_RULES

from pytest_providercalls.cli import main

from ...contracts.conformance.programs import program

HANGING = [sys.executable, "-ISc", "import sys; sys.stdin.read()"]


# Without a namespace, which this process could not leave.
def conform(*options: str, command: list[str]) -> int:
    return main(["conform", "--no-namespace", "--timeout", "5", *options, "--", *command])


def test_a_compliant_client_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert conform("--only", "CLIENT-SEND-01", "--only", "client-hangup", command=program()) == 0
    assert capsys.readouterr().out.endswith(", documented: 3 passed\n")


@pytest.mark.parametrize(
    ("options", "command", "message"),
    [
        ((), [], "no command given; put it after --"),
        ((), ["no-such-command"], "cannot run 'no-such-command': No such file or directory"),
        ((), [sys.executable, "-c", "print('hello')"], "the command responded with 'hello'; expected a line such as"),
        ((), [sys.executable, "-c", "raise SystemExit(3)"], "(exit code 3); --verbose shows its standard error"),
        (("--timeout", "0.1"), HANGING, "the command did not respond to 'operations' within 1 s"),
        ((), program(serves="hang_up"), "the command does not offer the operation `place`"),
        (("--timeout", "0"), ["x"], "--timeout must be greater than 0"),
        (("--edition", "server-2027"), ["x"], "unknown edition 'server-2027'"),
        (("--only", "CLIENT-SENT-01"), ["x"], "unknown rule 'CLIENT-SENT-01'"),
        (("--known-gap", "CLIENT-SEND-01"), ["x"], "--known-gap CLIENT-SEND-01: expected RULE=REASON"),
        (("--known-gap", "CLIENT-SENT-01=x"), ["x"], "--known-gap: unknown rule 'CLIENT-SENT-01' (did you mean"),
    ],
)
def test_unusable_options_and_commands_are_reported(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], command: list[str], message: str
) -> None:
    assert conform(*options, command=command) == 2
    assert message in capsys.readouterr().err


def test_every_client_rule_has_a_verdict(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from pytest_providercalls.contracts.conformance import rule_check

    # The checks themselves take half a minute in real time: tests/clients/test_languages.py.
    monkeypatch.setattr(rule_check, "run_check", lambda _adapter, rule, _: rule_check.ClientVerdict(rule, True))
    assert conform("--format", "json", command=program()) == 0
    assert [one["rule"] for one in json.loads(capsys.readouterr().out)["rules"]] == list(CLIENT_RULES)

"""Terminal escapes, forged lines and bidirectional overrides from clients and servers: no text output contains them."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.conformance.client_driver import OperationResult
from pytest_providercalls.contracts.conformance.duplicate_calls import Row, Sweep
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.stateful.failure_report import FailureReport
from pytest_providercalls.contracts.stateful.model import PerformedOperation
from pytest_providercalls.contracts.visible_text import visible, visible_line
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.session_totals import SessionTotals

from pytest_providercalls.analyses.mock_lint import ImpossibleResponse
from pytest_providercalls.analyses.run_records import RunRecords
from pytest_providercalls.cli import main
from pytest_providercalls.cli.checking.credentials import Credentials
from pytest_providercalls.cli.serve import format_text
from pytest_providercalls.fixtures.violations import FakeChecks
from pytest_providercalls.guard.attempt import Attempt, GuardedHostError, explain
from pytest_providercalls.reports.data import report_data
from pytest_providercalls.reports.html import page
from pytest_providercalls.sandbox.report import SandboxReport
from pytest_providercalls.schedules.recorder import Recorder
from pytest_providercalls.schedules.report import Report

ESCAPES = "\x1b[2J\x1b]0;title\x07\b\x7f\x9b31m\x85\u202e\u2066\u2028\u061c\u200f\ud800"
"""Commands of terminals, and characters that change lines and the direction of writing."""
HOSTILE = f"{ESCAPES}\r\nFORGED\rFORGED\n  refused by FORGED"


def assert_clean(text: str, *, mentions: str = "FORGED") -> None:
    """Assert that a text contains the hostile text, and nothing but printable characters and its own line breaks."""
    assert mentions in text
    odd = {character for character in text if not (character.isprintable() or character in "\n\t")}
    assert odd == set()
    assert not [line for line in text.split("\n") if line.strip(" |").startswith(("FORGED", "refused by FORGED"))]


@given(st.text(st.sampled_from(HOSTILE + "ab\t")))
def test_escapes_are_visible_and_other_text_is_unchanged(text: str) -> None:
    assert all(character.isprintable() or character in "\n\t" for character in visible(text))
    assert all(character.isprintable() or character == "\t" for character in visible_line(text))
    assert visible_line(visible(text)) == visible_line(text)


def test_each_escape_names_its_character() -> None:
    assert visible_line("a\x1b\x9b\r\n\u202e\ud800\tz\u00e4\U0001f469\u200d\U0001f4bb") == (
        r"a\x1b\x9b\r\n\u202e\ud800" + "\tz\u00e4\U0001f469\u200d\U0001f4bb"
    )
    assert visible("a\r\nb\n") == "a\\r\nb\n"


@pytest.fixture(scope="module")
def attacked() -> FakeVoipbin:
    """A fake with hostile text in every place that a client or a test can fill."""
    fake = FakeVoipbin(lifecycle="manual")
    provider = fake.add_provider(name=HOSTILE, hostname=HOSTILE, tech_headers={HOSTILE: HOSTILE})
    flow = fake.add_flow([{"type": "talk", "option": {"text": HOSTILE}}], name=HOSTILE)
    agent = fake.add_agent("super_admin", username=HOSTILE)
    body: dict[str, Any] = {
        "provider_id": provider.id,
        "flow_id": flow.id,
        "source": {"type": "tel", "target": "+12025550100", "target_name": HOSTILE},
        "destinations": [{"type": "sip", "target": HOSTILE}, {"type": "tel", "target": "+12025550143"}],
        HOSTILE: 1,
    }
    fake.webhooks.send_to(refuse_webhook, "https://client.example/hooks")
    headers = (("Authorization", f"Bearer {agent.token}"), ("Host", HOSTILE))
    fake.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))
    for call in fake.calls.values():
        call.answer()
    fake.clock.advance(5)
    fake.faults.add("drop", path=f"/{ESCAPES}")
    fake.handle(Request(HOSTILE, f"/v1.0/{HOSTILE}?{HOSTILE}", headers, HOSTILE.encode(errors="surrogatepass")))
    assert fake.calls
    return fake


def refuse_webhook(_webhook: object) -> int:
    raise RuntimeError(HOSTILE)


def test_transcripts_and_ladders(attacked: FakeVoipbin) -> None:
    assert_clean(attacked.transcript())
    for entry in attacked.requests:
        assert_clean(str(entry))
    for call in attacked.calls.values():
        assert_clean(attacked.ladder(call), mentions="FORGED" if call.destination.type == "sip" else "INVITE")
    assert_clean(attacked.webhooks.summary(), mentions="RuntimeError")
    assert_clean("\n".join(attacked.untriggered()), mentions="title")


def test_messages_about_violations(attacked: FakeVoipbin) -> None:
    checks = FakeChecks(attacked, strict=True, budget=Decimal(0), forks=str)
    assert_clean(checks.new_violations())
    with pytest.raises(AssertionError) as failure:
        attacked.assert_nothing_placed()
    assert_clean(str(failure.value))


def test_a_blocked_attempt() -> None:
    attempt = Attempt("connect", HOSTILE, 443, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    assert_clean(explain(attempt))
    assert_clean(str(GuardedHostError(attempt)))


def test_the_report_of_a_guarded_command() -> None:
    report = SandboxReport(["x"], layers=[HOSTILE])
    report.record(HOSTILE, HOSTILE, 1, HOSTILE, guarded=True)
    report.record(HOSTILE, HOSTILE, 1, HOSTILE, guarded=False)
    for line in report.lines():
        assert_clean(line, mentions="")


def test_what_a_checked_server_sends() -> None:
    credentials = Credentials({}, {}, {})
    assert credentials.masked(f"a\n{ESCAPES}").startswith("a\n\\x1b")
    assert_clean(credentials.masked(ESCAPES), mentions="title")


def test_an_impossible_mocked_response() -> None:
    assert_clean(str(ImpossibleResponse(HOSTILE, (HOSTILE, HOSTILE))))


def test_the_description_of_a_server() -> None:
    identity = {"username": HOSTILE}
    description = {"base_url": "", "inspector": "", "edition": "", "lifecycle": "", "seed": 0, "ca_file": HOSTILE}
    resources = {"identities": {HOSTILE: identity}, "providers": {HOSTILE: HOSTILE}, "flows": {}, "environment": {}}
    assert_clean(format_text({**description, **resources}))


def test_the_reports_of_stateful_tests_schedules_and_sweeps(attacked: FakeVoipbin) -> None:
    report = FailureReport("token", lambda _: HOSTILE.replace("\n", ""))
    entry = attacked.requests[-1]
    result = OperationResult(error=RuntimeError(HOSTILE))
    report.operations.append(PerformedOperation("place", result, [SimpleNamespace(entry=entry)], "token"))  # type: ignore[list-item]
    odd = {character for character in repr(report) if not (character.isprintable() or character == "\n")}
    assert odd == set()
    recorder = Recorder((), attacked, "task")
    actor = recorder.actor(1, lambda: HOSTILE)
    recorder.handled(actor, lambda: attacked.handle(Request("GET", f"/{HOSTILE}")))
    assert_clean(repr(Report(recorder)))
    assert_clean(
        str(
            Sweep(
                (Row(failure_point="p", posts=1, placed_calls=1, expected_calls=1, client_result=HOSTILE, requests=""),)
            )
        )
    )


def test_the_page_of_the_report() -> None:
    totals = SessionTotals(client_warnings=Counter([HOSTILE]), blocked=[HOSTILE])
    text = page(report_data(totals, RunRecords(), [HOSTILE], []), HOSTILE)
    odd = {character for character in text if not (character.isprintable() or character in "\n\t")}
    assert odd == set()
    assert "FORGED" in text


def test_a_message_about_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--seed-file", HOSTILE.replace("\n", "")]) == 2
    assert_clean(capsys.readouterr().err)


TEST = """
import json, httpx, pytest

HOSTILE = {hostile!r}

@pytest.mark.providercalls(strict=True)
def test_hostile(voipbin):
    voipbin.add_provider(name=HOSTILE)
    source = {{"type": "tel", "target": "+12025550100"}}
    body = {{HOSTILE: 1, "provider_id": voipbin.provider.id, "source": source, "destinations": [source]}}
    with httpx.Client(params={{"token": voipbin.super_admin.token}}) as client:
        client.post("https://api.voipbin.net/v1.0/providercalls", json=body)
        client.get(f"https://api.voipbin.net/v1.0/calls/{{httpx.QueryParams(x=HOSTILE[:9])}}")
    assert False
"""


def test_a_session(bare_pytester: pytest.Pytester) -> None:
    hostile = HOSTILE.replace("\ud800", "")
    bare_pytester.makepyfile(TEST.format(hostile=hostile))
    result = bare_pytester.runpytest_inprocess("--tb=short", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    output = result.stdout.str()
    assert "client warning (1x): the API ignores the field" in output
    assert_clean(output)

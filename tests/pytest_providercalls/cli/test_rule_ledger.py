"""The rule ledger on the command line: `rules`, and `check --record`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES, rule_ledger
from pytest_providercalls.contracts.rule_ledger import Basis, Result, ServerRun, entries, entry
from pytest_providercalls.contracts.rule_ledger.fingerprint import fingerprint
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from pytest_providercalls.cli import main

AUGUST = "server-2026-08"
ONE, OTHER = RULES["PC-PRE-04"], RULES["PC-PRE-01"]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger with one run, in which one rule passed and another failed."""
    marks = {rule.id: fingerprint(rule, EDITIONS[AUGUST]) for rule in (ONE, OTHER)}
    results = {
        ONE.id: Result(Basis.RUN, marks[ONE.id]),
        OTHER.id: Result(Basis.READ, marks[OTHER.id], "failed", "the status: expected 404, got 400"),
    }
    run = ServerRun(AUGUST, "a server", "c" * 40, "2027-01-02", "on loopback", results)
    monkeypatch.setattr(rule_ledger, "published_runs", lambda: (run,))


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["rules", *arguments]) == 0
    return capsys.readouterr().out


def test_rules_as_json_contain_the_whole_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    rules = {one["id"]: one["ledger"] for one in json.loads(output_of(capsys, "--format", "json"))}
    assert list(rules) == list(RULES)
    for id, ledger in rules.items():
        found = {edition: one.basis.value for edition, one in entries(RULES[id]).items()}
        assert {edition: one["basis"] for edition, one in ledger.items()} == found
        for one in ledger.values():
            required = {"date", "commit"} if one["basis"] == "run" else {"sections"}
            assert required <= set(one)


@pytest.mark.usefixtures("runs")
def test_a_rule_as_json_says_how_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    (rule,) = json.loads(output_of(capsys, "--format", "json", ONE.id))
    assert rule["ledger"] == {
        "documented": {"basis": "documents", "sections": ["tutorial: Prerequisites"]},
        "server-2026-04": {"basis": "read", "sections": ["tutorial: Prerequisites"]},
        "server-2026-08": {"basis": "run", "date": "2027-01-02", "commit": "c" * 40},
    }


@pytest.mark.usefixtures("runs")
def test_a_rule_in_full_says_how_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    shown = output_of(capsys, ONE.id, OTHER.id)
    assert re.search(r"^  server-2026-08 .*\n {18}run on 2027-01-02, commit ccccccccc$", shown, re.MULTILINE)
    assert re.search(r"^ {18}read in .* \(on 2027-01-02, failed: the status: expected 404, got 400\)$", shown, re.M)


@pytest.mark.usefixtures("runs")
def test_rules_that_were_not_run_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output_of(capsys, "--unverified", "PC-PRE-01", "PC-PRE-04").splitlines()
    assert lines == [
        "server-2026-04: 0 of 2 rules are `run`",
        f"  PC-PRE-01  {entry(OTHER, 'server-2026-04')}",
        f"  PC-PRE-04  {entry(ONE, 'server-2026-04')}",
        "server-2026-08: 1 of 2 rules are `run`",
        f"  PC-PRE-01  {entry(OTHER, AUGUST)}",
    ]
    whole = output_of(capsys, "--unverified")
    assert f"{AUGUST}: 1 of {len(RULES)} rules are `run`" in whole
    assert whole.count("\n") == 2 + 2 * len(RULES) - 1


@pytest.mark.usefixtures("runs")
def test_the_page_of_the_rules_shows_the_ledger(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output_of(capsys).splitlines()
    assert f"| server-2026-08 | {'c' * 40} | 2027-01-02 | on loopback | 1 |" in lines
    (row,) = (line for line in lines if line.startswith(f"| {ONE.id} | {ONE.statement}"))
    assert row.endswith(f"| documents, read, run | {ONE.source} |")
    assert f"| {OTHER.id} | {entry(OTHER, AUGUST)} |" in lines


# check --record


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeVoipbin:
    """A fake that violates GW-PING-01."""
    fake = FakeVoipbin(AUGUST, broken=["GW-PING-01"])
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    return fake


@pytest.fixture
def url(server: LoopbackServer, fake: FakeVoipbin) -> str:
    """The URL of the fake."""
    return f"{server.serve(Application(fake)).url}/v1.0"


def check(url: str, *options: str) -> int:
    return main(["check", url, "--token-env", "TOKEN", "--rate", "10000", *options])


def test_a_check_is_recorded_as_a_ledger(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ledger.json"
    assert check(url, "--record", str(file), "--commit", "abc", "--edition", AUGUST) == 1
    run = ServerRun.from_json(file.read_text())
    assert (run.edition, run.server, run.commit) == (AUGUST, url, "abc")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", run.date)
    assert list(run.results) == list(RULES)
    outcomes = {line.split()[1]: line.split()[0] for line in capsys.readouterr().out.splitlines() if "  " in line}
    assert {id for id, one in run.results.items() if one.basis is Basis.RUN} == {
        id for id, outcome in outcomes.items() if outcome == "passed"
    }
    assert (run.results["GW-PING-01"].outcome, run.results["PC-AUTH-01"].outcome) == ("failed", "inconclusive")
    assert str(run.results["PC-NEW-14"]) == "not run: its safety level is BILLABLE"
    assert run.results["GW-PING-01"].fingerprint == fingerprint(RULES["GW-PING-01"], EDITIONS[AUGUST])


def test_a_recording_takes_its_place_in_the_ledger(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ledger.json"
    check(url, "--record", str(file), "--only", "GW-PING", "--only", "AU-01", "--edition", AUGUST)
    run = ServerRun.from_json(file.read_text())
    monkeypatch.setattr(rule_ledger, "published_runs", lambda: (run,))
    assert entry(RULES["AU-01"], AUGUST).basis is Basis.RUN
    assert entry(RULES["GW-PING-01"], AUGUST).remark.startswith(f"on {run.date}, failed: ")
    assert str(run.results["AU-02"]) == "not run"


def test_a_recording_contains_no_token_that_the_server_echoes(url: str, fake: FakeVoipbin, tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    fake.faults.add("error", path="/customer", status=500, body=fake.super_admin.token)
    assert check(url, "--record", str(file), "--only", "AC-CUST-01") == 1
    assert ServerRun.from_json(file.read_text()).results["AC-CUST-01"].reason == "expected 200, got 500 b'***'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--record", "missing/ledger.json"), "--record missing/ledger.json: No such file or directory"),
        (("--commit", "abc"), "--commit is only used with --record FILE"),
        (("--record", "ledger.json", "--dry-run"), "--dry-run checks nothing that --record could write"),
    ],
)
def test_a_recording_that_cannot_be_written_is_reported_before_the_check(
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert check(url, *options) == 2
    assert capsys.readouterr().err == f"providercalls check: {message}\n"
    assert list(tmp_path.iterdir()) == []

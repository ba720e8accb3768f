"""The command line: help, usage errors, and the output of `rules` and `demo`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import groupby

import pytest
from pytest_providercalls.contracts import CLIENT_RULES, EDITIONS, RULES

from pytest_providercalls.cli import COMMANDS, main


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    output = capsys.readouterr().out
    for name in COMMANDS:
        assert name in output
        assert run(name, "--help") == 0


def test_a_missing_or_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert run("nonsense") == 2
    assert "serve" in capsys.readouterr().err


def test_rules_as_json_contain_the_whole_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json") == 0
    rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert list(rules) == list(RULES)
    deleted = rules["PC-PRE-02"]
    assert (deleted["statement"], deleted["source"]) == (RULES["PC-PRE-02"].statement, RULES["PC-PRE-02"].source)
    assert deleted["answers"]["documented"]["status"] == 400
    assert deleted["answers"]["server-2026-08"]["status"] == 200


def test_rules_as_markdown_are_tables_with_equal_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules") == 0
    lines = capsys.readouterr().out.splitlines()
    tables = [list(rows) for is_row, rows in groupby(lines, key=lambda line: line.startswith("|")) if is_row]
    for rows in tables:
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1
    catalogue = [row for rows in tables if rows[0].startswith("| id | rule |") for row in rows]
    assert catalogue[0].count("|") == len(EDITIONS) + 6
    assert [id for id in RULES if not any(row.startswith(f"| {id} |") for row in catalogue)] == []


def test_rules_as_json_contain_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json") == 0
    rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert all(rule["sources"] for rule in rules.values())
    (source,) = rules["PC-AUTH-03"]["sources"]
    assert (source["section"], source["remark"]) == ("tutorial: Troubleshooting", "403 Forbidden, Fix")
    assert source["title"]
    assert {reference["url"].split("/")[2] for reference in source["references"]} == {"api.voipbin.net", "github.com"}
    assert all(reference["name"] for reference in source["references"])


def test_a_rule_is_shown_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "PC-PRE-02") == 0
    output = capsys.readouterr().out
    rule = RULES["PC-PRE-02"]
    assert output.startswith(f"PC-PRE-02: {rule.statement}\n")
    assert re.search(r"^  documented +400 INVALID_ARGUMENT: .* \(the error envelope\)$", output, re.MULTILINE)
    assert re.search(rf"^  server-2026-08 +200 {re.escape(rule.answers['server-2026-08'].note)}$", output, re.MULTILINE)
    assert re.search(rf"^  hint +{re.escape(rule.hint)}$", output, re.MULTILINE)
    assert re.search(rf"^  safety +{rule.safety.name}: its probe ", output, re.MULTILINE)
    assert re.search(r"^  source +tutorial: Prerequisites$", output, re.MULTILINE)
    assert re.search(r"^  source +tutorial: Troubleshooting \(400 provider not found\)$", output, re.MULTILINE)
    assert "https://api.voipbin.net/docs/providercall_tutorial.html#prerequisites" in output
    assert "/docsdev/source/providercall_tutorial.rst#L158-L175" in output


def test_every_rule_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    rules = {**RULES, **CLIENT_RULES}
    assert run("rules", *rules) == 0
    shown = [one.splitlines() for one in capsys.readouterr().out.split("\n\n")]
    assert [lines[0] for lines in shown] == [f"{id}: {rule.statement}" for id, rule in rules.items()]
    for lines, rule in zip(shown, rules.values(), strict=True):
        assert [line for line in lines if line != line.rstrip()] == []
        assert lines[-1].split()[0].startswith("https://")
        others = [line.split()[2] for line in lines if line.startswith("  depends on")]
        assert others == [f"{other}:" for other in getattr(rule, "depends_on", ())]


def test_a_rule_for_clients_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "CLIENT-PAGE-01", "PC-PRE-04") == 0
    first, second = capsys.readouterr().out.split("\n\n")
    rule = CLIENT_RULES["CLIENT-PAGE-01"]
    assert first.startswith(f"CLIENT-PAGE-01: {rule.statement}\n")
    assert rule.hint in first
    assert second.startswith("PC-PRE-04: ")


def test_named_rules_as_json_are_only_those(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json", "PC-PRE-04", "CLIENT-PAGE-01") == 0
    rules = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in rules] == ["PC-PRE-04", "CLIENT-PAGE-01"]
    assert rules[1]["hint"] == CLIENT_RULES["CLIENT-PAGE-01"].hint
    assert all(rule["sources"] for rule in rules)


@pytest.mark.parametrize(("id", "hint"), [("PC-PRE-4", "PC-PRE-04"), ("client-page-1", "CLIENT-PAGE-01")])
def test_an_unknown_rule_is_reported_with_suggestions(capsys: pytest.CaptureFixture[str], id: str, hint: str) -> None:
    assert run("rules", "PC-PRE-01", id) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"providercalls rules: unknown rule {id!r} (did you mean {hint!r}?)")


def test_an_unknown_rule_without_suggestions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "?") == 2
    assert capsys.readouterr().err == "providercalls rules: unknown rule '?'; `providercalls rules` lists all rules\n"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_demo_runs_in_each_edition(capsys: pytest.CaptureFixture[str], edition: str) -> None:
    assert run("demo", "--edition", edition) == 0
    output = capsys.readouterr().out
    parts = [
        "INVITE sip:+12025550143@sip.carrier.example",
        "ringing",
        "progressing",
        "hangup_reason 'normal'",
        "180 Ringing",
        "$0.01",
        "busy",
        "refused by PC-TRB-01",
        "hint: Log in as a platform super-admin",
        "GuardedHostError: providercalls blocked socket.",
        "No phone rang.",
    ]
    position = 0
    for part in parts:
        assert part in output[position:], part
        position = output.index(part, position)
    assert "\033" not in output
    assert "eyJ" not in output


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_an_unknown_edition_is_named(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(command, "--edition", "documentd") == 2
    assert capsys.readouterr().err.startswith(f"providercalls {command}: unknown edition 'documentd'; expected one of")


def test_a_closed_pipe_is_not_an_error() -> None:
    command = [sys.executable, "-m", "pytest_providercalls.cli", "rules", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_help_imports_neither_the_fake_nor_a_server() -> None:
    code = (
        "import sys\nfrom pytest_providercalls.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'httpx', 'uvicorn', 'pytest', 'asyncio'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("pattern", ["PC-PRE-", "PC-PRE", "pc-pre", "PC-PRE-*"])
def test_rules_are_listed_by_the_beginning_of_their_ids(capsys: pytest.CaptureFixture[str], pattern: str) -> None:
    assert run("rules", pattern) == 0
    lines = capsys.readouterr().out.splitlines()
    expected = [id for id in RULES if id.startswith("PC-PRE-")]
    assert [line.split()[0] for line in lines] == expected
    assert lines[0].endswith(f"  {RULES[expected[0]].statement}")


def test_rules_are_searched_by_their_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--search", "PROVIDER", "--search", "deleted", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert "PC-PRE-02" in [rule["id"] for rule in found]
    assert len(found) < 30
    assert run("rules", "GW", "--search", "ping") == 0
    assert {line.split()[0][:3] for line in capsys.readouterr().out.splitlines()} == {"GW-"}


def test_a_search_without_a_match_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--search", "xyzzy") == 2
    assert "no rule contains 'xyzzy'" in capsys.readouterr().err

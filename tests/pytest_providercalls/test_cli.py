"""The command line: what each command prints, and what it says when it cannot do as it is told."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from pytest_providercalls.contracts import CLIENT_RULES, EDITIONS, RULES

from pytest_providercalls.cli import COMMANDS, main


def run(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


def test_every_command_has_a_line_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    told = capsys.readouterr().out
    for name in COMMANDS:
        assert name in told
        assert run(name, "--help") == 0


def test_no_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert run("nonsense") == 2
    assert "serve" in capsys.readouterr().err


def test_rules_as_json_hold_the_whole_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json") == 0
    rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert list(rules) == list(RULES)
    deleted = rules["PC-PRE-02"]
    assert (deleted["statement"], deleted["source"]) == (RULES["PC-PRE-02"].statement, RULES["PC-PRE-02"].source)
    assert deleted["answers"]["documented"]["status"] == 400
    assert deleted["answers"]["server-2026-08"]["status"] == 200


def test_rules_as_markdown_are_tables_of_one_width(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules") == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {len(EDITIONS) + 5}
    assert [id for id in RULES if not any(row.startswith(f"| {id} |") for row in rows)] == []


def test_rules_as_json_have_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json") == 0
    rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert all(rule["sources"] for rule in rules.values())
    (source,) = rules["PC-AUTH-03"]["sources"]
    assert (source["section"], source["remark"]) == ("tutorial: Troubleshooting", "403 Forbidden, Fix")
    assert source["title"]
    assert {place["url"].split("/")[2] for place in source["places"]} == {"api.voipbin.net", "github.com"}
    assert all(place["name"] for place in source["places"])


def test_a_rule_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "PC-PRE-02") == 0
    told = capsys.readouterr().out
    rule = RULES["PC-PRE-02"]
    assert told.startswith(f"PC-PRE-02: {rule.statement}\n")
    assert re.search(r"^  documented +400 INVALID_ARGUMENT: .* \(the error envelope\)$", told, re.MULTILINE)
    assert re.search(rf"^  server-2026-08 +200 {re.escape(rule.answers['server-2026-08'].note)}$", told, re.MULTILINE)
    assert re.search(rf"^  what to do +{re.escape(rule.hint)}$", told, re.MULTILINE)
    assert re.search(rf"^  safety +{rule.safety.name}: its probe ", told, re.MULTILINE)
    assert re.search(r"^  source +tutorial: Prerequisites$", told, re.MULTILINE)
    assert re.search(r"^  source +tutorial: Troubleshooting \(400 provider not found\)$", told, re.MULTILINE)
    assert "https://api.voipbin.net/docs/providercall_tutorial.html#prerequisites" in told
    assert "/docsdev/source/providercall_tutorial.rst#L158-L175" in told


def test_every_rule_can_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    rules = {**RULES, **CLIENT_RULES}
    assert run("rules", *rules) == 0
    told = [one.splitlines() for one in capsys.readouterr().out.split("\n\n")]
    assert [lines[0] for lines in told] == [f"{id}: {rule.statement}" for id, rule in rules.items()]
    for lines, rule in zip(told, rules.values(), strict=True):
        assert [line for line in lines if line != line.rstrip()] == []
        assert lines[-1].split()[0].startswith("https://")
        others = [line.split()[2] for line in lines if line.startswith("  stands on")]
        assert others == [f"{other}:" for other in getattr(rule, "stands_on", ())]


def test_a_rule_for_clients_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "CLIENT-PAGE-01", "PC-PRE-04") == 0
    first, second = capsys.readouterr().out.split("\n\n")
    rule = CLIENT_RULES["CLIENT-PAGE-01"]
    assert first.startswith(f"CLIENT-PAGE-01: {rule.statement}\n")
    assert rule.hint in first
    assert second.startswith("PC-PRE-04: ")


def test_named_rules_as_json_are_those_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "--format", "json", "PC-PRE-04", "CLIENT-PAGE-01") == 0
    told = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in told] == ["PC-PRE-04", "CLIENT-PAGE-01"]
    assert told[1]["todo"] == CLIENT_RULES["CLIENT-PAGE-01"].hint
    assert all(rule["sources"] for rule in told)


@pytest.mark.parametrize(("id", "hint"), [("PC-PRE-4", "PC-PRE-04"), ("client-page-1", "CLIENT-PAGE-01")])
def test_an_unknown_rule_is_told_with_close_ones(capsys: pytest.CaptureFixture[str], id: str, hint: str) -> None:
    assert run("rules", "PC-PRE-01", id) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"providercalls rules: there is no rule {id!r}; did you mean {hint}")


def test_an_unknown_rule_that_is_like_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules", "?") == 2
    assert capsys.readouterr().err == "providercalls rules: there is no rule '?'; without an id, all are told\n"


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_demo_tells_the_story_in_each_edition(capsys: pytest.CaptureFixture[str], edition: str) -> None:
    assert run("demo", "--edition", edition) == 0
    told = capsys.readouterr().out
    parts = [
        "INVITE sip:+12025550143@sip.carrier.example",
        "ringing",
        "progressing",
        "hangup_reason 'normal'",
        "180 Ringing",
        "$0.01",
        "busy",
        "refused by PC-TRB-01",
        "what to do: Log in as a platform super-admin",
        "BlockedCall: api.voipbin.net:443 is guarded",
        "No phone rang.",
    ]
    at = 0
    for part in parts:
        assert part in told[at:], part
        at = told.index(part, at)
    assert "\033" not in told
    assert "eyJ" not in told


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_an_unknown_edition_is_named(capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(command, "--edition", "documentd") == 2
    assert capsys.readouterr().err.startswith(f"providercalls {command}: there is no edition 'documentd'; the editions")


def test_a_reader_who_has_had_enough_is_no_error() -> None:
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

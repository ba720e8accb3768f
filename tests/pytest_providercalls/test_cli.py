"""The command line: what each command prints, and what it says when it cannot do as it is told."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES

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

"""`providercalls check` on a test bench: a remote party that controls a stand-alone server, floods, and long waits."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed

from pytest_providercalls.cli import fake_options, main

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "check-a-server.md"
DRIVEN = ("AF-RUN-01", "CL-HUP-02", "CL-TIME-02", "PC-TRB-04")
"""Rules that need each kind of event: ring, answer, reject, and the passing of up to an hour."""


class Bench:
    """A fake as `providercalls serve --lifecycle manual` runs it, and the command that checks it."""

    def __init__(self, url: str, fake: FakeVoipbin, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self.fake, self._capsys = url, fake, capsys

    def check(self, *options: str, code: int, rules: Iterable[str] = DRIVEN) -> str:
        only = [word for rule in rules for word in ("--only", rule)]
        words = ["check", f"{self.url}/v1.0", "--token-env", "TOKEN", "--rate", "10000", "--timeout", "60"]
        assert main([*words, "--max-calls", "20", *only, *options]) == code
        return "".join(self._capsys.readouterr())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    fake = FakeVoipbin("server-2026-08", lifecycle="manual")
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    control = ControlApi(fake, Seed(), apply_seed(fake, Seed()))
    with fake_options.run_server(control) as listener:
        yield Bench(listener.url, fake, capsys)


def script(folder: Path, text: str, *arguments: str) -> str:
    """Write a script, and return the command that runs it."""
    path = folder / "far_side.py"
    path.write_text(text)
    return shlex.join([sys.executable, str(path), *arguments])


def documented() -> str:
    found = re.search(r"^```py\n(# far_side\.py\n.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def outcomes(output: str) -> dict[str, str]:
    return {
        id: outcome for outcome, id in re.findall(r"^(passed|failed|inconclusive) +([A-Z]\S+)", output, re.MULTILINE)
    }


def test_the_documented_far_side_makes_each_rule_conclusive(bench: Bench, tmp_path: Path) -> None:
    command = script(tmp_path, documented(), bench.url)
    output = bench.check("--far-side", command, "--provider-host", "sip.bench.example", code=0)
    assert outcomes(output) == dict.fromkeys(DRIVEN, "passed")
    created = [provider.hostname for provider in bench.fake.providers.values()]
    assert set(created[1:]) == {"sip.bench.example"}


def test_a_rule_that_a_server_breaks_fails(bench: Bench, tmp_path: Path) -> None:
    broken = FakeVoipbin("server-2026-08", lifecycle="manual", broken=["CL-HUP-02"])
    assert broken.super_admin.token == bench.fake.super_admin.token
    control = ControlApi(broken, Seed(), apply_seed(broken, Seed()))
    with fake_options.run_server(control) as listener:
        command = script(tmp_path, documented(), listener.url)
        found = Bench(listener.url, broken, bench._capsys).check("--far-side", command, code=1, rules=["CL-HUP-02"])
    assert outcomes(found) == {"CL-HUP-02": "failed"}


def test_without_a_far_side_each_rule_names_the_option(bench: Bench) -> None:
    output = bench.check("--only", "GW-PING", code=0)
    assert outcomes(output) == dict.fromkeys(DRIVEN, "inconclusive") | {"GW-PING-01": "passed"}
    assert output.count("on a call: pass --far-side COMMAND)") == len(DRIVEN)
    bench.fake.assert_nothing_placed()


def test_a_wait_that_is_too_long_names_the_option(bench: Bench, tmp_path: Path) -> None:
    waiting = "import sys\nfor line in sys.stdin: print('{\"ok\": false}', flush=True)"
    output = bench.check("--far-side", script(tmp_path, waiting), code=2, rules=["CL-TIME-02"])
    assert "no rule could be checked: the target's clock cannot be advanced by 3601 s: pass --max-wait 3601" in output
    bench.fake.assert_nothing_placed()


def test_a_dry_run_does_not_start_the_command(bench: Bench) -> None:
    output = bench.check("--dry-run", "--far-side", "no-such-command", "--provider-host", "sip.bench.example", code=0)
    assert '"hostname": "sip.bench.example"' in output
    assert "PC-TRB-04" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--far-side", "no-such-command"], "--far-side 'no-such-command' cannot be started: "),
        (["--far-side", ""], "--far-side '' cannot be started: "),
        (["--far-side", "'"], "cannot be started: No closing quotation"),
        (["--far-side", f"{sys.executable} -c pass"], "the far-side command ended before it responded to 'advance'"),
        (["--provider-host", "sip.bench.example"], "--provider-host requires --far-side"),
        (["--max-wait", "-1"], "--max-wait must be at least 0, not -1"),
        (["--max-wait", "nan"], "--max-wait must be at least 0, not nan"),
    ],
)
def test_a_bench_that_does_not_work_is_reported_before_anything_is_sent(
    bench: Bench, options: list[str], message: str
) -> None:
    assert message in bench.check(*options, code=2)
    assert bench.fake.requests == []


def test_rate_limits_are_checked_only_if_floods_are_allowed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", f"{bench.url}/v1.0", "--only", "GW-RATE-05", "--dry-run"]
    assert main(words) == 0
    assert "the target cannot be flooded with requests: pass --flood" in capsys.readouterr().out
    assert main([*words, "--flood"]) == 0
    assert "GW-RATE-05 INERT" in capsys.readouterr().out

"""`providercalls check` against a fake on a real port: its requests, its output and its usage errors."""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Iterator

import pytest
from pytest_providercalls.contracts import EDITIONS, RULES
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from pytest_providercalls.cli import check, main
from pytest_providercalls.cli.checking import credentials

UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
TIERS = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
CREDENTIALS = (
    *("--token-env", "SUPER_ADMIN", "--customer-admin-token-env", "CUSTOMER_ADMIN"),
    *("--customer-manager-token-env", "CUSTOMER_MANAGER", "--customer-agent-token-env", "CUSTOMER_AGENT"),
    *("--accesskey-env", "KEY", "--customer-admin-accesskey-env", "ADMIN_KEY", "--password-env", "PASSWORD"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


class Checked:
    """A fake on a port, and the command that checks it."""

    def __init__(self, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self._server, self._monkeypatch, self._capsys = server, monkeypatch, capsys
        self.serve("server-2026-08")

    def serve(self, edition: str, *broken: str) -> FakeVoipbin:
        self.fake = fake = FakeVoipbin(edition, broken=broken)
        self.url = f"{self._server.serve(Application(fake)).url}/v1.0"
        self.secrets = {role.upper(): getattr(fake, role).token for role in TIERS} | {
            "KEY": fake.super_admin.accesskey,
            "ADMIN_KEY": fake.customer_admin.accesskey,
            "PASSWORD": fake.super_admin.password,
        }
        for name, value in self.secrets.items():
            self._monkeypatch.setenv(name, value)
        return fake

    def run(self, *options: str, url: str = "", code: int | None = None) -> str:
        """Run the command and return its output, which must not contain a credential."""
        exit_code = main(["check", url or self.url, *CREDENTIALS, "--rate", "10000", "--max-wait", "0.1", *options])
        output = "".join(self._capsys.readouterr())
        assert [name for name, value in self.secrets.items() if value in output] == []
        assert code is None or exit_code == code, output
        return output


@pytest.fixture
def checked(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    return Checked(server, monkeypatch, capsys)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("allow", ["read", "inert"])
def test_a_compliant_server_is_identified_without_a_call(checked: Checked, edition: str, allow: str) -> None:
    fake = checked.serve(edition)
    output = checked.run("--allow", allow, code=0)
    assert output.splitlines()[-1] == f"this server matches {edition}"
    assert f"differences from {edition}: none" in output
    fake.assert_nothing_placed()
    if allow == "read":
        assert {request.method for request in fake.requests} <= {"GET", "HEAD", "OPTIONS"}


def test_a_failed_rule_shows_the_expected_and_the_actual_response(checked: Checked) -> None:
    checked.serve("server-2026-08", "PC-GET-02")
    output = checked.run(code=1)
    lines = output[output.index("failed  ") :].splitlines()
    assert lines[0].split(maxsplit=2) == ["failed", "PC-GET-02", f"{RULES['PC-GET-02'].statement} [providers.md 3.4]"]
    assert lines[1].strip() == "the status: expected 404, got 200"
    assert lines[2].strip() == "GET /v1.0/providercalls/f1f2f3f4-0000-4000-8000-00000000dead -> 200"
    assert output.splitlines()[-1] == "this server matches server-2026-08, except for PC-GET-02"


def test_the_given_edition_is_checked_against(checked: Checked) -> None:
    output = checked.run("--edition", "documented", code=1)
    assert "checked against documented: " in output
    assert "failed        PC-AUTH-03" in output
    assert output.splitlines()[-1] == "this server matches server-2026-08"


def test_the_output_as_json(checked: Checked) -> None:
    checked.serve("documented", "GW-PING-01")
    report = json.loads(checked.run("--format", "json", code=1))
    assert (report["edition"], report["closest_editions"], report["differences"]["documented"]) == (
        "documented",
        ["documented"],
        ["GW-PING-01"],
    )
    rules = {rule["id"]: rule for rule in report["rules"]}
    assert list(rules) == list(RULES)
    assert rules["GW-PING-01"]["outcome"] == "failed"
    assert rules["GW-PING-01"]["exchanges"] == ["GET /ping -> 200"]
    assert rules["AU-08"]["outcome"] == "inconclusive"
    assert rules["PC-NEW-14"]["outcome"] == "not run"
    assert rules["PC-AUTH-01"]["outcome"] == "passed"


def test_editions_that_are_not_distinguished_are_both_named(checked: Checked) -> None:
    options = ["--token-env", "SUPER_ADMIN", "--rate", "10000", "--only", "PV-GET-02"]
    assert main(["check", checked.url, *options]) == 0
    output = checked._capsys.readouterr().out
    assert output.splitlines()[-1].startswith("this server matches documented or server-2026-08, which the rules")


def test_public_rules_run_without_a_token(checked: Checked) -> None:
    assert main(["check", checked.url, "--rate", "10000"]) == 0
    assert "passed        AU-01" in checked._capsys.readouterr().out


# the limit on calls


def test_named_rules_place_at_most_max_calls(checked: Checked) -> None:
    output = checked.run("--rule", "PC-NEW-14", "--rule", "PC-NEW-01", "--max-calls", "4", code=0)
    assert "passed        PC-NEW-14" in output
    assert len(checked.fake.placed()) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rule", "PC-NEW-14"), "may place 3 calls (PC-NEW-14 3): set a limit with --max-calls"),
        (("--rule", "PC-NEW-14", "--max-calls", "2"), "--max-calls is 2, but the rules may place 3 calls"),
        (("--rule", "PC-NEW-99"), "unknown rule 'PC-NEW-99' (did you mean 'PC-NEW-"),
        (("--edition", "documentd"), "unknown edition 'documentd'"),
        (("--rate", "0"), "--rate must be greater than 0"),
        (("--rate", "nan"), "--rate must be greater than 0"),
        (("--timeout", "inf"), "--timeout must be greater than 0 and at most 3600"),
        (("--timeout", "nan"), "--timeout must be greater than 0"),
        (("--max-calls", "-1"), "--max-calls must be at least 0"),
        (("--other-token-env", "direct"), "KIND is one of direct, delegate"),
        (("--other-token-env", "nobody=KEY"), "KIND is one of direct, delegate"),
    ],
)
def test_wrong_options_are_reported_before_anything_is_written(
    checked: Checked, options: tuple[str, ...], message: str
) -> None:
    assert message in checked.run(*options, code=2)
    assert {request.method for request in checked.fake.requests} <= {"GET"}


def test_credentials_are_read_from_the_named_variables_and_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    credentials.arguments(parser)
    for name in ("ADMIN", "KEY", "DIRECT"):
        monkeypatch.setenv(name, f"the value of {name}")
    words = ["--customer-admin-token-env", "ADMIN", "--accesskey-env", "KEY", "--other-token-env", "direct=DIRECT"]
    found = credentials.read(parser.parse_args(words))
    assert found.tokens == {"customer_admin": "the value of ADMIN", "direct": "the value of DIRECT"}
    assert (found.accesskeys, found.passwords) == ({"super_admin": "the value of KEY"}, {})
    assert repr(found) == "<Credentials of customer_admin, direct>"
    assert found.masked("had the value of KEY, eyJhbGciOi and vb_12345678") == "had ***, *** and ***"


def test_a_probe_that_could_not_finish_places_no_call(checked: Checked) -> None:
    """It would place a call, and then could not make the callee answer."""
    output = checked.run("--rule", "CL-HUP-02", "--max-calls", "1", code=0)
    assert "inconclusive  CL-HUP-02" in output
    checked.fake.assert_nothing_placed()


def test_a_dry_run_lists_exactly_the_requests_that_are_sent(checked: Checked) -> None:
    options = ("--allow", "inert", "--rule", "PC-NEW-14", "--max-calls", "3")
    checked.fake.add_extension("2000")
    listed = checked.run("--dry-run", *options, code=0)
    assert checked.fake.requests == []
    checked.run(*options, code=0)
    sent = sorted(shape(f"{one.method} {one.url}") for one in checked.fake.requests)
    assert sorted(shape(line) for line in re.findall(r"^ *([A-Z]+ /\S+), as ", listed, re.MULTILINE)) == sent
    assert "    " + shape('{"provider_id": 7}') in listed


def shape(line: str) -> str:
    """Return a line without values that the server generates: ids, and the times in page tokens."""
    return re.sub("page_token=2[^&]*", "page_token=", UUID.sub("ID", line))


def test_a_dry_run_needs_no_limit_and_shows_the_worst_case(checked: Checked) -> None:
    output = checked.run("--dry-run", "--rule", "PC-NEW-14", url="https://api.voipbin.net/v1.0", code=0)
    assert output.startswith("to https://api.voipbin.net/v1.0: ")
    assert "which may place at most 3 calls" in output.splitlines()[0]


# the choice of rules


def test_only_the_named_rules_run(checked: Checked) -> None:
    output = checked.run("--only", "PC-NEW-14", "--only", "GW-PING", "--max-calls", "3", code=0)
    assert re.findall(r"^(?:passed|failed|inconclusive|not run) +(\S+)", output, re.MULTILINE) == [
        "GW-PING-01",
        "PC-NEW-14",
    ]
    assert len(checked.fake.placed()) == 3


def test_rules_are_named_by_patterns(checked: Checked) -> None:
    output = checked.run("--rule", "PC-NEW-1*", "--max-calls", "100", code=0)
    assert [
        id for id in RULES if id.startswith("PC-NEW-1") and not re.search(f"(passed|inconclusive) +{id}", output)
    ] == []
    assert "PC-NEW-02" not in output


@pytest.mark.parametrize("level", ["refused", "billable"])
def test_a_higher_safety_level_is_allowed_as_a_whole(checked: Checked, level: str) -> None:
    assert "set a limit with --max-calls" in checked.run("--allow", level, code=2)
    output = checked.run("--allow", level, "--max-calls", "1000", code=0)
    assert ("BILLABLE rules (--rule ID or --allow billable" in output) == (level == "refused")
    assert "REFUSED rules (" not in output


def test_a_rule_that_only_excludes_is_a_contradiction(checked: Checked) -> None:
    output = checked.run("--only", "GW-PING", "--rule", "PC-NEW-01", code=2)
    assert "--rule names rules that --only excludes: PC-NEW-01" in output


@pytest.mark.parametrize(
    ("rule", "option"),
    [
        ("AU-08", "--other-token-env frozen_admin=NAME"),
        ("PC-AUTH-01", "--customer-admin-token-env NAME"),
        ("PC-AUTH-03", "--token-env NAME"),
    ],
)
def test_a_missing_credential_names_its_option(checked: Checked, rule: str, option: str) -> None:
    assert main(["check", checked.url, "--rate", "10000", "--only", rule, "--max-calls", "9"]) == 2
    assert f": pass {option}" in checked._capsys.readouterr().err


# the host


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://staging.example/v1.0", "staging.example is a real server"),
        ("http://staging.example/v1.0", "would receive the tokens unencrypted"),
        ("https://me:secret@127.0.0.1/v1.0", "must not contain a user or a query"),
        ("https://127.0.0.1/v1.0?token=x", "must not contain a user or a query"),
        ("staging.example", "is not the URL of a server"),
        ("https://[", "is not the URL of a server"),
        ("http://127.0.0.1:port/v1.0", "is not the URL of a server"),
        ("http://127.0.0.1:99999/v1.0", "is not the URL of a server"),
    ],
)
def test_an_unusable_url_is_reported(checked: Checked, url: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("staging.example\n"))
    assert message in checked.run(url=url, code=2)


def test_another_host_than_the_urls_is_not_confirmed(checked: Checked) -> None:
    output = checked.run("--confirm-host", "api.voipbin.net", url="https://staging.example/v1.0", code=2)
    assert "the confirmed host is not staging.example" in output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_host_is_confirmed_at_the_prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("staging.example\n"))
    check._confirm("staging.example", None)
    assert "Type its name to continue: " in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    with pytest.raises(Exception, match="nothing was sent"):
        check._confirm("staging.example", None)


def test_a_host_that_is_given_is_not_prompted_for() -> None:
    check._confirm("staging.example", "staging.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_confirmation(host: str) -> None:
    check._confirm(host, None)


# credentials


def test_the_name_of_a_missing_variable_is_not_shown(checked: Checked) -> None:
    """The user may have passed the token itself."""
    for option in ("--token-env", "--password-env", "--customer-agent-accesskey-env"):
        output = checked.run(option, "vb_this_is_a_secret", code=2)
        assert f"{option} expects the name of an environment variable" in output
        assert "vb_this" not in output


def test_a_variable_without_a_credential_is_reported(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD", "t\u00f6ken")
    assert "--token-env names does not hold a credential" in checked.run("--token-env", "ODD", code=2)


def test_a_server_that_does_not_respond_is_reported(checked: Checked, server: LoopbackServer) -> None:
    listener = server.serve(Application(FakeVoipbin()))
    listener.close()
    assert "no response: ConnectError" in checked.run(url=listener.url, code=2)
    assert main(["check", listener.url, "--rate", "10000"]) == 2
    output = checked._capsys.readouterr().err
    assert re.search(r"no rule could be checked: GET /\S+: no response: ConnectError", output)


def test_a_server_that_stops_responding_is_reported(checked: Checked) -> None:
    checked.fake.faults.add("drop", nth=20, times=None)
    output = checked.run(code=2)
    assert re.search(r"1[0-9] passed, 0 failed, \d+ inconclusive", output)
    assert "the server stopped responding, so the results cover only the rules checked until then" in output


def test_a_token_that_the_server_echoes_is_masked(checked: Checked) -> None:
    echo = f"eyJ0.eyJ1 {checked.fake.super_admin.token}"
    checked.fake.faults.add("error", path="/customer", status=500, body=echo)
    output = checked.run(code=1)
    assert "got 500 b'*** ***'" in output
    assert "eyJ" not in output

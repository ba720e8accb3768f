"""`providercalls check`: what it sends, what it refuses to send, and what it says, on a fake behind a real port."""

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

from pytest_providercalls.cli import check, credentials, main

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
    """A fake behind a port, and the command that is run on it."""

    def __init__(self, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self._server, self._monkeypatch, self._capsys = server, monkeypatch, capsys
        self.be("server-2026-08")

    def be(self, edition: str, *broken: str) -> FakeVoipbin:
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
        """What the command prints; no credential is ever among it."""
        found = main(["check", url or self.url, *CREDENTIALS, "--pace", "10000", *options])
        said = "".join(self._capsys.readouterr())
        assert [name for name, value in self.secrets.items() if value in said] == []
        assert code is None or found == code, said
        return said


@pytest.fixture
def checked(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Checked:
    return Checked(server, monkeypatch, capsys)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("allow", ["read", "inert"])
def test_a_faithful_server_is_recognised_and_rings_nobody(checked: Checked, edition: str, allow: str) -> None:
    fake = checked.be(edition)
    said = checked.run("--allow", allow, code=0)
    assert said.splitlines()[-1] == f"this server is {edition}"
    assert f"apart from {edition}: in nothing that was asked" in said
    fake.assert_nothing_placed()
    if allow == "read":
        assert {request.method for request in fake.requests} <= {"GET", "HEAD", "OPTIONS"}


def test_a_broken_rule_is_told_with_what_was_expected_and_what_came(checked: Checked) -> None:
    checked.be("server-2026-08", "PC-GET-02")
    said = checked.run(code=1)
    told = said[said.index("broken  ") :].splitlines()
    assert told[0].split(maxsplit=2) == ["broken", "PC-GET-02", f"{RULES['PC-GET-02'].statement} [providers.md 3.4]"]
    assert told[1].strip() == "the status: expected 404, got 200"
    assert told[2].strip() == "GET /v1.0/providercalls/f1f2f3f4-0000-4000-8000-00000000dead -> 200"
    assert said.splitlines()[-1] == "this server is server-2026-08, but for PC-GET-02"


def test_an_edition_that_is_given_is_the_judge(checked: Checked) -> None:
    said = checked.run("--edition", "documented", code=1)
    assert "judged as documented" in said
    assert "broken          PC-AUTH-03" in said
    assert said.splitlines()[-1] == "this server is server-2026-08"


def test_the_report_as_json(checked: Checked) -> None:
    checked.be("documented", "GW-PING-01")
    report = json.loads(checked.run("--format", "json", code=1))
    assert (report["judged_as"], report["nearest"], report["apart"]["documented"]) == (
        "documented",
        ["documented"],
        ["GW-PING-01"],
    )
    rules = {rule["id"]: rule for rule in report["rules"]}
    assert list(rules) == list(RULES)
    assert rules["GW-PING-01"]["outcome"] == "broken"
    assert rules["GW-PING-01"]["asked"] == ["GET /ping -> 200"]
    assert rules["AU-08"]["outcome"] == "not answerable"
    assert rules["PC-NEW-14"]["outcome"] == "not asked"
    assert rules["PC-AUTH-01"]["outcome"] == "kept"


def test_editions_that_are_not_told_apart_are_both_named(checked: Checked) -> None:
    assert main(["check", checked.url, "--token-env", "SUPER_ADMIN", "--pace", "10000"]) == 0
    said = checked._capsys.readouterr().out
    assert said.splitlines()[-1].startswith("this server is documented or server-2026-08, which the rules")


def test_without_a_token_the_rules_for_everybody_are_asked(checked: Checked) -> None:
    assert main(["check", checked.url, "--pace", "10000"]) == 0
    assert "kept            AU-01" in checked._capsys.readouterr().out


# what may ring


def test_a_named_rule_places_no_more_than_its_cap(checked: Checked) -> None:
    said = checked.run("--rule", "PC-NEW-14", "--rule", "PC-NEW-01", "--max-calls", "4", code=0)
    assert "kept            PC-NEW-14" in said
    assert len(checked.fake.placed()) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--rule", "PC-NEW-14"), "may place 3 calls (PC-NEW-14 3): say how many with --max-calls"),
        (("--rule", "PC-NEW-14", "--max-calls", "2"), "--max-calls is 2, and the rules may place 3 calls"),
        (("--rule", "PC-NEW-99"), "there is no rule 'PC-NEW-99'; did you mean PC-NEW-"),
        (("--edition", "documentd"), "there is no edition 'documentd'"),
        (("--pace", "0"), "--pace is more than 0"),
        (("--pace", "nan"), "--pace is more than 0"),
        (("--timeout", "inf"), "--timeout is more than 0 and 3600 at the most"),
        (("--timeout", "nan"), "--timeout is more than 0"),
        (("--max-calls", "-1"), "--max-calls is not less"),
        (("--other-token-env", "direct"), "KIND is one of direct, delegate"),
        (("--other-token-env", "nobody=KEY"), "KIND is one of direct, delegate"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(checked: Checked, options: tuple[str, ...], says: str) -> None:
    assert says in checked.run(*options, code=2)
    assert {request.method for request in checked.fake.requests} <= {"GET"}


def test_credentials_are_read_from_the_variables_that_are_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_rule_whose_probe_would_get_stuck_rings_nobody(checked: Checked) -> None:
    """It would place a call, and then could not make the far side answer."""
    said = checked.run("--rule", "CL-HUP-02", "--max-calls", "1", code=0)
    assert "not answerable  CL-HUP-02" in said
    checked.fake.assert_nothing_placed()


def test_a_dry_run_lists_exactly_what_is_sent(checked: Checked) -> None:
    options = ("--allow", "inert", "--rule", "PC-NEW-14", "--max-calls", "3")
    listed = checked.run("--dry-run", *options, code=0)
    assert checked.fake.requests == []
    checked.run(*options, code=0)
    sent = sorted(shape(f"{one.method} {one.url}") for one in checked.fake.requests)
    assert sorted(shape(line) for line in re.findall(r"^ *([A-Z]+ /\S+), as ", listed, re.MULTILINE)) == sent
    assert "    " + shape('{"provider_id": 7}') in listed


def shape(line: str) -> str:
    """A line without what a server hands out: ids, and the times in page tokens."""
    return re.sub("page_token=2[^&]*", "page_token=", UUID.sub("ID", line))


def test_a_dry_run_asks_for_no_cap_and_tells_the_worst_case(checked: Checked) -> None:
    said = checked.run("--dry-run", "--rule", "PC-NEW-14", url="https://api.voipbin.net/v1.0", code=0)
    assert said.startswith("to https://api.voipbin.net/v1.0, ")
    assert "which may place 3 calls at the worst" in said.splitlines()[0]


# which server


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://staging.example/v1.0", "staging.example is a real server"),
        ("http://staging.example/v1.0", "would be sent the tokens in the clear"),
        ("https://me:secret@127.0.0.1/v1.0", "neither a user nor a query"),
        ("https://127.0.0.1/v1.0?token=x", "neither a user nor a query"),
        ("staging.example", "URL is that of a server"),
        ("https://[", "URL is that of a server"),
        ("http://127.0.0.1:port/v1.0", "URL is that of a server"),
        ("http://127.0.0.1:99999/v1.0", "URL is that of a server"),
    ],
)
def test_a_url_that_will_not_do_is_told(checked: Checked, url: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("staging.example\n"))
    assert says in checked.run(url=url, code=2)


def test_another_host_than_the_urls_is_not_really_meant(checked: Checked) -> None:
    said = checked.run("--yes-really", "api.voipbin.net", url="https://staging.example/v1.0", code=2)
    assert "the host of URL is staging.example" in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_host_is_typed_by_hand(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("staging.example\n"))
    check._confirm("staging.example", None)
    assert "Type its name to go on: " in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    with pytest.raises(Exception, match="nothing was sent"):
        check._confirm("staging.example", None)


def test_a_host_that_is_given_is_not_asked_for() -> None:
    check._confirm("staging.example", "staging.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_confirmation(host: str) -> None:
    check._confirm(host, None)


# credentials


def test_a_variable_that_is_not_there_is_not_told(checked: Checked) -> None:
    """Somebody may have put the token itself there."""
    for option in ("--token-env", "--password-env", "--customer-agent-accesskey-env"):
        said = checked.run(option, "vb_this_is_a_secret", code=2)
        assert f"{option} takes the name of an environment variable" in said
        assert "vb_this" not in said


def test_a_variable_with_no_credential_in_it_is_told(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD", "t\u00f6ken")
    assert "--token-env names has no credential in it" in checked.run("--token-env", "ODD", code=2)


def test_a_server_that_does_not_answer_is_told(checked: Checked, server: LoopbackServer) -> None:
    listener = server.serve(Application(FakeVoipbin()))
    listener.close()
    assert "no answer: ConnectError" in checked.run(url=listener.url, code=2)
    assert main(["check", listener.url, "--pace", "10000"]) == 2
    said = checked._capsys.readouterr().err
    assert re.search(r"none of the rules could be asked: GET /\S+: no answer: ConnectError", said)


def test_a_server_that_falls_silent_on_the_way_is_told(checked: Checked) -> None:
    checked.fake.faults.add("drop", nth=20, times=None)
    said = checked.run(code=2)
    assert "15 kept, 0 broken, 41 not answerable" in said
    assert "the server stopped answering: what is said of it holds for the rules only that it did answer" in said


def test_a_token_that_the_server_echoes_is_hidden(checked: Checked) -> None:
    echo = f"eyJ0.eyJ1 {checked.fake.super_admin.token}"
    checked.fake.faults.add("error", path="/customer", status=500, body=echo)
    said = checked.run(code=1)
    assert "got 500 b'*** ***'" in said
    assert "eyJ" not in said

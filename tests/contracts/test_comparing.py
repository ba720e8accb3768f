"""One run on a server, held against every edition."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.checker.check_report import Verdict
from pytest_providercalls.contracts.checker.edition_comparison import compare_editions
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import ProbeClient, ProbeUnavailable, require_equal
from pytest_providercalls.contracts.rule import accepted, per_edition
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

each_edition = pytest.mark.parametrize("edition", EDITIONS)


def made(probe: object, id: str = "XX-01") -> Rule:
    return Rule(id, "A rule.", "nowhere", per_edition(accepted()), Safety.READ, probe)  # type: ignore[arg-type]


@each_edition
@pytest.mark.parametrize("allow", Safety)
def test_a_server_is_recognised(edition: str, allow: Safety) -> None:
    found = compare_editions(FakeTarget(FakeVoipbin(edition)), allow)
    assert found.closest_editions == (edition,)
    assert found.reports[edition].broken == []
    assert all(report.broken for name, report in found.reports.items() if name != edition)


@each_edition
def test_the_verdicts_are_those_of_a_check(edition: str) -> None:
    broken = ["GW-PING-01", "PC-GET-02"]
    checked = check(FakeTarget(FakeVoipbin(edition, broken=broken)), Safety.INERT)
    compared = compare_editions(FakeTarget(FakeVoipbin(edition, broken=broken)), Safety.INERT).reports[edition]
    assert compared == checked
    assert [one.rule.id for one in compared.broken] == broken


def test_nothing_is_sent_twice() -> None:
    alone, together = FakeVoipbin(), FakeVoipbin()
    check(FakeTarget(alone), Safety.INERT)
    found = compare_editions(FakeTarget(together), Safety.INERT)
    # More may be sent: a probe goes on in the edition that has no quarrel with the first answer.
    assert len(alone.requests) == len(together.requests)
    assert sum(len(exchanges) for exchanges in found.exchanges.values()) == len(together.requests)


def test_a_probe_goes_on_where_that_of_another_edition_had_stopped() -> None:
    def probe(api: ProbeClient) -> None:
        require_equal("the edition", api.get("/me").status == 200 and api.edition.name, "server-2026-08")
        require_equal("the second answer", api.get("/customer").status, 200)

    fake = FakeVoipbin()
    found = compare_editions(FakeTarget(fake), rules=[made(probe)])
    assert [found.reports[name].verdicts[0].kept for name in EDITIONS] == [False, False, True]
    assert [request.url for request in fake.requests] == ["/v1.0/me", "/v1.0/customer"]


@pytest.mark.parametrize("paths", [("/me", "/customer"), ("/customer", "/me")])
def test_a_probe_that_asks_otherwise_in_another_edition_is_not_answerable_there(paths: tuple[str, str]) -> None:
    def probe(api: ProbeClient) -> None:
        api.get(paths[api.edition.name != "documented"])

    fake = FakeVoipbin()
    found = compare_editions(FakeTarget(fake), rules=[made(probe)])
    assert [found.reports[name].verdicts[0].outcome for name in EDITIONS] == ["kept", *["not answerable"] * 2]
    assert len(fake.requests) == 1


def test_what_a_target_cannot_do_is_remembered_too() -> None:
    target = FakeTarget(FakeVoipbin())
    target.advance = lambda seconds: False  # type: ignore[method-assign]
    found = compare_editions(target, rules=[made(lambda api: api.wait(5))])
    assert {report.verdicts[0].outcome for report in found.reports.values()} == {"not answerable"}


def test_what_a_target_does_not_send_is_not_sent_for_another_edition() -> None:
    target, asked = FakeTarget(FakeVoipbin()), []

    def send(request: Request) -> Response:
        asked.append(request)
        raise ProbeUnavailable("no more calls")

    target.send = send  # type: ignore[method-assign]
    found = compare_editions(target, rules=[made(lambda api: api.get("/me"))], editions=iter(EDITIONS.values()))
    assert [report.verdicts[0].reason for report in found.reports.values()] == ["no more calls"] * len(EDITIONS)
    assert len(asked) == 1


def test_a_dangerous_rule_is_asked_only_when_it_is_named() -> None:
    fake = FakeVoipbin()
    found = check(FakeTarget(fake), Safety.READ, [RULES["PC-NEW-14"], RULES["PC-NEW-03"]], named=["PC-NEW-14"])
    assert [one.outcome for one in found.verdicts] == ["kept", "not asked"]
    assert len(fake.placed()) == 3


def test_editions_that_are_not_told_apart_are_both_named() -> None:
    found = compare_editions(FakeTarget(FakeVoipbin()), rules=[RULES["GW-PING-01"]])
    assert found.closest_editions == tuple(EDITIONS)


def test_an_answer_that_a_probe_cannot_read_breaks_its_rule() -> None:
    def probe(api: ProbeClient) -> None:
        api.get("/me").json()["no such key"]

    found = check(FakeTarget(FakeVoipbin()), rules=[made(probe)]).verdicts
    assert (found[0].outcome, found[0].reason) == ("broken", "the answer cannot be read: KeyError: 'no such key'")


def test_the_four_outcomes() -> None:
    rule = RULES["AU-01"]
    verdicts = [Verdict(rule, True), Verdict(rule, False), Verdict(rule, None), Verdict(rule, None, ran=False)]
    assert [one.outcome for one in verdicts] == ["kept", "broken", "not answerable", "not asked"]

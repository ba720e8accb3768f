"""One run on a server, compared with every edition."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.answer import accepted, per_edition
from pytest_providercalls.contracts.checker.edition_comparison import compare_editions
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import ProbeClient, ProbeUnavailable, require_equal
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

each_edition = pytest.mark.parametrize("edition", EDITIONS)


def new_rule(probe: object, id: str = "XX-01") -> Rule:
    return Rule(id, "A rule.", "nowhere", per_edition(accepted()), Safety.READ, probe)  # type: ignore[arg-type]


@each_edition
@pytest.mark.parametrize("allow", Safety)
def test_a_server_is_recognised(edition: str, allow: Safety) -> None:
    found = compare_editions(FakeTarget(FakeVoipbin(edition)), allow)
    assert found.closest_editions == (edition,)
    assert found.reports[edition].broken == []
    assert all(report.broken for name, report in found.reports.items() if name != edition)


@each_edition
def test_verdicts_are_the_same_as_those_of_check(edition: str) -> None:
    broken = ["GW-PING-01", "PC-GET-02"]
    checked = check(FakeTarget(FakeVoipbin(edition, broken=broken)), Safety.INERT)
    compared = compare_editions(FakeTarget(FakeVoipbin(edition, broken=broken)), Safety.INERT).reports[edition]
    assert compared == checked
    assert [one.rule.id for one in compared.broken] == broken


def test_nothing_is_sent_twice() -> None:
    checked, compared = FakeVoipbin(), FakeVoipbin()
    check(FakeTarget(checked), Safety.INERT)
    found = compare_editions(FakeTarget(compared), Safety.INERT)
    # More could be sent: a probe continues for an edition in which the first response is fine.
    assert len(checked.requests) == len(compared.requests)
    # A WebSocket and its messages are not exchanges.
    others = len(compared.websockets) + sum(one.method == "WS" for one in compared.requests)
    assert sum(len(exchanges) for exchanges in found.exchanges.values()) + others == len(compared.requests)


def test_a_probe_continues_for_an_edition_in_which_it_does_not_fail() -> None:
    def probe(api: ProbeClient) -> None:
        require_equal("the edition", api.get("/me").status == 200 and api.edition.name, "server-2026-08")
        require_equal("the second answer", api.get("/customer").status, 200)

    fake = FakeVoipbin()
    found = compare_editions(FakeTarget(fake), rules=[new_rule(probe)])
    assert [found.reports[name].verdicts[0].kept for name in EDITIONS] == [False, False, True]
    assert [request.url for request in fake.requests] == ["/v1.0/me", "/v1.0/customer"]


@pytest.mark.parametrize("paths", [("/me", "/customer"), ("/customer", "/me")])
def test_a_probe_with_other_requests_for_another_edition_is_inconclusive_there(paths: tuple[str, str]) -> None:
    def probe(api: ProbeClient) -> None:
        api.get(paths[api.edition.name != "documented"])

    fake = FakeVoipbin()
    found = compare_editions(FakeTarget(fake), rules=[new_rule(probe)])
    assert [found.reports[name].verdicts[0].outcome for name in EDITIONS] == ["passed", *["inconclusive"] * 2]
    assert len(fake.requests) == 1


def test_an_operation_that_the_target_lacks_is_recorded_too() -> None:
    target = FakeTarget(FakeVoipbin())
    target.advance = lambda seconds: False  # type: ignore[method-assign]
    found = compare_editions(target, rules=[new_rule(lambda api: api.advance(5))])
    assert {report.verdicts[0].outcome for report in found.reports.values()} == {"inconclusive"}


def test_a_request_that_the_target_refused_to_send_is_not_retried() -> None:
    target, requests = FakeTarget(FakeVoipbin()), []

    def send(request: Request) -> Response:
        requests.append(request)
        raise ProbeUnavailable("no more calls")

    target.send = send  # type: ignore[method-assign]
    found = compare_editions(target, rules=[new_rule(lambda api: api.get("/me"))], editions=iter(EDITIONS.values()))
    assert [report.verdicts[0].reason for report in found.reports.values()] == ["no more calls"] * len(EDITIONS)
    assert len(requests) == 1


def test_indistinguishable_editions_are_all_reported() -> None:
    found = compare_editions(FakeTarget(FakeVoipbin()), rules=[RULES["GW-PING-01"]])
    assert found.closest_editions == tuple(EDITIONS)

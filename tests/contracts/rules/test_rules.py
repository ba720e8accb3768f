"""The rule catalogue: every probe passes, fails if its rule is broken, covers its rule and is as safe as stated."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

import pytest
from pytest_providercalls.contracts import RULES, Rule, Safety, check
from pytest_providercalls.contracts.answer import DENIED, STATUS_NAMES, Answer, Body, accepted, empty_error, per_edition
from pytest_providercalls.contracts.editions import EDITIONS, Edition
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import UNREACHABLE_TARGETS
from pytest_providercalls.contracts.rule import Catalogue
from pytest_providercalls.contracts.rules import GROUPS
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway.rate_limits import BUCKETS
from pytest_providercalls.fake_server.probe_target import FakeTarget

from ... import invariants

ALL = list(RULES.values())
SAFE = [one for one in ALL if one.safety <= Safety.INERT]
each_rule = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
each_safe_rule = pytest.mark.parametrize("rule", SAFE, ids=lambda rule: rule.id)
each_edition = pytest.mark.parametrize("edition", EDITIONS)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "WS"}
"""WS is a message on a WebSocket, which changes only what its client receives."""
NOT_COVERED = {
    ("AF-NEW-07", "server-2026-04"): "this edition does not have the field",
    ("AF-NEW-08", "server-2026-04"): "this edition does not have the field",
    ("AF-NEW-09", "server-2026-04"): "this edition does not have the field",
    ("GW-REQID-02", "server-2026-04"): "this edition generates no request ids",
    ("GW-RATE-04", "server-2026-04"): "this edition has no delegate tokens",
    **{(rule.id, "server-2026-04"): "no outbound configurations" for rule in GROUPS["outbound_configs"]},
    ("WS-AUTH-01", "server-2026-04"): "this edition has no delegate tokens",
}
RINGS_NOTHING = {
    "CL-GATE-04": "an extension without a contact rings no phone on a fake; on a real server it may be registered",
}

FAST = [one for one in ALL if "-RATE-" not in one.id]
"""Without the probes that send hundreds of requests, which have their own tests."""
REFUSED = [one for one in ALL if one.safety is Safety.REFUSED]

ABSENT = {
    "PC-AUTH-05": "AU-01: every endpoint requires a credential",
    "PC-DEL-03": "PC-DEL-02: DELETE does not affect calls",
    "PC-DEL-06": "PC-GET-03: a deleted record can still be read",
    "PC-NEW-12": "PC-NEW-13: its probe sends the empty value too",
    "PC-NEW-17": "GW-TIME-01 and PC-NEW-18: the creation time of a record",
    "PC-NEW-25": "the edition flag cleans_up_temporary_flow; tested with the fake's calls",
    "PC-NEW-35": "PC-PRE-01: the provider exists",
    "PC-TRB-02": "PC-PRE-01 and PC-PRE-02: the provider exists and is not deleted",
    "PV-DEL-02": "PV-GET-02: the provider exists",
    "PV-PUT-03": "PV-NEW-03: metadata is read-only",
    "PC-OBS-04": "a webhook, which no probe can receive",
    "PC-EVT-01": "an internal event, which no client sees",
    "PC-RTE-01": "PC-RTE-02: a forced provider, whatever the routes are",
    "PC-RTE-03": "routing, which no client sees",
    "PC-ANON-01": "SIP headers, which no client of the API sees",
    "PC-ANON-02": "SIP headers",
    "PC-ANON-03": "SIP headers",
    "PV-COD-01": "SIP headers",
    "PV-TEC-01": "the dialled address, which no client sees",
    "PV-TEC-02": "SIP headers",
    "PV-HLT-01": "the platform's own health check",
    "PV-SET-01": "POST /providers/setup is out of scope",
    "PV-SET-02": "POST /providers/setup is out of scope",
    "PV-SET-03": "POST /providers/setup is out of scope",
    "PV-SET-04": "POST /providers/setup is out of scope",
}
"""The rows of providers.md, section 8, without a rule of their own, and the reasons."""
NUMBERS = {
    "PC-AUTH": 6,
    "PC-PRE": 8,
    "PC-NEW": 35,
    "PC-OBS": 4,
    "PC-LIST": 8,
    "PC-GET": 4,
    "PC-DEL": 6,
    "PC-EVT": 1,
    "PC-RTE": 3,
    "PC-ANON": 4,
    "PC-TRB": 4,
    "PV-AUTH": 1,
    "PV-NEW": 4,
    "PV-PUT": 3,
    "PV-COD": 2,
    "PV-DEL": 2,
    "PV-GET": 1,
    "PV-HLT": 2,
    "PV-SET": 4,
    "PV-TEC": 2,
}
"""The number of rows in section 8 by prefix; rows are numbered from 01."""
ROWS = [f"{kind}-{number:02}" for kind, count in NUMBERS.items() for number in range(1, count + 1)]


def probed(rule: Rule, edition: str, *broken: str) -> tuple[FakeVoipbin, bool | None, str]:
    """Run a rule's probe on a fake; return the fake, the result and the reason."""
    fake = FakeVoipbin(edition, broken=broken)
    (verdict,) = check(FakeTarget(fake), Safety.BILLABLE, [rule]).verdicts
    return fake, verdict.kept, verdict.reason


class StrictTarget(FakeTarget):
    """A fake that notes which records a refused request has created."""

    def __init__(self, fake: FakeVoipbin) -> None:
        super().__init__(fake)
        self.left_behind: list[str] = []

    def send(self, request: Request, /) -> Response:
        before = invariants.sizes(self.fake)
        response = super().send(request)
        if response.status >= 400:
            found = invariants.left_behind(self.fake, before)
            self.left_behind += [f"{request.method} {request.target}: {one}" for one in found]
        return response


def covered(fake: FakeVoipbin) -> set[str]:
    return {rule for exchange in fake.requests for rule, _ in exchange.rule_outcomes}


def state(fake: FakeVoipbin) -> dict[str, str]:
    """Everything that a request could write, except the rate-limit buckets."""
    # To use a section for the first time adds an empty one.
    used = [(one, value) for one, value in fake.state.sections.items() if one is not BUCKETS]
    sections = {str(id(one)): value for one, value in used if _content(value) != _content(one.make())}
    return {name: _content(value) for name, value in {**fake.state.parts(), **sections}.items()}


def _content(value: Any) -> str:
    value = [*value.items()] if isinstance(value, Mapping) else getattr(value, "__dict__", value)
    return re.sub("0x[0-9a-f]+", "", repr(value))


def dangerous(fake: FakeVoipbin) -> list[str]:
    """The bodies of placing requests with a reachable destination."""
    placing = [one for one in fake.requests if one.method == "POST" and "calls" in one.url]
    return [one.request_body.decode() for one in placing if _is_reachable(one.request_body)]


def _is_reachable(body: bytes) -> bool:
    try:
        destinations = json.loads(body)["destinations"]
    except (ValueError, LookupError):
        return False
    return any(one["target"] not in UNREACHABLE_TARGETS for one in destinations)


@each_edition
@each_rule
def test_a_probe_passes_and_its_refused_requests_leave_nothing_behind(rule: Rule, edition: str) -> None:
    target = StrictTarget(FakeVoipbin(edition))
    (verdict,) = check(target, Safety.BILLABLE, [rule]).verdicts
    assert verdict.kept is True, verdict.reason
    assert target.left_behind == []


@each_rule
def test_a_probe_fails_if_its_rule_is_broken(rule: Rule) -> None:
    assert False in [probed(rule, edition, rule.id)[1] for edition in EDITIONS]


@each_edition
@each_rule
def test_a_probe_covers_its_rule(rule: Rule, edition: str) -> None:
    fake, _, _ = probed(rule, edition)
    assert (rule.id in covered(fake)) is ((rule.id, edition) not in NOT_COVERED)


@each_edition
@each_safe_rule
def test_a_harmless_probe_has_no_reachable_destination(rule: Rule, edition: str) -> None:
    for broken in ((), (rule.id,), tuple(RULES)):
        fake, _, _ = probed(rule, edition, *broken)
        assert dangerous(fake) == []


@each_edition
@each_safe_rule
def test_a_harmless_probe_places_no_call_even_if_every_rule_is_broken(rule: Rule, edition: str) -> None:
    for broken in ((), (rule.id,), tuple(RULES)):
        fake, _, _ = probed(rule, edition, *broken)
        # The fake with every rule broken creates a call for any destination, but an unreachable one rings no phone.
        assert [call for call in fake.placed() if call.destination.target not in UNREACHABLE_TARGETS] == []


@pytest.mark.parametrize("broken", RULES if "PROBES_ALL" in os.environ else [*RULES][::4])
def test_harmless_probes_are_harmless_with_any_rule_broken(broken: str) -> None:
    fake = FakeVoipbin(broken=[broken])
    assert_only_read(fake, FAST)
    check(FakeTarget(fake), Safety.INERT, [one for one in FAST if one.safety is Safety.INERT])
    assert dangerous(fake) == []
    assert [call for call in fake.placed() if call.destination.target not in UNREACHABLE_TARGETS] == []


@each_edition
def test_read_probes_write_nothing_even_if_every_rule_is_broken(edition: str) -> None:
    assert_only_read(FakeVoipbin(edition, broken=list(RULES)), ALL)


def assert_only_read(fake: FakeVoipbin, rules: list[Rule]) -> None:
    target = FakeTarget(fake)
    # Records that exist implicitly are made when somebody asks for them.
    assert fake.routes and fake.outbound_configs
    before = state(fake)
    check(target, Safety.READ, rules)
    assert {exchange.method for exchange in fake.requests} <= SAFE_METHODS
    assert state(fake) == before


@each_edition
@pytest.mark.parametrize("rule", REFUSED, ids=lambda rule: rule.id)
def test_a_refused_probe_places_no_call_unless_its_rule_is_broken(rule: Rule, edition: str) -> None:
    fake, _, _ = probed(rule, edition)
    assert [call for call in fake.placed() if not call.orphan] == []


@each_edition
def test_a_refused_probe_places_a_call_only_if_its_rule_or_a_dependency_is_broken(edition: str) -> None:
    ringing = set()
    for broken in RULES:
        fake = FakeVoipbin(edition, broken=[broken])
        target = FakeTarget(fake)
        for rule in REFUSED:
            placed = len(fake.placed())
            check(target, Safety.REFUSED, [rule])
            if any(not call.orphan for call in fake.placed()[placed:]):
                ringing.add((rule.id, broken))
    assert [(id, broken) for id, broken in ringing if broken not in (id, *RULES[id].depends_on)] == []


@pytest.mark.parametrize(
    "rule",
    [one for one in ALL if one.safety >= Safety.REFUSED and one.id not in RINGS_NOTHING],
    ids=lambda rule: rule.id,
)
def test_a_safety_level_is_not_needlessly_high(rule: Rule) -> None:
    fakes = [probed(rule, edition, *broken)[0] for edition in EDITIONS for broken in ((), (rule.id,), tuple(RULES))]
    assert any(fake.placed() for fake in fakes)


@pytest.mark.parametrize("id", RINGS_NOTHING)
def test_an_exception_is_still_needed(id: str) -> None:
    fakes = [probed(RULES[id], edition, *broken)[0] for edition in EDITIONS for broken in ((), (id,))]
    assert not any(fake.placed() for fake in fakes)


@pytest.mark.parametrize("rule", [one for one in ALL if one.safety is Safety.BILLABLE], ids=lambda rule: rule.id)
def test_a_billable_probe_places_a_call_on_a_faithful_server(rule: Rule) -> None:
    assert any(probed(rule, edition)[0].placed() for edition in EDITIONS)


@each_rule
def test_a_rule_is_described(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z]{2}(-[A-Z]+)?-[0-9]{2}", rule.id)
    assert rule.statement.endswith(".")
    assert rule.source
    assert re.fullmatch(r"[0-9]+\.[0-9]+", rule.since)
    assert isinstance(rule.safety, Safety)


@each_rule
def test_a_rule_has_an_answer_in_each_edition(rule: Rule) -> None:
    assert set(rule.answers) == set(EDITIONS)
    for answer in rule.answers.values():
        assert answer.refuses is (answer.status >= 400)


@each_rule
def test_an_envelope_has_a_reason_and_a_message(rule: Rule) -> None:
    for answer in rule.answers.values():
        if answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
            assert answer.reason.replace("_", "").isupper()
            assert answer.message


def test_names_of_statuses() -> None:
    assert STATUS_NAMES == {
        400: "INVALID_ARGUMENT",
        401: "UNAUTHENTICATED",
        402: "PAYMENT_REQUIRED",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
        409: "FAILED_PRECONDITION",
        429: "RESOURCE_EXHAUSTED",
        500: "INTERNAL",
        501: "UNIMPLEMENTED",
        503: "UNAVAILABLE",
    }


@each_rule
def test_an_edition_flag_is_a_field_of_edition(rule: Rule) -> None:
    assert rule.edition_flag == "" or rule.edition_flag in Edition.__dataclass_fields__


def test_a_catalogue_rejects_a_duplicate_id() -> None:
    one = RULES["AU-01"]
    with pytest.raises(ValueError, match="two rules have the id AU-01"):
        Catalogue([one, one])


def test_the_catalogue_is_sorted_by_id() -> None:
    assert list(RULES) == sorted(RULES)


@pytest.mark.parametrize("id", ROWS)
def test_a_row_of_the_research_is_a_rule_or_has_a_reason(id: str) -> None:
    assert (id in RULES) is (id not in ABSENT)


def test_reasons_are_for_existing_rows() -> None:
    assert set(ABSENT) <= set(ROWS)


@pytest.mark.parametrize("reason", [reason for reason in ABSENT.values() if re.match("[A-Z]{2}-", reason)])
def test_a_reason_names_existing_rules(reason: str) -> None:
    assert set(re.findall("[A-Z]{2}(?:-[A-Z]+)?-[0-9]{2}", reason)) <= set(RULES)


def test_an_answer_that_does_not_refuse_has_a_note() -> None:
    refusing = [one for one in ALL if any(answer.refuses for answer in one.answers.values())]
    without_note = [answer for one in refusing for answer in one.answers.values() if answer == Answer(200)]
    # PC-AUTH-03 accepts a credential: its documented answer is not an exception to a refusal.
    assert without_note == [RULES["PC-AUTH-03"].answers["documented"]]


def test_an_edition_inherits_answers_from_its_base() -> None:
    assert dict(per_edition(DENIED)) == {
        "documented": DENIED,
        "server-2026-04": empty_error(403),
        "server-2026-08": DENIED,
    }
    assert per_edition(DENIED, server_2026_08=accepted())["server-2026-08"] == accepted()
    assert per_edition(accepted())["server-2026-04"] == accepted()


def test_an_answer_for_an_unknown_edition_is_an_error() -> None:
    with pytest.raises(TypeError, match="no edition for server_2026_4"):
        per_edition(DENIED, server_2026_4=accepted())


def test_dependencies_have_no_cycle() -> None:
    order = TopologicalSorter({id: rule.depends_on for id, rule in RULES.items()}).static_order()
    assert set(order) == set(RULES)

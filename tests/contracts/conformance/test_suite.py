"""ClientConformance in a downstream repository: five lines, gaps, versions, and what it does not let happen."""

from __future__ import annotations

import unittest
from contextlib import suppress
from typing import Any

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance import suite
from pytest_providercalls.contracts.conformance.client_driver import OPERATIONS
from pytest_providercalls.contracts.conformance.client_rule import ClientRule, ClientSetupError, client_rule
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import CheckContext, ClientVerdict, run_check

from .adapters import Adapter
from .clients import has_its_token_in_the_url, polls_the_record, raises_the_url, retries_post, right

FIVE_LINES = """
from dialer import Dialer
from pytest_providercalls.contracts import ClientConformance

class TestDialer(ClientConformance):
    def make_client(self, base_url, token):
        return Dialer(base_url, token)

    def place(self, client, body):
        return client.place(body)
"""
DIALER = """
import httpx

class Dialer:
    def __init__(self, base_url, token):
        self.http = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"})

    def close(self):
        self.http.close()

    def place(self, body):
        return self.http.post("/providercalls", json=body).raise_for_status().json()
"""


DOWNSTREAM = (
    FIVE_LINES
    + """

class Swallowing(Dialer):
    def place(self, body):
        return self.http.post("/providercalls", json=body).json()

class TestSwallowing(TestDialer):
    make_client = Swallowing

class TestGap(TestSwallowing):
    known_gaps = {"CLIENT-ERR-01": "DIAL-412"}

class TestClosedGap(TestDialer):
    known_gaps = {"CLIENT-ERR-01": "DIAL-413"}

class TestNothing(ClientConformance):
    place = TestDialer.place

class TestNoPlace(ClientConformance):
    make_client = Dialer
"""
)
FIXTURES = """
import pytest

def mine():
    return "mine"

for name in ("voipbin", "client", "provider", "rule", "stages", "voipbin_edition", "voipbin_time"):
    globals()[name] = pytest.fixture(name=name, autouse=True)(mine)
"""
"""Fixtures of somebody's own, with names that the suite might use."""


def test_downstream(alone: pytest.Pytester) -> None:
    """What a team sees: a failure, a gap, a gap that has closed, adapters that lack something, a refused class."""
    alone.makeconftest(FIXTURES)
    alone.makepyfile(test_away=FIVE_LINES + "\n    test_rule = None\n")
    alone.makepyfile(dialer=DIALER, test_dialer=DOWNSTREAM)
    options = "-rx", "-k", "CLIENT-ERR-01", "--continue-on-collection-errors", "-W", "error", "-p", "no:cacheprovider"
    result = alone.runpytest_subprocess(*options)
    result.assert_outcomes(passed=1, failed=4, xfailed=1, errors=1, deselected=6 * (len(CLIENT_RULES) - 1))
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting test_away.py*",
            "TestDialer has a test_rule of its own, which takes the suite's place*known_gaps*",
            "*TestSwallowing.test_rule?CLIENT-ERR-01?*",
            "CLIENT-ERR-01: A refusal * is an error, and never looks like a call that was placed.",
            "what happened:",
            "  place returned *, although 400 was answered",
            "what the client sent*",
            "*0.000 s  POST /v1.0/providercalls -> 400*",
            "what to do:",
            "  Raise for every status that is not 200*",
            "*TestClosedGap.test_rule*",
            "CLIENT-ERR-01 is kept: take it out of known_gaps, where it stands as 'DIAL-413'",
            "*TestNothing has to define make_client(self, base_url, token)*",
            "TestNoPlace has to define place(self, client, body)",
            "*TestGap*CLIENT-ERR-01: DIAL-412",
        ]
    )


# what a class may not do


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("known_gaps", {"CLIENT-ERR-1": "why"}, "'CLIENT-ERR-1', which is no rule; did you mean CLIENT-ERR-01?"),
        ("known_gaps", {"nothing like it": "why"}, "which is no rule; known are CLIENT-CLOSE-01, "),
        ("known_gaps", {"CLIENT-ERR-01": ""}, "known_gaps has no reason for CLIENT-ERR-01"),
        ("known_gaps", ["CLIENT-ERR-01"], "TestIt.known_gaps is no mapping, such as {"),
        ("patience", "soon", "TestIt.patience is 'soon'; it is a number of seconds"),
        ("patience", 0, "TestIt.patience is 0"),
        ("__init__", lambda self: None, "TestIt has an __init__, and no rule would be tested: "),
        ("contract", "0.9", "contract is '0.9'; this version knows 1.0"),
        ("test_rule", lambda self: None, "TestIt has a test_rule of its own"),
        ("test_rule", None, "say known_gaps = {"),
        ("pytest_generate_tests", lambda self, metafunc: None, "TestIt has a pytest_generate_tests of its own"),
    ],
)
def test_a_class_that_takes_something_away_is_refused(name: str, value: Any, complaint: str) -> None:
    with pytest.raises(suite.InvalidSuite) as refused:
        type("TestIt", (suite.ClientConformance,), {name: value})
    assert complaint in str(refused.value)


def test_a_mixin_cannot_take_a_test_away() -> None:
    class Hiding:
        test_rule = None

    with pytest.raises(suite.InvalidSuite, match="test_rule of its own"):
        type("TestIt", (Hiding, suite.ClientConformance), {})


def test_a_unittest_class_cannot_be_a_suite() -> None:
    with pytest.raises(
        suite.InvalidSuite, match=r"TestIt is a unittest.TestCase, .* inherit from ClientConformance alone"
    ):
        type("TestIt", (suite.ClientConformance, unittest.TestCase), {})


def test_a_rule_that_is_younger_than_the_contract_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "VERSIONS", ("1.0", "1.1"))

    @client_rule("CLIENT-NEW-01", "nowhere", "nothing", since="1.1")
    def young(trial: CheckContext) -> None:
        """Something new."""

    with pytest.raises(pytest.xfail.Exception, match="is new in 1.1; this suite is held to 1.0"):
        suite._report(ClientVerdict(young, False, "broken"), None, "1.0")
    with pytest.raises(pytest.fail.Exception, match="broken"):
        suite._report(ClientVerdict(young, False, "broken"), None, "1.1")


# the catalogue


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
def test_a_rule_says_what_it_is(rule: ClientRule) -> None:
    assert rule.statement.endswith(".")
    assert rule.source
    assert rule.hint.endswith(".")
    assert rule.since in suite.VERSIONS


# verdicts


@pytest.mark.parametrize("wrong", [has_its_token_in_the_url, raises_the_url, retries_post])
def test_a_verdict_shows_no_token(wrong: Any, stages: HarnessFactory) -> None:
    verdict = run_check(Adapter(wrong.Client), CLIENT_RULES[wrong.BREAKS], stages)
    assert verdict.kept is False
    with stages.open("in-process") as stage:
        assert stage.fake.super_admin.token not in verdict.why


def test_what_cannot_be_told_is_not_passed(stages: HarnessFactory) -> None:
    verdict = run_check(Adapter(polls_the_record.Client), CLIENT_RULES["CLIENT-STATE-02"], stages)
    assert (verdict.kept, "see CLIENT-STATE-01" in verdict.why) == (None, True)


class Tireless(right.Dialer):
    def wait_until_done(self, record: Any) -> Any:
        while True:
            with suppress(Exception):
                self.get_record(record["id"])


class AsyncTireless(right.AsyncDialer):
    async def wait_until_done(self, record: Any) -> Any:
        while True:
            with suppress(Exception):
                await self.get_record(record["id"])


@pytest.mark.parametrize("kind", [Tireless, AsyncTireless])
def test_a_client_that_never_stops_is_stopped(kind: Any, stages: HarnessFactory) -> None:
    verdict = run_check(Adapter(kind), CLIENT_RULES["CLIENT-STATE-01"], stages)
    assert verdict.kept is False
    assert "it was stopped after 300 requests" in verdict.why


def test_make_client_may_not_yield(stages: HarnessFactory) -> None:
    def make(base_url: str, token: str) -> Any:
        yield right.Dialer(base_url, token)

    with pytest.raises(ClientSetupError, match="put @contextlib.contextmanager"):
        run_check(Adapter(make), CLIENT_RULES["CLIENT-SEND-01"], stages)


def no_client(base_url: str, token: str) -> Any:
    raise OSError(f"no licence for {token}")


class NeverClosed(right.Dialer):
    def close(self) -> None:
        super().close()
        raise OSError("it is stuck")


@pytest.mark.parametrize(("make", "where"), [(no_client, "in no_client"), (NeverClosed, "in close")])
def test_a_client_that_cannot_be_made_or_closed_is_told_by_its_authors_lines(
    make: Any, where: str, stages: HarnessFactory
) -> None:
    with pytest.raises(ClientSetupError) as failed:
        run_check(Adapter(make), CLIENT_RULES["CLIENT-SECRET-03"], stages)
    told = str(failed.value)
    assert ("the client failed" in told, where in told, "OSError" in told) == (True, True, True)
    with stages.open("in-process") as stage:
        assert stage.fake.super_admin.token not in told
    assert "contracts/conformance/client.py" not in told


def test_what_has_to_be_something_that_can_be_compared(stages: HarnessFactory) -> None:
    adapter: Any = Adapter(right.Dialer)
    adapter.what = lambda error: {"status": error.status}
    verdict = run_check(adapter, CLIENT_RULES["CLIENT-ERR-02"], stages)
    assert "what(error) gave a dict, which has no hash" in verdict.why


def test_rows_without_an_id_are_named(stages: HarnessFactory) -> None:
    adapter: Any = Adapter(right.Dialer)
    adapter.list_records = lambda client: [{"number": record["id"]} for record in client.list_records()]
    verdict = run_check(adapter, CLIENT_RULES["CLIENT-PAGE-01"], stages)
    assert "list_records gave a row without an `id`; it has number" in verdict.why


class Command(right.Dialer):
    """Ends as a command does."""

    def error(self, response: Any) -> Exception:
        raise SystemExit(response.status_code)

    def send(self, method: str, path: str, **options: Any) -> Any:
        try:
            return super().send(method, path, **options)
        except right.OutcomeUnknown:
            raise SystemExit(75) from None


def test_a_client_may_leave_by_its_exit_code(stages: HarnessFactory) -> None:
    adapter: Any = Adapter(Command)
    adapter.what = lambda error: error.code if isinstance(error, SystemExit) else type(error)
    rules = [CLIENT_RULES[id] for id in ("CLIENT-ERR-02", "CLIENT-ERR-04", "CLIENT-RETRY-01")]
    verdicts = [run_check(adapter, rule, stages) for rule in rules]
    assert [verdict.why for verdict in verdicts if not verdict.kept] == []


class Looking(right.Dialer):
    """Finds out by itself what became of a call, and dials again only if there is none."""

    def place(self, body: Any) -> Any:
        known = {record["id"] for record in self.list_records()}
        try:
            return super().place(body)
        except right.OutcomeUnknown:
            new = [record for record in self.list_records() if record["id"] not in known]
            return new[0] if new else super().place(body)


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
def test_a_client_may_look_for_itself(rule: ClientRule, stages: HarnessFactory) -> None:
    verdict = run_check(Adapter(Looking), rule, stages)
    assert verdict.kept, verdict.why


def test_there_are_three_wires(stages: HarnessFactory) -> None:
    class Carrier(Adapter):
        wire: Any = "pigeon"

    with pytest.raises(pytest.fail.Exception, match="there is no wire 'pigeon'; there are in-process, http, tls"):
        run_check(Carrier(right.Dialer), CLIENT_RULES["CLIENT-SEND-01"], stages)


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
@pytest.mark.parametrize("result", [None, "made up", [{}], OSError("no network"), SystemExit(3)], ids=repr)
def test_whatever_an_adapter_does_there_is_a_verdict(rule: ClientRule, result: Any, stages: HarnessFactory) -> None:
    """An adapter that never gets through to a client, and answers the same to everything."""

    def operation(client: Any, *arguments: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    adapter: Any = Adapter(lambda base_url, token: None)
    vars(adapter).update(dict.fromkeys(OPERATIONS, operation))
    verdict = run_check(adapter, rule, stages)
    assert verdict.kept in (True, False, None)
    assert bool(verdict.why) == (verdict.kept is not True)


def test_a_client_that_talks_to_somebody_else_is_told(stages: HarnessFactory) -> None:
    class Elsewhere(Adapter):
        def place(self, client: Any, body: Any) -> Any:
            return {"id": "made up"}

    verdict = run_check(Elsewhere(right.Dialer), CLIENT_RULES["CLIENT-SEND-01"], stages)
    assert "nothing reached the fake. The client has to talk to the base_url" in verdict.why

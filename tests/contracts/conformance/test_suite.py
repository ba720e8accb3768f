"""ClientConformance in a downstream repository: results, known gaps, versions, invalid classes and verdicts."""

from __future__ import annotations

import unittest
from contextlib import suppress
from typing import Any

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance import suite
from pytest_providercalls.contracts.conformance.check_context import CheckContext
from pytest_providercalls.contracts.conformance.client_driver import OPERATIONS
from pytest_providercalls.contracts.conformance.client_rule import ClientRule, client_rule
from pytest_providercalls.contracts.conformance.exceptions import ClientSetupError
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import ClientVerdict, run_check

from .adapters import Adapter
from .clients import correct
from .clients.call_status import polls_the_providercall
from .clients.credentials import raises_request_headers, sends_token_in_url
from .clients.retries import retries_post_after_lost_response

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

def own():
    return "own"

for name in ("voipbin", "client", "provider", "rule", "harness_factory", "voipbin_edition", "voipbin_time"):
    globals()[name] = pytest.fixture(name=name, autouse=True)(own)
"""
"""Downstream fixtures with names that the suite might use."""


def test_downstream(bare_pytester: pytest.Pytester) -> None:
    """The results in a downstream suite: a failure, gaps, a closed gap, incomplete adapters, an invalid class."""
    bare_pytester.makeconftest(FIXTURES)
    bare_pytester.makepyfile(test_disabled=FIVE_LINES + "\n    test_rule = None\n")
    bare_pytester.makepyfile(dialer=DIALER, test_dialer=DOWNSTREAM)
    options = "-rx", "-k", "CLIENT-ERR-01", "--continue-on-collection-errors", "-W", "error", "-p", "no:cacheprovider"
    result = bare_pytester.runpytest_subprocess(*options)
    result.assert_outcomes(passed=1, failed=4, xfailed=1, errors=1, deselected=6 * (len(CLIENT_RULES) - 1))
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting test_disabled.py*",
            "TestDialer overrides test_rule, so no rule would be tested*known_gaps*",
            "*TestSwallowing.test_rule?CLIENT-ERR-01?*",
            "CLIENT-ERR-01: An error response * raises an exception, and never looks like success.",
            "what happened:",
            "  place returned *, although the response was 400",
            "last requests of the client:",
            "*0.000 s  POST /v1.0/providercalls -> 400*",
            "hint:",
            "  Raise an exception for each status other than 200*",
            "*TestClosedGap.test_rule*",
            "CLIENT-ERR-01 passes: remove it from known_gaps, where its reason is 'DIAL-413'",
            "*TestNothing must define make_client(self, base_url, token)*",
            "TestNoPlace must define place(self, client, body)",
            "*TestGap*CLIENT-ERR-01: DIAL-412",
        ]
    )


# invalid classes


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("known_gaps", {"CLIENT-ERR-1": "reason"}, "unknown rule 'CLIENT-ERR-1' (did you mean 'CLIENT-ERR-01'?)"),
        ("known_gaps", {"another": "reason"}, "unknown rule 'another'; expected one of CLIENT-CLOSE-01, "),
        ("known_gaps", {"CLIENT-ERR-01": ""}, "known_gaps has no reason for CLIENT-ERR-01"),
        ("known_gaps", ["CLIENT-ERR-01"], "TestIt.known_gaps is not a mapping such as {"),
        ("max_request_timeout", "soon", "max_request_timeout is 'soon'; expected a positive number of seconds"),
        ("max_request_timeout", 0, "TestIt.max_request_timeout is 0"),
        ("__init__", lambda self: None, "TestIt has an __init__, so no rule would be tested; "),
        ("contract_version", "0.9", "contract_version is '0.9'; expected one of 1.0"),
        ("test_rule", lambda self: None, "TestIt overrides test_rule"),
        ("test_rule", None, "set known_gaps = {"),
        ("pytest_generate_tests", lambda self, metafunc: None, "TestIt overrides pytest_generate_tests"),
    ],
)
def test_an_invalid_class_is_an_error(name: str, value: Any, message: str) -> None:
    with pytest.raises(suite.InvalidSuite) as refused:
        type("TestIt", (suite.ClientConformance,), {name: value})
    assert message in str(refused.value)


def test_a_mixin_cannot_disable_the_tests() -> None:
    class Disabling:
        test_rule = None

    with pytest.raises(suite.InvalidSuite, match="overrides test_rule"):
        type("TestIt", (Disabling, suite.ClientConformance), {})


def test_a_unittest_class_cannot_be_a_suite() -> None:
    with pytest.raises(
        suite.InvalidSuite, match=r"TestIt is a unittest.TestCase, .* inherit from ClientConformance only"
    ):
        type("TestIt", (suite.ClientConformance, unittest.TestCase), {})


def test_a_rule_newer_than_the_contract_version_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "VERSIONS", ("1.0", "1.1"))

    @client_rule("CLIENT-NEW-01", "source", "hint", since="1.1")
    def new_rule(context: CheckContext) -> None:
        """Something new."""

    with pytest.raises(pytest.xfail.Exception, match="is new in 1.1; contract_version is 1.0"):
        suite._report(ClientVerdict(new_rule, False, "broken"), None, "1.0")
    with pytest.raises(pytest.fail.Exception, match="broken"):
        suite._report(ClientVerdict(new_rule, False, "broken"), None, "1.1")


# the catalogue


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
def test_a_rule_is_documented(rule: ClientRule) -> None:
    assert rule.statement.endswith(".")
    assert rule.source
    assert rule.hint.endswith(".")
    assert rule.since in suite.VERSIONS


# verdicts


@pytest.mark.parametrize(
    "faulty", [sends_token_in_url, raises_request_headers, retries_post_after_lost_response], ids=lambda one: one.BREAKS
)
def test_a_verdict_shows_no_token(faulty: Any, harness_factory: HarnessFactory) -> None:
    verdict = run_check(Adapter(faulty.Client), CLIENT_RULES[faulty.BREAKS], harness_factory)
    assert verdict.passed is False
    with harness_factory.open("in-process") as harness:
        assert harness.fake.super_admin.token not in verdict.reason


def test_an_inconclusive_check_does_not_pass(harness_factory: HarnessFactory) -> None:
    verdict = run_check(Adapter(polls_the_providercall.Client), CLIENT_RULES["CLIENT-STATE-02"], harness_factory)
    assert (verdict.passed, "see CLIENT-STATE-01" in verdict.reason) == (None, True)


class NeverStops(correct.Dialer):
    def wait_until_done(self, record: Any) -> Any:
        while True:
            with suppress(Exception):
                self.get_record(record["id"])


class AsyncNeverStops(correct.AsyncDialer):
    async def wait_until_done(self, record: Any) -> Any:
        while True:
            with suppress(Exception):
                await self.get_record(record["id"])


@pytest.mark.parametrize("kind", [NeverStops, AsyncNeverStops])
def test_a_client_that_never_stops_is_stopped(kind: Any, harness_factory: HarnessFactory) -> None:
    verdict = run_check(Adapter(kind), CLIENT_RULES["CLIENT-STATE-01"], harness_factory)
    assert verdict.passed is False
    assert "the client was stopped after 300 requests" in verdict.reason


def test_make_client_may_not_yield(harness_factory: HarnessFactory) -> None:
    def make(base_url: str, token: str) -> Any:
        yield correct.Dialer(base_url, token)

    with pytest.raises(ClientSetupError, match="decorate it with @contextlib.contextmanager"):
        run_check(Adapter(make), CLIENT_RULES["CLIENT-SEND-01"], harness_factory)


def no_client(base_url: str, token: str) -> Any:
    raise OSError(f"no licence for {token}")


class NeverClosed(correct.Dialer):
    def close(self) -> None:
        super().close()
        raise OSError("it is stuck")


@pytest.mark.parametrize(("make", "where"), [(no_client, "in no_client"), (NeverClosed, "in close")])
def test_an_error_while_creating_or_closing_shows_the_authors_lines(
    make: Any, where: str, harness_factory: HarnessFactory
) -> None:
    with pytest.raises(ClientSetupError) as failed:
        run_check(Adapter(make), CLIENT_RULES["CLIENT-SECRET-03"], harness_factory)
    message = str(failed.value)
    assert ("the client failed" in message, where in message, "OSError" in message) == (True, True, True)
    with harness_factory.open("in-process") as harness:
        assert harness.fake.super_admin.token not in message
    assert "contracts/conformance/client_driver.py" not in message


def test_classify_error_must_return_something_hashable(harness_factory: HarnessFactory) -> None:
    adapter: Any = Adapter(correct.Dialer)
    adapter.classify_error = lambda error: {"status": error.status}
    verdict = run_check(adapter, CLIENT_RULES["CLIENT-ERR-02"], harness_factory)
    assert "classify_error(error) returned a dict, which is not hashable" in verdict.reason


def test_a_row_without_an_id_is_reported(harness_factory: HarnessFactory) -> None:
    adapter: Any = Adapter(correct.Dialer)
    adapter.list_records = lambda client: [{"number": record["id"]} for record in client.list_records()]
    verdict = run_check(adapter, CLIENT_RULES["CLIENT-PAGE-01"], harness_factory)
    assert "list_records returned a row without an `id`; its keys: number" in verdict.reason


class Command(correct.Dialer):
    """Exits like a command-line program."""

    def error_for(self, response: Any) -> Exception:
        raise SystemExit(response.status_code)

    def send(self, method: str, path: str, **options: Any) -> Any:
        try:
            return super().send(method, path, **options)
        except correct.OutcomeUnknown:
            raise SystemExit(75) from None


def test_a_client_may_fail_with_an_exit_code(harness_factory: HarnessFactory) -> None:
    adapter: Any = Adapter(Command)
    adapter.classify_error = lambda error: error.code if isinstance(error, SystemExit) else type(error)
    rules = [CLIENT_RULES[id] for id in ("CLIENT-ERR-02", "CLIENT-ERR-04", "CLIENT-RETRY-01")]
    verdicts = [run_check(adapter, rule, harness_factory) for rule in rules]
    assert [verdict.reason for verdict in verdicts if not verdict.passed] == []


class ChecksBeforeRetry(correct.Dialer):
    """Lists the records after a lost response, and retries only if the call was not placed."""

    def place(self, body: Any) -> Any:
        known = {record["id"] for record in self.list_records()}
        try:
            return super().place(body)
        except correct.OutcomeUnknown:
            new = [record for record in self.list_records() if record["id"] not in known]
            return new[0] if new else super().place(body)


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
def test_a_client_may_check_before_it_retries(rule: ClientRule, harness_factory: HarnessFactory) -> None:
    verdict = run_check(Adapter(ChecksBeforeRetry), rule, harness_factory)
    assert verdict.passed, verdict.reason


def test_an_unknown_transport_is_an_error(harness_factory: HarnessFactory) -> None:
    class Pigeon(Adapter):
        transport: Any = "pigeon"

    with pytest.raises(
        pytest.fail.Exception, match="unknown transport 'pigeon'; expected one of in-process, http, tls"
    ):
        run_check(Pigeon(correct.Dialer), CLIENT_RULES["CLIENT-SEND-01"], harness_factory)


@pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
@pytest.mark.parametrize("result", [None, "invented", [{}], OSError("no network"), SystemExit(3)], ids=repr)
def test_every_adapter_gets_a_verdict(rule: ClientRule, result: Any, harness_factory: HarnessFactory) -> None:
    """The adapter has no client, and every operation has the same result."""

    def operation(client: Any, *arguments: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    adapter: Any = Adapter(lambda base_url, token: None)
    vars(adapter).update(dict.fromkeys(OPERATIONS, operation))
    verdict = run_check(adapter, rule, harness_factory)
    assert verdict.passed in (True, False, None)
    assert bool(verdict.reason) == (verdict.passed is not True)


def test_a_client_that_sends_no_request_gets_a_hint(harness_factory: HarnessFactory) -> None:
    class Elsewhere(Adapter):
        def place(self, client: Any, body: Any) -> Any:
            return {"id": "invented"}

    verdict = run_check(Elsewhere(correct.Dialer), CLIENT_RULES["CLIENT-SEND-01"], harness_factory)
    assert "the fake received no request. The client must use the base_url" in verdict.reason

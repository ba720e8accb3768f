"""ClientConformance: the suite that a downstream class inherits, one test per rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from unittest import TestCase

import pytest

from ..suggestions import suggestion
from .client_driver import is_positive_seconds
from .client_rule import VERSIONS, ClientRule
from .exceptions import ClientSetupError
from .harness import HarnessFactory, Transport
from .rule_check import ClientVerdict, run_check
from .rules import CLIENT_RULES

_STATUSES = ("status", "status_code", "http_status", "code")


class InvalidSuite(pytest.Collector.CollectError):
    """A subclass of ClientConformance that disables tests of the suite, or has invalid settings."""


class ClientConformance:
    """The requirements for a client of /providercalls, tested against a fake with injected faults.

    A subclass defines `make_client`, `place`, and as many of the other operations as the client has (see
    contracts.conformance.client_driver.OPERATIONS). Each may be `async def`. A rule is skipped if an operation that it
    requires is missing.
    """

    contract_version: ClassVar[str] = VERSIONS[0]
    """The version of the rules that the client must comply with. Newer rules run, but cannot fail the suite."""
    known_gaps: ClassVar[Mapping[str, str]] = {}
    """The rules that the client is known to break, each with a reason. The suite fails if such a rule passes."""
    transport: Transport = "in-process"
    """How the client reaches the fake: `in-process` for httpx and httpx2, in virtual time; `http` for any client, by a
    URL on loopback; `tls` for any Python client, at VoIPbin's own address. The last two use real time."""
    max_request_timeout: float = 60.0
    """The longest time, in seconds, that the client may wait for a response."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        _validate(cls)

    def make_client(self, base_url: str, token: str) -> Any:
        """Return a client for a base URL, which ends in `/v1.0`, and a super-admin's token.

        A context manager is entered. Any other client is closed by its `aclose` or `close`, if it has one.
        """
        raise NotImplementedError(f"{type(self).__name__} must define make_client(self, base_url, token)")

    def classify_error(self, error: BaseException) -> object:
        """Return how a program distinguishes an error: by default its type, and its status if it has one."""
        holders = (error, getattr(error, "response", None))
        found = (getattr(holder, name, None) for holder in holders for name in _STATUSES)
        return type(error).__qualname__, next((status for status in found if isinstance(status, int)), None)

    @pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
    def test_rule(self, rule: ClientRule, _providercalls_harnesses: HarnessFactory) -> None:  # noqa: PT019 - a fixture with a value
        """The client complies with one rule."""
        if not hasattr(self, "place"):
            pytest.fail(f"{type(self).__name__} must define place(self, client, body)", pytrace=False)
        try:
            verdict = run_check(self, rule, _providercalls_harnesses)
        except ClientSetupError as error:
            pytest.fail(str(error), pytrace=False)
        _report(verdict, self.known_gaps.get(rule.id), self.contract_version)


def _validate(cls: type[ClientConformance]) -> None:
    """Raise InvalidSuite if the class would not run the whole suite, or has invalid settings."""
    for name in ("test_rule", "pytest_generate_tests"):
        if getattr(cls, name, None) is not getattr(ClientConformance, name, None):
            raise InvalidSuite(
                f"{cls.__name__} overrides {name}, so no rule would be tested; to exclude a rule that the client"
                ' breaks, set known_gaps = {"CLIENT-...": "reason"}'
            )
    for name, hint in _uncollected(cls):
        raise InvalidSuite(f"{cls.__name__} {name}, so no rule would be tested; {hint}")
    if not isinstance(cls.known_gaps, Mapping):
        raise InvalidSuite(f'{cls.__name__}.known_gaps is not a mapping such as {{"CLIENT-...": "reason"}}')
    if not is_positive_seconds(cls.max_request_timeout):
        raise InvalidSuite(
            f"{cls.__name__}.max_request_timeout is {cls.max_request_timeout!r}; expected a positive number of seconds"
        )
    for id, reason in cls.known_gaps.items():
        if id not in CLIENT_RULES:
            hint = suggestion(id, CLIENT_RULES) or f"; expected one of {', '.join(CLIENT_RULES)}"
            raise InvalidSuite(f"{cls.__name__}.known_gaps: unknown rule {id!r}{hint}")
        if not reason:
            raise InvalidSuite(f"{cls.__name__}.known_gaps has no reason for {id}")
    if cls.contract_version not in VERSIONS:
        raise InvalidSuite(
            f"{cls.__name__}.contract_version is {cls.contract_version!r}; expected one of {', '.join(VERSIONS)}"
        )


def _uncollected(cls: type[ClientConformance]) -> Iterator[tuple[str, str]]:
    """Yield each reason why pytest would not run the class, with a hint."""
    if issubclass(cls, TestCase):
        yield "is a unittest.TestCase", "pytest cannot parametrise those: inherit from ClientConformance only"
    if cls.__init__ is not object.__init__:
        yield "has an __init__", "pytest does not collect such classes: create what you need in make_client"


def _report(verdict: ClientVerdict, gap: str | None, contract_version: str) -> None:
    """Pass, fail, skip or xfail the test."""
    rule = verdict.rule
    if verdict.passed is None:
        pytest.skip(f"{rule.id}: {verdict.reason}")
    if verdict.passed:
        if gap:
            pytest.fail(f"{rule.id} passes: remove it from known_gaps, where its reason is {gap!r}", pytrace=False)
    elif gap:
        pytest.xfail(f"{rule.id}: {gap}")
    elif _is_newer(rule, contract_version):
        pytest.xfail(f"{rule.id} is new in {rule.since}; contract_version is {contract_version}. {verdict.reason}")
    else:
        pytest.fail(verdict.reason, pytrace=False)


def _is_newer(rule: ClientRule, contract_version: str) -> bool:
    return VERSIONS.index(rule.since) > VERSIONS.index(contract_version)

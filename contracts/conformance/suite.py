"""ClientConformance: the suite that a downstream class inherits, one test for each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar
from unittest import TestCase

import pytest

from .client_driver import is_positive_seconds
from .client_rule import VERSIONS, ClientRule, ClientSetupError
from .harness import HarnessFactory, Transport
from .rule_check import ClientVerdict, run_check
from .rules import CLIENT_RULES

_STATUSES = ("status", "status_code", "http_status", "code")


class InvalidSuite(pytest.Collector.CollectError):
    """A class that takes something out of the suite, or names what is not in it."""


class ClientConformance:
    """What a client of /providercalls must do, tested against a fake in which everything goes wrong.

    A subclass says how its client is made, and how it is asked: `make_client`, `place`, and as many of the other
    operations (contracts.conformance.client.OPERATIONS) as the client has; each may be `async def`. A rule whose
    operation is missing is skipped.
    """

    contract_version: ClassVar[str] = VERSIONS[0]
    """The version of the catalogue that the client is held to. A rule that is younger does not fail the suite."""
    known_gaps: ClassVar[Mapping[str, str]] = {}
    """The rules that the client is known to break, each with the reason. One that is kept after all fails the suite."""
    transport: Transport = "in-process"
    """How the client reaches the fake: `in-process` for httpx and httpx2, in virtual time; `http` for any client, by a
    URL on loopback, and `tls` for any Python client, at VoIPbin's own address: there waiting is real."""
    max_request_timeout: float = 60.0
    """The seconds for which the client may wait for an answer."""

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        _check(cls)

    def make_client(self, base_url: str, token: str) -> Any:
        """A client that talks to a base URL (it ends in `/v1.0`) with a super-admin's token.

        A context manager is entered, anything else is closed by its `aclose` or `close` if it has one.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define make_client(self, base_url, token)")

    def classify_error(self, error: BaseException) -> object:
        """What a program can tell an error by: its type, and its status where it has one."""
        holders = (error, getattr(error, "response", None))
        found = (getattr(holder, name, None) for holder in holders for name in _STATUSES)
        return type(error).__qualname__, next((status for status in found if isinstance(status, int)), None)

    @pytest.mark.parametrize("rule", CLIENT_RULES.values(), ids=CLIENT_RULES)
    def test_rule(self, rule: ClientRule, _providercalls_stages: HarnessFactory) -> None:  # noqa: PT019 - a fixture with a value
        """One rule for clients."""
        if not hasattr(self, "place"):
            pytest.fail(f"{type(self).__name__} has to define place(self, client, body)", pytrace=False)
        try:
            verdict = run_check(self, rule, _providercalls_stages)
        except ClientSetupError as why:
            pytest.fail(str(why), pytrace=False)
        _report(verdict, self.known_gaps.get(rule.id), self.contract_version)


def _check(cls: type[ClientConformance]) -> None:
    """Raise BadSuite for a class that would test something else than it seems to."""
    for name in ("test_rule", "pytest_generate_tests"):
        if getattr(cls, name, None) is not getattr(ClientConformance, name, None):
            raise InvalidSuite(
                f"{cls.__name__} has a {name} of its own, which takes the suite's place: no rule would be tested. For a"
                ' rule that the client does not keep yet say known_gaps = {"CLIENT-...": "the reason"}.'
            )
    for name, how in _uncollected(cls):
        raise InvalidSuite(f"{cls.__name__} {name}, and no rule would be tested: {how}")
    if not isinstance(cls.known_gaps, Mapping):
        raise InvalidSuite(f'{cls.__name__}.known_gaps is no mapping, such as {{"CLIENT-...": "the reason"}}')
    if not is_positive_seconds(cls.max_request_timeout):
        raise InvalidSuite(f"{cls.__name__}.patience is {cls.max_request_timeout!r}; it is a number of seconds")
    for id, reason in cls.known_gaps.items():
        if id not in CLIENT_RULES:
            meant = get_close_matches(id, CLIENT_RULES, n=1)
            hint = f"; did you mean {meant[0]}?" if meant else f"; known are {', '.join(CLIENT_RULES)}"
            raise InvalidSuite(f"{cls.__name__}.known_gaps names {id!r}, which is no rule{hint}")
        if not reason:
            raise InvalidSuite(f"{cls.__name__}.known_gaps has no reason for {id}")
    if cls.contract_version not in VERSIONS:
        raise InvalidSuite(
            f"{cls.__name__}.contract is {cls.contract_version!r}; this version knows {', '.join(VERSIONS)}"
        )


def _uncollected(cls: type[ClientConformance]) -> Iterator[tuple[str, str]]:
    """What pytest would not run such a class for, and what to do instead."""
    if issubclass(cls, TestCase):
        yield "is a unittest.TestCase", "those cannot be parametrised; inherit from ClientConformance alone"
    if cls.__init__ is not object.__init__:
        yield "has an __init__", "pytest leaves such classes out; make what is needed in make_client"


def _report(verdict: ClientVerdict, gap: str | None, contract: str) -> None:
    """Pass, fail, skip or expect the failure of a test."""
    rule = verdict.rule
    if verdict.kept is None:
        pytest.skip(f"{rule.id}: {verdict.why}")
    if verdict.kept:
        if gap:
            pytest.fail(f"{rule.id} is kept: take it out of known_gaps, where it stands as {gap!r}", pytrace=False)
    elif gap:
        pytest.xfail(f"{rule.id}: {gap}")
    elif _younger(rule, contract):
        pytest.xfail(f"{rule.id} is new in {rule.since}; this suite is held to {contract}. {verdict.why}")
    else:
        pytest.fail(verdict.why, pytrace=False)


def _younger(rule: ClientRule, contract: str) -> bool:
    return VERSIONS.index(rule.since) > VERSIONS.index(contract)

"""A dry run of a probe against the fake: its requests, whether it can run, and how many calls it may place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ...contracts.checker.call_risk import max_calls
from ...contracts.checker.check_report import verdict
from ...contracts.editions import EDITIONS
from ...contracts.http import Request, Response
from ...contracts.probes import NO_WEBSOCKET, ProbeUnavailable
from ...contracts.rule import Rule, Safety
from ...contracts.rules import RULES
from ...fake_server.core import FakeVoipbin
from ...fake_server.probe_target import FakeTarget
from ...fake_server.world.journal import Exchange
from .bench import Bench


@dataclass(frozen=True, slots=True)
class AvailableCredentials:
    """The credentials for the real server: the kinds or roles of the tokens, access keys and passwords.

    `addresses` is the number of addresses of each role's agent.
    """

    tokens: Collection[str] = ()
    accesskeys: Collection[str] = ()
    passwords: Collection[str] = ()
    addresses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DryRun:
    """The requests of a rule's probe, without credentials, the reason if it cannot run, and the calls it may place."""

    requests: tuple[Exchange, ...]
    blocked_reason: str
    calls: int


class _LimitedTarget(FakeTarget):
    """A fake with the limits of the real server: only the available credentials, and what the bench can do."""

    def __init__(self, fake: FakeVoipbin, available: AvailableCredentials, bench: Bench) -> None:
        super().__init__(fake)
        self.provider_host = bench.provider_host
        self._bench = bench
        self._addresses = {self.credentials[role].id: count for role, count in available.addresses.items()}
        tokens = {role: identity.token for role, identity in self.credentials.items()} | self.tokens
        self.credentials = {
            role: replace(
                identity,
                accesskey=identity.accesskey if role in available.accesskeys else "",
                password=identity.password if role in available.passwords else "",
            )
            for role, identity in self.credentials.items()
            if role in available.tokens
        }
        self.tokens = {kind: token for kind, token in tokens.items() if kind in available.tokens}
        self.healthy_provider_id = None
        self.max_calls = 0

    def send(self, request: Request, /) -> Response:
        self.max_calls += max_calls(request, self._addresses)
        return super().send(request)

    def connect(self, _request: Request, /) -> NoReturn:
        raise ProbeUnavailable(NO_WEBSOCKET)

    def drive_call(self, call_id: str, event: str, /) -> bool:
        return self._bench.can_drive and super().drive_call(call_id, event)

    def advance(self, seconds: float, /) -> bool:
        return seconds <= self._bench.max_wait and super().advance(seconds)

    def deleted_id(self, _resource: str, /) -> str | None:
        return None

    def set_rate_limits(self, enabled: bool, /) -> bool:
        return self._bench.flood and super().set_rate_limits(enabled)


def dry_run(rule: Rule, edition: str, available: AvailableCredentials, bench: Bench) -> DryRun:
    """Run a rule's probe against fakes: one that complies with an edition, and broken ones for the worst case."""
    fake, target, blocked_reason = _probe(rule, edition, available, bench, ())
    calls = [target.max_calls, len(fake.placed())]
    if rule.safety > Safety.INERT and not blocked_reason:
        for name in EDITIONS:
            for broken in ((), (rule.id,), tuple(RULES)):
                broken_fake, broken_target, _ = _probe(rule, name, available, bench, broken)
                calls += [broken_target.max_calls, len(broken_fake.placed())]
    return DryRun(tuple(fake.requests), blocked_reason, max(calls))


def _probe(
    rule: Rule, edition: str, available: AvailableCredentials, bench: Bench, broken: Collection[str]
) -> tuple[FakeVoipbin, _LimitedTarget, str]:
    fake = FakeVoipbin(edition, broken=broken)
    target = _LimitedTarget(fake, available, bench)
    result = verdict(rule, target, Safety.BILLABLE)
    return fake, target, result.reason if result.kept is None else ""

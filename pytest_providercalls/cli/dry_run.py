"""A probe on the fake before it runs on a real server: what it would send, whether it can, and what it may ring."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from ..contracts.checker.call_risk import max_calls
from ..contracts.checker.check_report import verdict
from ..contracts.editions import EDITIONS
from ..contracts.http import Request, Response
from ..contracts.probes import PassiveTarget
from ..contracts.rule import Rule, Safety
from ..contracts.rules import RULES
from ..fake_server.core import FakeVoipbin
from ..fake_server.probe_target import FakeTarget
from ..fake_server.world.journal import Exchange


@dataclass(frozen=True, slots=True)
class AvailableCredentials:
    """What the real server can be asked with: tokens, access keys and passwords by their kind or role.

    `addresses` says how many an agent has, by its role.
    """

    tokens: Collection[str] = ()
    accesskeys: Collection[str] = ()
    passwords: Collection[str] = ()
    addresses: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule's probe would send, without credentials; why it cannot be run; and how many calls it may place."""

    requests: tuple[Exchange, ...]
    blocked_reason: str
    calls: int


class _Stage(PassiveTarget, FakeTarget):
    """A fake that has no more than the real server: nobody else's tokens, and no far side that can be moved."""

    def __init__(self, fake: FakeVoipbin, means: AvailableCredentials) -> None:
        super().__init__(fake)
        self._addresses = {self.credentials[role].id: count for role, count in means.addresses.items()}
        tokens = {role: who.token for role, who in self.credentials.items()} | self.tokens
        self.credentials = {
            role: replace(
                who,
                accesskey=who.accesskey if role in means.accesskeys else "",
                password=who.password if role in means.passwords else "",
            )
            for role, who in self.credentials.items()
            if role in means.tokens
        }
        self.tokens = {kind: token for kind, token in tokens.items() if kind in means.tokens}
        self.healthy_provider_id = None
        self.may_ring = 0

    def send(self, request: Request, /) -> Response:
        self.may_ring += max_calls(request, self._addresses)
        return super().send(request)


def dry_run(rule: Rule, edition: str, means: AvailableCredentials) -> DryRun:
    """Run a rule's probe on fakes: one that keeps the rules of an edition, and those that show the worst case."""
    fake, stage, hindrance = _played(rule, edition, means, ())
    worst = [stage.may_ring, len(fake.placed())]
    if rule.safety > Safety.INERT and not hindrance:
        for name in EDITIONS:
            for broken in ((), (rule.id,), tuple(RULES)):
                other, wrong, _ = _played(rule, name, means, broken)
                worst += [wrong.may_ring, len(other.placed())]
    return DryRun(tuple(fake.requests), hindrance, max(worst))


def _played(
    rule: Rule, edition: str, means: AvailableCredentials, broken: Collection[str]
) -> tuple[FakeVoipbin, _Stage, str]:
    fake = FakeVoipbin(edition, broken=broken)
    stage = _Stage(fake, means)
    found = verdict(rule, stage, Safety.BILLABLE)
    return fake, stage, found.reason if found.kept is None else ""

"""The seams at which mutants apply: a world and a context that break rules and otherwise behave correctly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

from ...contracts.editions import Edition
from ...contracts.http import Response
from ...contracts.rule import Rule
from ...contracts.rules import RULES
from ..gateway import pipeline
from ..gateway.request_context import Json, RequestContext
from ..wire import gojson
from ..world.clock import Clock
from ..world.journal import Exchange
from ..world.records import Record
from ..world.world import RuleContext, World
from . import (  # noqa: F401
    accesskeys,
    account,
    activeflows,
    billings,
    calls,
    flows,
    gateway,
    groupcalls,
    limits,
    lists,
    providercall_placement,
    providercalls,
    providers,
)
from .registry import MUTANTS, ResponseReplaced
from .resources import (  # noqa: F401
    agents,
    billing_accounts,
    customer_metadata,
    extensions,
    numbers,
    recordings,
    routing,
    timelines,
    websocket,
)

V = TypeVar("V")


class MutatedWorld(World):
    """A world that breaks rules. Raises ValueError for an unknown rule."""

    def __init__(self, edition: Edition, seed: int, clock: Clock, broken: frozenset[str]) -> None:
        super().__init__(_with_flags_reversed(edition, broken), seed, clock)
        self.broken = broken

    def enforces(self, rule: Rule) -> bool:
        if rule.id not in self.broken:
            return super().enforces(rule)
        self.journal.trace.append(rule.id)
        return False

    def follows(self, rule: Rule, value: V, subject: object = None, /) -> V:
        if rule.id not in self.broken:
            return super().follows(rule, value, subject)
        self.journal.trace.append(rule.id)
        return cast(V, MUTANTS[rule.id](self, value, subject))

    def _new_context(self, entry: Exchange) -> RuleContext:
        return MutatedRuleContext(self, entry)


class MutatedRuleContext(RuleContext):
    """A context that breaks rules."""

    __slots__ = ()

    def _breaks(self, rule: Rule) -> bool:
        return rule.id in cast(MutatedWorld, self.world).broken

    def allows(self, rule: Rule, condition: object) -> bool:
        if not self._breaks(rule):
            return super().allows(rule, condition)
        self.trace.append(rule)
        return True

    def require_value(self, rule: Rule, value: V | None, subject: object = None, /, **values: object) -> V:
        if value is not None or not self._breaks(rule):
            return super().require_value(rule, value, subject, **values)
        self.trace.append(rule)
        return cast(V, MUTANTS[rule.id](self, None, subject))

    def follows(self, rule: Rule, value: V, subject: object = None, /) -> V:
        if not self._breaks(rule):
            return super().follows(rule, value, subject)
        self.trace.append(rule.id)
        return cast(V, MUTANTS[rule.id](self, value, subject))

    def follows_all(self, rules: tuple[Rule, ...], value: V, subject: object = None, /) -> V:
        for rule in rules:
            value = self.follows(rule, value, subject)
        return value

    def enforces(self, rule: Rule) -> bool:
        if not self._breaks(rule):
            return super().enforces(rule)
        self.trace.append(rule.id)
        return False

    def apply(self, rule: Rule, action: Callable[..., object], *arguments: Any) -> None:
        if not self._breaks(rule):
            super().apply(rule, action, *arguments)
            return
        self.trace.append(rule.id)
        if rule.id in MUTANTS:
            MUTANTS[rule.id](self, arguments[-1], None)


class MutatedRequestContext(MutatedRuleContext, RequestContext):
    """The context of a request to a fake that breaks rules."""

    __slots__ = ()

    def show(self, rules: tuple[Rule, ...], record: Record) -> Json:
        return self.follows_all(rules, self.render(record), record)


def respond(ctx: RequestContext) -> Response:
    """Return the response to a request. A handler may fail behind a broken rule, as a real server would."""
    try:
        return pipeline.respond(ctx)
    except ResponseReplaced as replaced:
        body = gojson.encode_response(replaced.body)
        return pipeline.build_response(200, pipeline.JSON, body, pipeline.shared_headers(ctx))
    except Exception:
        return Response(500, (("Content-Length", "0"),))


def _with_flags_reversed(edition: Edition, broken: frozenset[str]) -> Edition:
    """Return the edition with the flags of the broken rules reversed."""
    unknown = broken - RULES.keys()
    if unknown:
        raise ValueError(f"unknown rules {', '.join(sorted(unknown))}; see contracts.RULES")
    flags = [RULES[id].edition_flag for id in broken if RULES[id].edition_flag]
    changes: dict[str, Any] = {flag: not getattr(edition, flag) for flag in flags}
    return replace(edition, **changes)

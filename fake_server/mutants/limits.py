"""Mutants of the rules of the rate limits."""

from __future__ import annotations

from ...contracts.rules import limits as rules
from ..gateway.request_context import RequestContext
from .registry import mutant


@mutant(rules.buckets_refill)
def never_refill(ctx: RequestContext, refilled: float, before: float) -> float:
    return before

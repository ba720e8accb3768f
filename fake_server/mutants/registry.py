"""The registry of mutants: by rule id, the function that breaks the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ...contracts.rule import Rule

Mutant = Callable[[Any, Any, Any], Any]
"""A function of a context (or, outside a request, a World), the correct value, and what belongs to it.

It returns the value that a server returns which violates the rule.
"""
F = TypeVar("F", bound=Mutant)

MUTANTS: dict[str, Mutant] = {}
"""All mutants by rule id.

A rule without one is broken in the obvious way: a condition that it requires is not checked, an action that it demands
does not happen, a decision and an edition flag are reversed.
"""


def mutant(rule: Rule) -> Callable[[F], F]:
    """Register the function that breaks a rule."""

    def add(function: F) -> F:
        MUTANTS[rule.id] = function
        return function

    return add


class ResponseReplaced(Exception):
    """A mutant responds instead of the handler."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        self.body = body

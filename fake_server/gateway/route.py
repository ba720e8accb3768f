"""A route: one endpoint with its handler and its tier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .request_context import RequestContext
from .tiers import Tier

Handler = Callable[[RequestContext], dict[str, Any] | None]
"""Handles a request. It returns the JSON object of the response, or None for an empty body."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `path` contains a name in braces, such as `{id}`, for a parameter."""

    method: str
    path: str
    handler: Handler
    tier: Tier
    absent_in: frozenset[str] = frozenset()
    """The names of the editions that do not have it."""

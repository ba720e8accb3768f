"""A route: one endpoint with its handler and its tier."""

from __future__ import annotations

from collections.abc import Callable

from ...contracts.http import Response
from ...contracts.light_imports import Value, dataclass
from .request_context import Json, RequestContext
from .tiers import Tier

Handler = Callable[[RequestContext], Json | Response | None]
"""Handles a request. It returns the JSON object of the response, or its bytes, or None for an empty body.

A response that is not JSON, such as a file or a redirect, is a Response. The headers of every response are added to it.
"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Route(Value):
    """One endpoint. `path` contains a name in braces, such as `{id}`, for a parameter."""

    method: str
    path: str
    handler: Handler
    tier: Tier
    absent_in: frozenset[str] = frozenset()
    """The names of the editions that do not have it."""

"""Endpoints that VoIPbin has and this fake does not: only the credential is checked, as for any other."""

from __future__ import annotations

from typing import Any

from ....contracts.rules import gateway as rules
from ..request_context import RequestContext


def respond(ctx: RequestContext) -> dict[str, Any]:
    """Respond as for an unknown path, with a note for the author of the client."""
    ctx.entry.add_note("VoIPbin has this endpoint, but this fake does not")
    handler: Any = ctx.require_value(rules.route_exists, None)
    found: dict[str, Any] = handler(ctx)
    return found

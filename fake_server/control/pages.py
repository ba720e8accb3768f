"""The pages of the control API, for people: the inspector, and what there is, as OpenAPI and to be read."""

from __future__ import annotations

import json
from functools import cache

from ...contracts.http import Response
from .errors import answered
from .openapi import openapi


def page(path: str) -> Response | None:
    """A page below `/_fake/`; None where there is none."""
    return answered(_openapi()) if path == "openapi.json" else None


@cache
def _openapi() -> bytes:
    return json.dumps(openapi(), indent=2).encode()

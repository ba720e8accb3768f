"""The pages of the control API, for people: the inspector, and what there is, as OpenAPI and to be read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from ...contracts.http import Response
from .errors import answered
from .openapi import openapi
from .reference_page import reference

_KINDS: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_GUARDED: Final = (
    # All that is shown was sent by somebody: nothing in it runs, nothing is loaded from elsewhere, nobody frames it.
    ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


def page(path: str) -> Response | None:
    """A page below `/_fake/`; None where there is none."""
    if path == "":
        return answered(b"", _KINDS["html"], status=302, more=(("Location", "/_fake/ui"),))
    if path in _MADE:
        kind, make = _MADE[path]
        return answered(make(), kind, more=_GUARDED)
    file = "ui/index.html" if path == "ui" else path
    if file not in _shipped():
        return None
    return answered(_shipped()[file], _KINDS[file.rpartition(".")[2]], more=_GUARDED)


@cache
def _shipped() -> Mapping[str, bytes]:
    """The files of the inspector, by their paths."""
    return {f"ui/{file.name}": file.read_bytes() for file in files(__package__).joinpath("ui").iterdir()}


@cache
def _openapi() -> bytes:
    return json.dumps(openapi(), indent=2).encode()


@cache
def _reference() -> bytes:
    return reference(openapi()).encode()


_MADE: Final[Mapping[str, tuple[str, Callable[[], bytes]]]] = {
    "openapi.json": ("application/json", _openapi),
    "docs": (_KINDS["html"], _reference),
}

"""The pages of the control API: the inspector, the OpenAPI document and the reference page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from ...contracts.http import Response
from . import PREFIX
from .errors import build_response
from .openapi import openapi
from .reference_page import reference_page

_CONTENT_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_SECURITY_HEADERS: Final = (
    # The pages show data from clients: none of it may run, load other resources, or be framed.
    ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


def page(path: str) -> Response | None:
    """Return the page at a path below `/_fake/`, or None if there is no such page."""
    if path == "":
        location = ("Location", f"{PREFIX}/ui")
        return build_response(b"", _CONTENT_TYPES["html"], status=302, extra_headers=(location,))
    if path in _GENERATED:
        content_type, generate = _GENERATED[path]
        return build_response(generate(), content_type, extra_headers=_SECURITY_HEADERS)
    file = "ui/index.html" if path == "ui" else path
    if file not in _inspector_files():
        return None
    content_type = _CONTENT_TYPES[file.rpartition(".")[2]]
    return build_response(_inspector_files()[file], content_type, extra_headers=_SECURITY_HEADERS)


@cache
def _inspector_files() -> Mapping[str, bytes]:
    """Return the contents of the inspector's files by path."""
    return {f"ui/{file.name}": file.read_bytes() for file in files(__package__).joinpath("ui").iterdir()}


@cache
def _openapi_json() -> bytes:
    return json.dumps(openapi(), indent=2).encode()


@cache
def _reference_html() -> bytes:
    return reference_page(openapi()).encode()


_GENERATED: Final[Mapping[str, tuple[str, Callable[[], bytes]]]] = {
    "openapi.json": ("application/json", _openapi_json),
    "docs": (_CONTENT_TYPES["html"], _reference_html),
}

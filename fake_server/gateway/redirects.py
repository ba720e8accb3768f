"""Redirects, with the body that Go's net/http writes."""

from __future__ import annotations

from http import HTTPStatus

from ...contracts.http import Response

_HTML_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
"""HTML escapes as Go writes them."""


def redirect_get(status: int, location: str) -> Response:
    """Return the response that redirects a GET: its body is a link."""
    link = f'<a href="{location.translate(_HTML_ESCAPES)}">{HTTPStatus(status).phrase}</a>.\n\n'
    return Response(status, (("Content-Type", "text/html; charset=utf-8"), ("Location", location)), link.encode())

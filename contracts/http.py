"""HTTP requests and responses as data, for each transport, target and handler.

Annotations are evaluated, which is faster than to compile them: each test session imports this module.
"""

import json
from typing import Any, NamedTuple

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A raw HTTP request.

    `target` is the raw request target: the percent-encoded path and, after a `?`, the raw query. `scheme` is that of
    the URL: absolute links to the same server need it.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    scheme: str = "https"

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name` (any case), or None."""
        return _first(self.headers, name)

    def values(self, name: str) -> list[str]:
        """Return every value of the header `name` (any case), in order."""
        lower = name.lower()
        return [value for key, value in self.headers if key.lower() == lower]

    def __repr__(self) -> str:
        # The query and the headers may contain credentials, and pytest shows the variables of a failing test.
        return f"<Request {self.method} {self.target.partition('?')[0]}, {len(self.body)} bytes>"


class Response(NamedTuple):
    """A raw HTTP response."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of the header `name` (any case), or None."""
        return _first(self.headers, name)

    def __repr__(self) -> str:
        # The body may contain a token.
        return f"<Response {self.status}, {len(self.body)} bytes>"

    def json(self) -> Any:
        """Return the body parsed as JSON. Raises ValueError if it is not valid JSON."""
        return json.loads(self.body)


def _first(headers: Headers, name: str) -> str | None:
    lower = name.lower()
    for key, value in headers:
        if key.lower() == lower:
            return value
    return None

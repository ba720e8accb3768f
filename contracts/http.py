"""One HTTP exchange as data: what every transport, target and handler passes on."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A request as it stands on the wire.

    `target` is the raw request target: the percent-encoded path and, after a `?`, the raw query.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of the header `name` (any case), or None."""
        return _first(self.headers, name)

    def values(self, name: str) -> list[str]:
        """Every value of the header `name` (any case), in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def __repr__(self) -> str:
        # Query and headers may hold credentials, and a failing test shows what stands in its variables.
        return f"<Request {self.method} {self.target.partition('?')[0]}, {len(self.body)} bytes>"


class Response(NamedTuple):
    """An answer as it stands on the wire."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of the header `name` (any case), or None."""
        return _first(self.headers, name)

    def __repr__(self) -> str:
        # The body may hold a token.
        return f"<Response {self.status}, {len(self.body)} bytes>"

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError when it is none."""
        return json.loads(self.body)


def _first(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None

"""All operations of the real API, with the purpose of each. The fake models some of them (`table`).

The data come from bin-openapi-manager/openapi of voipbin/monorepo, at the commits of the two server editions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from itertools import compress
from pathlib import Path
from urllib.parse import unquote

from ..editions import SERVER_2026_08, Edition

PREFIX = "/v1.0"
_TABLE = Path(__file__).with_name("api_operations.tsv")


@dataclass(frozen=True, slots=True)
class ApiOperation:
    """One operation of the API. `path` is below /v1.0 and contains a name in braces for each parameter."""

    method: str
    path: str
    editions: frozenset[str]
    """The server editions that have it."""
    purpose: str

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    def is_in(self, edition: Edition) -> bool:
        """Return whether an edition has the operation. The documents do not list all: they have the newest server's."""
        return (edition.name if edition.name in _columns() else SERVER_2026_08.name) in self.editions


@cache
def api_operations() -> tuple[ApiOperation, ...]:
    """Return all operations of all editions."""
    return tuple(
        ApiOperation(method, path, frozenset(compress(_columns(), (flag == "yes" for flag in flags))), purpose)
        for method, path, *flags, purpose in _rows()[1:]
    )


def find_api_operation(method: str, path: str, edition: Edition) -> ApiOperation | None:
    """Return the operation of a request in an edition; None if the path is unknown there.

    Only the sign-up and password operations exist outside /v1.0 too.
    """
    decoded = unquote(path, errors="surrogateescape")
    below = decoded.removeprefix(PREFIX)
    if below == decoded and not decoded.startswith("/auth/"):
        return None
    parts = below.split("/")
    for one, pattern in _by_shape().get((method, len(parts)), ()):
        if one.is_in(edition) and all(map(_matches, parts, pattern)):
            return one
    return None


def _matches(part: str, known: str | None) -> bool:
    return part == known or (known is None and part != "")


def nearest_modelled(operation: ApiOperation) -> str:
    """Return the name of the modelled operation that is most similar to one that is not.

    The same resource counts most, then the method.
    """
    from .table import OPERATIONS

    resource = operation.path.split("/")[1]
    modelled = [one for one in OPERATIONS if one.path.startswith(PREFIX)]
    of_resource = [one for one in modelled if one.tag == resource] or modelled
    of_method = [one for one in of_resource if one.method == operation.method] or of_resource
    return get_close_matches(operation.name, [one.name.replace(PREFIX, "") for one in of_method], n=1, cutoff=0)[0]


@cache
def _rows() -> list[list[str]]:
    return [line.split("\t") for line in _TABLE.read_text("utf-8").splitlines()]


def _columns() -> list[str]:
    """Return the names of the server editions, which are the columns between the path and the purpose."""
    return _rows()[0][2:-1]


@cache
def _by_shape() -> Mapping[tuple[str, int], list[tuple[ApiOperation, list[str | None]]]]:
    """Return the operations by method and number of path segments, those with the fewest parameters first.

    Each has its segments, with None for a parameter.
    """
    found: dict[tuple[str, int], list[tuple[ApiOperation, list[str | None]]]] = {}
    for one in sorted(api_operations(), key=lambda one: one.path.count("{")):
        pattern = [None if part.startswith("{") else part for part in one.path.split("/")]
        found.setdefault((one.method, len(pattern)), []).append((one, pattern))
    return found

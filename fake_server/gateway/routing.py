"""The routes: each endpoint with its handler and its tier, in a table of the resource's module.

A module is imported at the first request to its resource.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote

from ...contracts.light_imports import Value, compiled, dataclass, importing
from ..wire import query
from .route import Handler, Route

RESOURCES: Mapping[str, tuple[str, ...]] = {
    "providers": ("handlers.providers",),
    "providercalls": ("handlers.providercalls",),
    "calls": ("handlers.calls", "handlers.live_calls"),
    "groupcalls": ("handlers.groupcalls",),
    "flows": ("handlers.flows",),
    "activeflows": ("handlers.activeflows",),
    "accesskeys": ("handlers.accesskeys",),
    "billings": ("handlers.billings",),
    "me": ("handlers.account",),
    "customer": ("handlers.account", "resources.customer_metadata"),
    "customers": ("handlers.account", "resources.customer_metadata"),
    "billing_account": ("handlers.account",),
    "agents": ("resources.agents",),
    "billing_accounts": ("resources.billing_accounts",),
    "extensions": ("resources.extensions",),
    "numbers": ("resources.numbers",),
    "outbound_config": ("resources.outbound_configs",),
    "outbound_configs": ("resources.outbound_configs",),
    "recordingfiles": ("resources.recording_files",),
    "recordings": ("resources.recordings",),
    "routes": ("resources.routes",),
    "timelines": ("resources.timelines",),
    "ws": ("resources.websocket",),
}
"""The modules of each resource, by the first segment of its paths."""

LOGIN = ("POST", "/auth/login")
OPEN: Mapping[tuple[str, str], str] = {LOGIN: "login", ("GET", "/ping"): "ping"}
"""The public endpoints next to /v1.0, which require no credential, and their handlers."""
STORAGE = "/_storage/"
"""The path of the files to which VoIPbin redirects with a signed URL. It takes the place of Google's Cloud Storage."""
PREFIX = "/v1.0"
_ONE_CALL = f"{PREFIX}/calls/[^/]+"
_SHAPE = re.compile(r"(/\{id\}(/[^{}]+)?)?").fullmatch
_PARAMETER = r"\{\w+\}"


def all_routes() -> tuple[Route, ...]:
    """Return the routes of all resources."""
    return tuple(route for segment in RESOURCES for route in routes_of(segment))


def redirects_to(method: str, path: str, edition: str) -> bool:
    """Return whether the router redirects a path with a superfluous slash to this one.

    It also does where several routes continue after the slash, although none ends there.
    """
    one_call = method == "POST" and compiled(_ONE_CALL).fullmatch(path) is not None
    return one_call or find(method, path, edition) is not None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Place(Value):
    """What a request target leads to: its decoded path, and the route of this path, if the edition has one.

    `params` are the parameters in the path, not decoded.
    """

    path: str
    raw_query: str
    route: Route | None
    params: tuple[str, ...]


def locate(method: str, target: str, edition: str) -> Place | None:
    """Return what a request target leads to; None if net/http does not accept it."""
    return (_locate_again if len(target) <= _SHORT else _locate)(method, target, edition)


def _locate(method: str, target: str, edition: str) -> Place | None:
    path, _, raw_query = target.partition("?")
    if not query.is_target(path, raw_query):
        return None
    escaped = "%" in path
    decoded = unquote(path, errors="surrogateescape") if escaped else path
    route, params = find(method, decoded, edition) or (None, ())
    if escaped:
        params = tuple(quote(param, safe="", errors="surrogateescape") for param in params)
    return Place(decoded, raw_query, route, params)


_locate_again = lru_cache(maxsize=256)(_locate)
"""A client sends the same few targets again and again."""
_SHORT = 256
"""The longest target that is remembered."""


def find(method: str, path: str, edition: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a decoded path, and the parameters in the path; None if the edition has none.

    Paths are case-sensitive.
    """
    parts = path.split("/", 4)
    if len(parts) < 3 or "/" + parts[1] != PREFIX or parts[2] not in RESOURCES:
        return None
    by_shape, others = _table(parts[2])
    ids = (parts[3],) if len(parts) > 3 else ()
    route = by_shape.get((method, "" if not ids else "/{id}" if len(parts) == 4 else f"/{{id}}/{parts[4]}"))
    if route is not None and edition not in route.absent_in and ids != ("",):
        return route, ids
    for other, pattern in others:
        match = pattern.fullmatch(path) if other.method == method and edition not in other.absent_in else None
        if match is not None:
            return other, match.groups()
    return None


def public_handler(method: str, path: str) -> Handler | None:
    """Return the handler of a public endpoint or a signed URL; None for any other path."""
    if (method, path) in OPEN:
        module, name = "handlers.auth", OPEN[method, path]
    elif method in ("GET", "HEAD") and path.startswith(STORAGE):
        module, name = "resources.storage", "get_file"
    else:
        return None
    found: Handler = _imported(module, name)
    return found


@cache
def _imported(module: str, name: str) -> Any:
    """Return what a module defines, which may be imported for it."""
    # A finaliser that sends a request must not see a part of the module.
    with importing():
        return getattr(import_module(f"{__package__}.{module}"), name)


@cache
def _table(segment: str) -> tuple[dict[tuple[str, str], Route], list[tuple[Route, re.Pattern[str]]]]:
    """Return the routes of a resource: by method and what follows the segment, and those of another shape.

    The shapes are `/calls`, `/calls/{id}` and `/calls/{id}/hold`.
    """
    by_shape, others = dict[tuple[str, str], Route](), list[tuple[Route, re.Pattern[str]]]()
    for route in routes_of(segment):
        shape = route.path.removeprefix(f"/{segment}")
        if _SHAPE(shape):
            by_shape[route.method, shape] = route
        else:
            others.append((route, re.compile(compiled(_PARAMETER).sub("([^/]+)", PREFIX + route.path))))
    return by_shape, others


def routes_of(segment: str) -> list[Route]:
    """Return the routes of a resource, none if it is unknown. `segment` is the first one of its paths."""
    routes = (route for module in RESOURCES.get(segment, ()) for route in _imported(module, "ROUTES"))
    return [route for route in routes if route.path.split("/")[1] == segment]

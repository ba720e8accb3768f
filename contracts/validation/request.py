"""Parse a request without a server: its operation, its body, and the rules that are certain to refuse it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from ..formats.go_uuids import NIL, parse_gofrs, parse_google
from ..http import Request
from ..models.action_types import ACTION_TYPES
from ..operations.operation import Operation
from ..operations.table import find
from ..rule import Rule
from ..rules import gateway, lists, providercall_placement, providercalls

_AMBIGUOUS: Final = re.compile(";|%(?![0-9a-fA-F]{2})")
_TARGET: Final = re.compile(r"/(?:[!-$&->@-~]|%[0-9a-fA-F]{2})*(?:\?[^\x00-\x1f\x7f]*)?")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INTEGER: Final = re.compile("[+-]?[0-9]+")
_CREDENTIAL: Final = re.compile("token=|accesskey=|Bearer ")


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """A request to a known operation. `body` is None if it is not a JSON object or is ambiguous."""

    operation: Operation
    id: str
    query: dict[str, list[str]]
    body: dict[str, Any] | None
    certain_refusals: tuple[Rule, ...]
    """The rules that refuse the request in every edition, with any credentials."""

    def field(self, name: str) -> Any:
        """Return a field of the body by its lower-case name, or None if it is absent."""
        return None if self.body is None else self.body.get(name)


def parse_request(request: Request) -> ParsedRequest | None:
    """Parse a request; return None if its operation is unknown."""
    # A malformed target never reaches the router: the HTTP server responds with its own error.
    found = find(request.method, request.target) if _TARGET.fullmatch(request.target) else None
    if found is None:
        return None
    operation, id = found
    text = request.target.partition("?")[2]
    query = {} if _AMBIGUOUS.search(text) else parse_qs(text, keep_blank_values=True)
    body, is_object = _object(request.body)
    needs_credential = gateway.credential_given in operation.rules
    refusals = [gateway.credential_given] if needs_credential and not _has_credential(request) else []
    refusals += [*_bad_id(operation, id), *_bad_query(operation, query)]
    if gateway.body_is_json in operation.rules:
        refusals += _bad_body(operation, body) if is_object else [gateway.body_is_json]
    return ParsedRequest(operation, id, query, body, tuple(refusals))


def _has_credential(request: Request) -> bool:
    texts = [
        request.target,
        *(value for name, value in request.headers if name.lower() in ("cookie", "authorization")),
    ]
    return any(_CREDENTIAL.search(unquote(text)) for text in texts)


def _bad_id(operation: Operation, id: str) -> Iterator[Rule]:
    # Servers decode an id once more: accept one that decoding might change.
    if not id or "%" in id or "+" in id:
        return
    typed = gateway.id_is_uuid not in operation.rules
    read = parse_google(id) if typed else parse_gofrs(id)
    if read is None:
        yield gateway.typed_id_is_uuid if typed else gateway.id_is_uuid
    elif read == NIL and not typed:
        yield gateway.id_is_uuid
    elif read == NIL and gateway.typed_id_is_not_nil in operation.rules:
        yield gateway.typed_id_is_not_nil


def _bad_query(operation: Operation, query: dict[str, list[str]]) -> Iterator[Rule]:
    sizes = query.get("page_size", ["1"])
    if "page_size" in operation.query and (len(sizes) > 1 or not _INTEGER.fullmatch(sizes[0])):
        yield lists.page_size_is_integer
    filters = query.get("provider_id", [NIL])
    if providercalls.provider_filter_is_uuid in operation.rules and (
        len(filters) > 1 or parse_google(filters[0]) is None
    ):
        yield providercalls.provider_filter_is_uuid


def _bad_body(operation: Operation, body: dict[str, Any] | None) -> Iterator[Rule]:
    if body is None or providercall_placement.provider_id_given not in operation.rules:
        return
    provider, destinations = body.get("provider_id"), body.get("destinations")
    if provider is None or provider == NIL:
        yield providercall_placement.provider_id_given
    elif not isinstance(provider, str) or parse_google(provider) is None:
        yield gateway.body_is_json
    if destinations is None or destinations == []:
        yield providercall_placement.destinations_given
    elif not isinstance(destinations, list):
        yield gateway.body_is_json
    if body.get("flow_id") in (None, NIL) and any(type not in ACTION_TYPES for type in _types(body.get("actions"))):
        yield providercall_placement.action_types_known


def _types(actions: Any) -> Iterator[str]:
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict) and isinstance(action.get("type"), str):
            yield action["type"]


class _Pairs(list[tuple[str, Any]]):
    """The names and values of an object, in which a name may be repeated."""


def _object(body: bytes) -> tuple[dict[str, Any] | None, bool]:
    """Return a body's fields by lower-case name, and whether it is an object, as parsed by the Go server."""
    try:
        text = body.decode(errors="surrogateescape").lstrip(" \t\r\n")
        value, _ = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=float).raw_decode(text)
    except ValueError:
        return None, False
    except RecursionError:
        return None, True
    if value is None:
        return {}, True
    if not isinstance(value, _Pairs):
        return None, False
    fields = {name.lower(): _plain(one) for name, one in value}
    # The server merges two spellings of a name by special rules.
    return fields if len(fields) == len(value) else None, True


def _plain(value: Any) -> Any:
    """Convert objects to dicts, and replace invalid characters in strings with U+FFFD."""
    if isinstance(value, _Pairs):
        return {name: _plain(one) for name, one in value}
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    return [_plain(one) for one in value] if isinstance(value, list) else value

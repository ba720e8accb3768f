"""The context of one request: the principal, the parts of the request, and the rules that are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ...contracts.formats.go_uuids import NIL, google_error, parse_gofrs, parse_google
from ...contracts.http import Request
from ...contracts.models.bodies import BodyLayout
from ...contracts.rule import Rule
from ...contracts.rules import gateway as rules
from ..calls import placement
from ..wire import gojson, query
from ..wire.plain_bodies import read_plain
from ..world.journal import Exchange
from ..world.records import Flow, PlacementResult, Record
from ..world.values import Action, Address, DialRequest
from ..world.world import RuleContext
from .request_head import read_headers
from .services import Services
from .tiers import Tier

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..calls.engine import CallEngine
    from ..calls.groupcalls import Groupcalls
    from ..flows.runner import FlowEngine

M = TypeVar("M", bound="BaseModel")
Json: TypeAlias = dict[str, Any] | bytes
"""A JSON object, or its bytes."""
_RPC_TIMEOUT = 3.0
_NO_QUERY: Mapping[str, list[str]] = MappingProxyType({})


class RequestContext(RuleContext):
    """What a handler works with."""

    __slots__ = (
        "authorised",
        "head",
        "headers",
        "params",
        "query",
        "render",
        "request",
        "request_id",
        "services",
        "temporary_flow",
        "tier",
    )

    tier: Tier

    def __init__(self, services: Services, request: Request, entry: Exchange) -> None:
        super().__init__(services.world, entry)
        self.services = services
        self.render = services.render
        self.request = request
        self.head = read_headers(request.headers)
        self.params: tuple[str, ...] = ()
        self.query: Mapping[str, list[str]] = _NO_QUERY
        self.headers: list[tuple[str, str]] = []
        self.request_id = ""
        self.authorised = False
        self.temporary_flow: Flow | None = None
        """The flow that was created for the calls of this request."""

    @property
    def calls(self) -> CallEngine:
        """The call engine."""
        return self.services.find_calls()

    @property
    def flows(self) -> FlowEngine:
        """The flow engine."""
        return self.calls.flows

    def place(self, request: DialRequest, destinations: Sequence[Address]) -> PlacementResult:
        """Dial each destination, in order. Those that cannot be dialled are dropped, with a note in the journal."""
        return placement.place(self, self._groupcalls, request, destinations)

    def _groupcalls(self) -> Groupcalls:
        return self.calls.groupcalls

    def create_temporary_flow(self, actions: tuple[Action, ...], detail: str) -> Flow:
        """Create a flow for the calls of this request."""
        # Imported here, like other parts of rare requests: a test with one POST uses none of them.
        from ..flows import lookup

        self.temporary_flow = lookup.create_temporary_flow(self, actions, detail)
        return self.temporary_flow

    def show(self, rules: tuple[Rule, ...], record: Record) -> Json:
        """Return the response that shows a record, as the rules determine it. A mutant of one of them replaces it."""
        self.trace += rules
        return self.render.encode(record)

    def clean_up(self) -> None:
        """Remove what a refused request has created, unless the edition leaves it behind."""
        flow = self.temporary_flow
        if flow is not None and flow.id in self.state.flows and self.edition.cleans_up_temporary_flow:
            self.state.flows.remove(flow)

    def fail_with_timeout(self, rule: Rule) -> None:
        """Refuse after three seconds, as the gateway does if a service behind it does not respond (gateway.md 4.3)."""
        if rule.answers[self.edition.name].refuses:
            self.world.clock.advance(_RPC_TIMEOUT)
        self.require(rule, False)

    # permissions

    def authorise(self, customer_id: str | None = None) -> None:
        """Refuse a principal whose tier does not suffice for this endpoint, on a customer's resources."""
        if customer_id is None:
            if self.authorised:
                return
            self.authorised = True
        tier = self.tier
        self.require(tier.direct, self.principal.kind != "direct")
        self.require(tier.rule, self.principal.can(customer_id or self.principal.customer_id, tier.mask))

    def authorise_owner(self, owner: str, own: Rule) -> None:
        """Refuse access to another customer's resources, except for a super-admin."""
        if owner == self.principal.customer_id or self.principal.is_super_admin:
            self.authorise(owner)
        else:
            self.require(own, False)

    # parts of the request

    def body(self, model: type[M] | BodyLayout[M]) -> M:
        """Return the body, parsed as the Go server parses it.

        By a layout, an ordinary one is read without its model.
        """
        if self.flag(rules.tier_before_body):
            self.authorise()
        # An ordinary body has no unknown fields.
        if isinstance(model, BodyLayout):
            body = read_plain(self.request.body, model) or self._read(model.model)
        else:
            body = self._read(model)
        return self.follows(rules.unknown_fields_ignored, body)

    def _read(self, model: type[M]) -> M:
        return gojson.decode_fast(self.request.body, model) or self._decode(model)

    def _decode(self, model: type[M]) -> M:
        try:
            body = self._decode_any_depth(model)
        except gojson.InvalidJson as error:
            self.entry.add_note(f"the body cannot be parsed: {error}")
            return self.require_value(rules.body_is_json, None, model)
        from . import client_warnings

        self.entry.add_warning(*client_warnings.unknown_fields(body))
        return body

    def _decode_any_depth(self, model: type[M]) -> M:
        try:
            return gojson.decode(self.request.body, model)
        except gojson.TooDeep:
            from ..wire.deep_json import GO_MAX_DEPTH, decode_deep

            limit = self.follows(rules.nesting_is_limited, GO_MAX_DEPTH)
            return decode_deep(self.request.body, model, limit)

    def id(self) -> str:
        """Return the id in the path, as most resources parse it."""
        id = parse_gofrs(self._path_text()) or NIL
        self.require(rules.id_is_uuid, id != NIL)
        return id

    def typed_id(self, name: str = "id", not_nil: Rule | None = rules.typed_id_is_not_nil) -> str:
        """Return the id in the path, as `/providercalls` parses it. `name` is the parameter's.

        The rule `not_nil` refuses the nil UUID; without one it is an id like others.
        """
        id = self.any_typed_id(name)
        if not_nil is not None:
            self.require(not_nil, id != NIL)
        return id

    def any_typed_id(self, name: str, position: int = 0) -> str:
        """Return an id in the path, which may be the nil UUID. `position` is that among the parameters of the path."""
        text = self._path_text(name, position)
        return self.require_value(rules.typed_id_is_uuid, parse_google(text), name=name, detail=_not_a_uuid(text))

    def page_size(self, maximum: int = 100) -> int:
        """Return the page size: 1 to a maximum, else 100 (gateway.md 5.3)."""
        if "page_size" not in self.query:
            return 100
        from ...contracts.rules import lists as list_rules

        size = 0
        try:
            size = query.go_int(query.single(self.query, "page_size") or "")
        except query.InvalidParameter as error:
            self.require(list_rules.page_size_is_integer, False, name="page_size", detail=error)
        if 1 <= size <= maximum:
            return self.follows(list_rules.page_size_honoured, size)
        return self.follows(list_rules.page_size_bounded, 100)

    def page_token(self) -> str:
        """Return the page token; "" without one."""
        if len(self.query.get("page_token", ())) < 2:
            return self.query.get("page_token", [""])[0]
        from ...contracts.rules import lists as list_rules

        return self.query_text("page_token", list_rules.page_token_given_once) or ""

    def query_uuid(self, name: str, rule: Rule) -> str | None:
        """Return a UUID in the query; None if it is absent."""
        text = self.query_text(name, rule)
        if text is None:
            return None
        id = parse_google(text)
        self.require(rule, id is not None, name=name, detail=_not_a_uuid(text))
        return id

    def query_text(self, name: str, rule: Rule) -> str | None:
        """Return a parameter of the query; None if it is absent. The rule applies to one that is repeated."""
        try:
            return query.single(self.query, name)
        except query.InvalidParameter as error:
            self.require(rule, False, name=name, detail=error)
            return None

    def _path_text(self, name: str = "id", position: int = 0) -> str:
        try:
            return query.unescape_path(self.params[position])
        except query.InvalidParameter as error:
            self.require(rules.typed_id_is_uuid, False, name=name, detail=error)
            return ""


def _not_a_uuid(text: str) -> str:
    return f"error unmarshaling '{text}' text as *uuid.UUID: {google_error(text)}"

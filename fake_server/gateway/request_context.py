"""One request on its way through the fake: who asks, what was sent, and the rules that it meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from ...contracts.go_uuids import NIL, google_error, parse_gofrs, parse_google
from ...contracts.http import Request
from ...contracts.identity import Permission
from ...contracts.rule import Answer, Rule
from ...contracts.rules import gateway as rules
from ...contracts.rules import lists as list_rules
from ..wire import gojson, query
from ..world.journal import Exchange
from . import client_warnings

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from .routing import Tier

M = TypeVar("M", bound=BaseModel)
_RPC_SECONDS = 3.0
_SUPER_ADMIN = int(Permission.SUPER_ADMIN)


class RequestRefused(Exception):
    """A rule refuses the request. `answer` is the edition's."""

    def __init__(self, answer: Answer, values: Mapping[str, object], details: list[dict[str, object]]) -> None:
        super().__init__(answer.reason or answer.status)
        self.answer = answer
        self.values = values
        self.details = details


@dataclass(slots=True)
class Principal:
    """The identity behind a credential (gateway.md 2.5): what a token said when it was made."""

    kind: str
    customer_id: str
    permission: int
    agent_id: str = NIL
    expire: datetime | None = None
    name: str = ""

    is_super_admin: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_super_admin = bool(self.permission & _SUPER_ADMIN)

    def can(self, customer_id: str, mask: int) -> bool:
        """Whether the asker may do what `mask` allows on a customer's resources (gateway.md 3.2)."""
        return self.is_super_admin or (self.customer_id == customer_id and bool(self.permission & mask))


class RequestContext:
    """What a handler works with."""

    __slots__ = (
        "authorised",
        "edition",
        "entry",
        "fake",
        "headers",
        "is_broken",
        "params",
        "principal",
        "query",
        "request",
        "request_headers",
        "request_id",
        "state",
        "tier",
        "trace",
    )

    principal: Principal
    tier: Tier
    is_broken: Callable[[Rule], bool | None]
    """Whether this fake breaks a rule on purpose: the handler then does what a wrong server would."""

    def __init__(self, fake: FakeVoipbin, request: Request, entry: Exchange) -> None:
        self.fake = fake
        self.state = fake.state
        self.edition = fake.edition
        self.request = request
        self.entry = entry
        self.trace = entry.rule_trace
        # A fake that breaks nothing need only note the rule, and None is as good as False.
        self.is_broken = self._breaks if fake.broken else entry.rule_trace.append
        self.request_headers = {name.lower(): value for name, value in reversed(request.headers)}
        self.params: tuple[str, ...] = ()
        self.query: dict[str, list[str]] = {}
        self.headers: list[tuple[str, str]] = []
        self.request_id = ""
        self.authorised = False

    # meeting rules: each of these four says in the journal that the rule was met

    def require(
        self, rule: Rule, condition: object, details: list[dict[str, object]] | None = None, **values: object
    ) -> None:
        """Refuse the request unless the condition holds, with the edition's answer to the rule."""
        if condition:
            self.trace.append(rule)
        elif not self.allows(rule, condition):
            raise RequestRefused(rule.answers[self.edition.name], values, details or [])

    def allows(self, rule: Rule, condition: object) -> bool:
        """Whether the condition holds, or the edition (or a broken fake) does not mind."""
        if condition or rule.id in self.fake.broken or not rule.answers[self.edition.name].refuses:
            self.trace.append(rule)
            return True
        self.trace.append(rule.id)
        return False

    def _breaks(self, rule: Rule) -> bool:
        broken = rule.id in self.fake.broken
        self.trace.append(rule.id if broken else rule)
        return broken

    def flag(self, rule: Rule) -> bool:
        """How the edition decides the point that the rule is about."""
        self.trace.append(rule)
        decision: bool = getattr(self.edition, rule.edition_flag)
        return decision

    def fail_with_timeout(self, rule: Rule) -> None:
        """Refuse after three seconds, as the gateway does when a worker behind it never answers (gateway.md 4.3)."""
        if rule.answers[self.edition.name].refuses:
            self.fake.clock.advance(_RPC_SECONDS)
        self.require(rule, False)

    # who asks

    def authorise(self, customer_id: str | None = None) -> None:
        """Refuse an asker whose tier does not do for this endpoint, on a customer's resources."""
        if customer_id is None:
            if self.authorised:
                return
            self.authorised = True
        tier = self.tier
        self.require(tier.direct, self.principal.kind != "direct")
        self.require(tier.rule, self.principal.can(customer_id or self.principal.customer_id, tier.mask))

    def authorise_owner(self, owner: str, own: Rule) -> None:
        """Refuse an asker who may not touch what belongs to a customer: a super-admin may, others only their own."""
        if owner == self.principal.customer_id or self.principal.is_super_admin:
            self.authorise(owner)
        else:
            self.require(own, False)

    # what was sent

    def body(self, model: type[M]) -> M:
        """The body, read as the Go server reads it."""
        if self.flag(rules.tier_before_body):
            self.authorise()
        # Nothing is unknown in an ordinary body.
        body = gojson.decode_fast(self.request.body, model) or self._read(model)
        if self.is_broken(rules.unknown_fields_ignored):
            self.require(rules.body_is_json, not body.model_extra)
        return body

    def _read(self, model: type[M]) -> M:
        try:
            body = gojson.decode(self.request.body, model)
        except gojson.InvalidJson as why:
            self.entry.add_note(f"the body cannot be read: {why}")
            self.require(rules.body_is_json, False)
            return model()
        self.entry.add_warning(*client_warnings.unknown_fields(body))
        return body

    def id(self) -> str:
        """The id in the path, as most resources read it."""
        id = parse_gofrs(self._path_text()) or NIL
        self.require(rules.id_is_uuid, id != NIL)
        return id

    def typed_id(self, name: str = "id") -> str:
        """The id in the path, as `/providercalls` reads it; `name` is the parameter's."""
        text = self._path_text()
        id = parse_google(text)
        self.require(rules.typed_id_is_uuid, id is not None, name=name, detail=_not_a_uuid(text))
        self.require(rules.typed_id_is_not_nil, id != NIL)
        return id or NIL

    def page_size(self) -> int:
        """How many rows are asked for: 1 to 100, else 100 (gateway.md 5.3)."""
        if "page_size" not in self.query:
            return 100
        size = 0
        try:
            size = query.go_int(query.single(self.query, "page_size") or "")
        except query.InvalidParameter as bad:
            self.require(list_rules.page_size_is_integer, False, name="page_size", detail=bad)
        if 1 <= size <= 100:
            return size if not self.is_broken(list_rules.page_size_honoured) else 100
        return 100 if not self.is_broken(list_rules.page_size_bounded) else 1

    def query_uuid(self, name: str, rule: Rule) -> str | None:
        """A UUID in the query; None when it is not there or nil."""
        try:
            text = query.single(self.query, name)
        except query.InvalidParameter as bad:
            self.require(rule, False, name=name, detail=bad)
            text = None
        if text is None:
            return None
        id = parse_google(text)
        self.require(rule, id is not None, name=name, detail=_not_a_uuid(text))
        return id

    def _path_text(self) -> str:
        try:
            return query.unescape_path(self.params[0])
        except query.InvalidParameter as bad:
            self.require(rules.typed_id_is_uuid, False, name="id", detail=bad)
            return ""


def system_context(fake: FakeVoipbin, customer_id: str) -> RequestContext:
    """The context of what happens without a request: VoIPbin itself acts, for a customer."""
    ctx = RequestContext(fake, Request("", ""), Exchange(fake.clock.now(), "", "", b""))
    ctx.principal = Principal("system", customer_id, 0)
    return ctx


def _not_a_uuid(text: str) -> str:
    return f"error unmarshaling '{text}' text as *uuid.UUID: {google_error(text)}"

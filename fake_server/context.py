"""One request on its way through the fake: who asks, what was sent, and the rules that it meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from ..contracts.http import Request
from ..contracts.identity import Permission
from ..contracts.rule import Answer, Rule
from ..contracts.rules import gateway as rules
from ..contracts.rules import lists as list_rules
from ..contracts.uuids import NIL, gofrs, google, google_complaint
from . import advice, gojson, query
from .journal import Exchange

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .routing import Tier

M = TypeVar("M", bound=BaseModel)
_RPC_SECONDS = 3.0
_SUPER_ADMIN = int(Permission.SUPER_ADMIN)


class Refusal(Exception):
    """A rule refuses the request. `answer` is the edition's."""

    def __init__(self, answer: Answer, values: Mapping[str, object], details: list[dict[str, object]]) -> None:
        super().__init__(answer.reason or answer.status)
        self.answer = answer
        self.values = values
        self.details = details


@dataclass(slots=True)
class Asker:
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

    def may(self, customer_id: str, mask: int) -> bool:
        """Whether the asker may do what `mask` allows on a customer's resources (gateway.md 3.2)."""
        return self.is_super_admin or (self.customer_id == customer_id and bool(self.permission & mask))


class Context:
    """What a handler works with."""

    __slots__ = (
        "asker",
        "authorised",
        "breaks",
        "edition",
        "entry",
        "fake",
        "headers",
        "params",
        "query",
        "request",
        "request_id",
        "sent",
        "state",
        "tier",
        "trace",
    )

    asker: Asker
    tier: Tier
    breaks: Callable[[Rule], bool | None]
    """Whether this fake breaks a rule on purpose: the handler then does what a wrong server would."""

    def __init__(self, fake: FakeVoipbin, request: Request, entry: Exchange) -> None:
        self.fake = fake
        self.state = fake.state
        self.edition = fake.edition
        self.request = request
        self.entry = entry
        self.trace = entry.trace
        # A fake that breaks nothing need only note the rule, and None is as good as False.
        self.breaks = self._breaks if fake.broken else entry.trace.append
        self.sent = {name.lower(): value for name, value in reversed(request.headers)}
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
            raise Refusal(rule.answers[self.edition.name], values, details or [])

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

    def does(self, rule: Rule) -> bool:
        """How the edition decides the point that the rule is about."""
        self.trace.append(rule)
        decision: bool = getattr(self.edition, rule.point)
        return decision

    def time_out(self, rule: Rule) -> None:
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
        self.require(tier.direct, self.asker.kind != "direct")
        self.require(tier.rule, self.asker.may(customer_id or self.asker.customer_id, tier.mask))

    def authorise_on(self, owner: str, own: Rule) -> None:
        """Refuse an asker who may not touch what belongs to a customer: a super-admin may, others only their own."""
        if owner == self.asker.customer_id or self.asker.is_super_admin:
            self.authorise(owner)
        else:
            self.require(own, False)

    # what was sent

    def body(self, model: type[M]) -> M:
        """The body, read as the Go server reads it."""
        if self.does(rules.tier_before_body):
            self.authorise()
        # Nothing is unknown in an ordinary body.
        body = gojson.at_once(self.request.body, model) or self._read(model)
        if self.breaks(rules.body_read_leniently):
            self.require(rules.body_is_json, not body.model_extra)
        return body

    def _read(self, model: type[M]) -> M:
        try:
            body = gojson.decode(self.request.body, model)
        except gojson.NotJson as why:
            self.entry.note(f"the body cannot be read: {why}")
            self.require(rules.body_is_json, False)
            return model()
        self.entry.advise(*advice.unknown_fields(body))
        return body

    def id(self) -> str:
        """The id in the path, as most resources read it."""
        id = gofrs(self._path_text()) or NIL
        self.require(rules.id_is_uuid, id != NIL)
        return id

    def typed_id(self, name: str = "id") -> str:
        """The id in the path, as `/providercalls` reads it; `name` is the parameter's."""
        text = self._path_text()
        id = google(text)
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
        except query.BadParameter as bad:
            self.require(list_rules.page_size_is_integer, False, name="page_size", detail=bad)
        if 1 <= size <= 100:
            return size if not self.breaks(list_rules.page_size_honoured) else 100
        return 100 if not self.breaks(list_rules.page_size_bounded) else 1

    def query_uuid(self, name: str, rule: Rule) -> str | None:
        """A UUID in the query; None when it is not there or nil."""
        try:
            text = query.single(self.query, name)
        except query.BadParameter as bad:
            self.require(rule, False, name=name, detail=bad)
            text = None
        if text is None:
            return None
        id = google(text)
        self.require(rule, id is not None, name=name, detail=_not_a_uuid(text))
        return id

    def _path_text(self) -> str:
        try:
            return query.unescape_path(self.params[0])
        except query.BadParameter as bad:
            self.require(rules.typed_id_is_uuid, False, name="id", detail=bad)
            return ""


def unasked(fake: FakeVoipbin, customer_id: str) -> Context:
    """The context of what happens without a request: VoIPbin itself acts, for a customer."""
    ctx = Context(fake, Request("", ""), Exchange(fake.clock.now(), "", "", b""))
    ctx.asker = Asker("system", customer_id, 0)
    return ctx


def _not_a_uuid(text: str) -> str:
    return f"error unmarshaling '{text}' text as *uuid.UUID: {google_complaint(text)}"

"""The fake VoIPbin: one request in, one answer out, and nothing else happens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..contracts import editions
from ..contracts.http import Request, Response
from ..contracts.identity import Identity, Permission
from ..contracts.models.requests import ActionRequest
from ..contracts.rule import Rule
from ..contracts.rules import RULES
from .assertions import Assertions
from .calls import countries
from .calls.carriers import Carrier
from .calls.engine import LIFECYCLES, CallEngine
from .calls.ladder import ladder
from .calls.ledger import Ledger
from .events.dispatcher import Webhooks
from .events.events import Event
from .flows.action_builder import stored_action
from .gateway.pipeline import respond
from .gateway.request_context import Principal, RequestContext
from .transports.faults import Faults
from .transports.wire_response import WireResponse, apply_fault
from .wire.serializers import renderer, rfc3339_micro
from .world import records
from .world.clock import Clock, RealClock
from .world.ids import Ids
from .world.journal import Exchange, redacted
from .world.lock import synchronized
from .world.state import State

if TYPE_CHECKING:
    from respx import MockRouter, Route

BASE_URL = "https://api.voipbin.net/v1.0"
HOST = "api.voipbin.net"
OWN_NUMBER = "+12025550100"
"""The number that the first two customers own and may call from."""
_TOKEN_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a fake was at one moment. Opaque: made by `snapshot`, taken by `restore`."""

    state: State
    journal: tuple[Exchange, ...]
    ids: object
    clock: Any


_BEGINNINGS: dict[int, Snapshot] = {}
"""What a fake of a seed begins with, on a clock of its own: to copy it takes half as long as to make it again."""
_MOST_BEGINNINGS = 16


class FakeVoipbin(Assertions):
    """An in-process VoIPbin.

    `edition` names which documents or servers it follows (see contracts.editions). The same `seed` and the same
    requests give the same bytes. Time is `clock`'s. `broken` has the ids of rules that this fake breaks on purpose.
    With the `lifecycle` `on_poll` the first GET of a call shows it as it is, and each further one lets time pass until
    its next step, as its carrier's script says; with `manual` carriers do nothing; with `realtime` time passes as it
    does for everybody, and things happen when somebody looks, or calls `clock.catch_up`. In all of them calls can be
    moved by hand, VoIPbin's own timers run on the clock, and `clock.advance` lets everything happen that is due. With
    `rate_limits` the edition's limits are kept, on that same clock: a test in which it stands still meets them soon.
    Raises ValueError for an unknown edition, lifecycle or rule.

    A fresh fake has two customers: the platform's own, with `super_admin` and a healthy `provider`, and another one,
    with `customer_admin`, `customer_manager` and `customer_agent`.
    """

    def __init__(
        self,
        edition: str = "documented",
        seed: int = 0,
        clock: Clock | None = None,
        *,
        lifecycle: str = "on_poll",
        broken: Collection[str | Rule] = (),
        rate_limits: bool = False,
    ) -> None:
        if lifecycle not in LIFECYCLES:
            raise ValueError(f"there is no lifecycle {lifecycle!r}; known are {', '.join(LIFECYCLES)}")
        self.lifecycle = lifecycle
        self.rate_limits = rate_limits
        self.broken = frozenset(one.id if isinstance(one, Rule) else one for one in broken)
        self.edition = _with_points_flipped(editions.get_edition(edition), self.broken)
        self.seed = seed
        self.clock = clock or (RealClock() if lifecycle == "realtime" else Clock())
        """Its time; `clock.advance(seconds)` lets some pass."""
        self.render = renderer(self.edition)
        self.call_engine = CallEngine(self)
        self.webhooks = Webhooks(self)
        """Who receives webhooks, and what becomes of them."""
        self.clock.on_advance(self.webhooks.advance_until)
        self.lock = self.clock.lock
        self.lock.on_release(self.webhooks.deliver_if_idle)
        self._lending = 0
        self._start = self.clock.now()
        self._usual = clock is None and lifecycle != "realtime"
        self._begin()

    def _begin(self) -> None:
        self.ids = Ids(self.seed)
        self.requests: list[Exchange] = []
        """The journal: every request, in order."""
        self.mounted = False
        self._trace: list[Rule | str] = []
        self._metadata_cache: dict[tuple[str, bool, bool], Mapping[str, Any]] = {}
        """What calls through a provider have in common, and so need not have each for itself."""
        # The latest of each length: to compare two is quick, to hash one is not.
        self._ways: dict[int, list[Rule | str]] = {}
        if self._usual and self.seed in _BEGINNINGS:
            self.restore(_BEGINNINGS[self.seed])
        else:
            self._populate()
        agents = self.state.agents.values()
        self._super_admin, self._customer_admin, self._customer_manager, self._customer_agent = agents
        (self._provider_id,) = self.state.providers

    def _populate(self) -> None:
        self.state = State()
        platform = self.add_customer(name="platform", numbers=[OWN_NUMBER])
        reachable = ({"type": "tel", "target": "+12025550101"},)
        self.add_agent(Permission.SUPER_ADMIN, customer=platform, username="super-admin", addresses=reachable)
        customer = self.add_customer(name="customer", numbers=[OWN_NUMBER])
        self.add_agent(Permission.CUSTOMER_ADMIN, customer=customer, username="customer-admin")
        self.add_agent(Permission.CUSTOMER_MANAGER, customer=customer, username="customer-manager")
        self.add_agent(Permission.CUSTOMER_AGENT, customer=customer, username="customer-agent")
        self.add_provider(name="carrier", hostname="sip.carrier.example")
        if self._usual and len(_BEGINNINGS) < _MOST_BEGINNINGS:
            _BEGINNINGS[self.seed] = self.snapshot()

    # one request in, one answer out

    def handle(self, request: Request, /) -> Response:
        """Answer a request. Thread-safe; whatever a client sends, nothing is raised."""
        with self.lock:
            return self._handle(self._enter(request))

    def respond(self, request: Request, /) -> WireResponse:
        """Answer a request as `handle` does, and say how the answer gets to the client: it may meet a fault.

        This is what the transports stand on.
        """
        with self.lock:
            fault = self.faults.trigger(request) if self.state.faults else None
            ctx = self._enter(request)
            if fault is None:
                return WireResponse(self._handle(ctx))
            ctx.entry.fault = str(fault)
            return apply_fault(fault, ctx, self._handle(ctx) if fault.when == "after" else None)

    def _enter(self, request: Request) -> RequestContext:
        """Open the request's page in the journal."""
        if self.lifecycle == "realtime":
            self.clock.sync()
        url, body = redacted(request)
        entry = Exchange(self.clock.now(), request.method, url, body)
        if self.requests and not self._lending:
            self._close(self.requests[-1])
        self._trace = entry.rule_trace
        self.requests.append(entry)
        return RequestContext(self, request, entry)

    def _close(self, entry: Exchange) -> None:
        """Nothing is booked to a page any more. Requests that went the same way through the rules share one trace."""
        length = len(entry.rule_trace)
        if self._ways.get(length) == entry.rule_trace:
            entry.rule_trace = self._ways[length]
        else:
            self._ways[length] = entry.rule_trace

    def _handle(self, ctx: RequestContext) -> Response:
        try:
            response = respond(ctx)
        except Exception:
            # Behind a rule that is broken on purpose a handler may stumble, as a real server would.
            if not self.broken:
                raise
            response = Response(500, (("Content-Length", "0"),))
        ctx.entry.record_response(response)
        return response

    @contextmanager
    def lock_released(self) -> Iterator[None]:
        """Let others at the fake meanwhile, in the midst of whatever its lock is held for."""
        trace = self._trace
        self._lending += 1
        try:
            with self.lock.released():
                yield
        finally:
            self._lending -= 1
            self._trace = trace

    def enforces(self, rule: Rule) -> bool:
        """True, and the rule counts as met by the present or the last request; False on a fake that breaks it."""
        kept = rule.id not in self.broken
        self._trace.append(rule if kept else rule.id)
        return kept

    def flag(self, rule: Rule) -> bool:
        """How the edition decides the point that the rule is about, which counts as met as for `keeps`."""
        self._trace.append(rule)
        decision: bool = getattr(self.edition, rule.edition_flag)
        return decision

    # who may ask

    @property
    def super_admin(self) -> Identity:
        """The platform's super-admin."""
        return self.identity(self._super_admin)

    @property
    def customer_admin(self) -> Identity:
        """An admin of an ordinary customer."""
        return self.identity(self._customer_admin)

    @property
    def customer_manager(self) -> Identity:
        """A manager of an ordinary customer."""
        return self.identity(self._customer_manager)

    @property
    def customer_agent(self) -> Identity:
        """An agent of an ordinary customer, who may do next to nothing."""
        return self.identity(self._customer_agent)

    @property
    def provider(self) -> records.Provider:
        """A healthy provider."""
        return self.state.providers[self._provider_id]

    def identity(self, agent: records.Agent) -> Identity:
        """An agent's credentials."""
        return Identity(
            id=agent.id,
            customer_id=agent.customer_id,
            username=agent.username,
            permission=agent.permission,
            password=agent.password,
            token=agent.token,
            accesskey=agent.accesskey,
        )

    # what there is, read-only

    @property
    def providers(self) -> Mapping[str, records.Provider]:
        """Every provider by id, deleted ones too."""
        return self.state.providers

    @property
    def providercalls(self) -> Mapping[str, records.ProviderCall]:
        """Every providercall by id, deleted ones too."""
        return self.state.providercalls

    @property
    def calls(self) -> Mapping[str, records.Call]:
        """Every call by id; each can be moved by hand: `.ring()`, `.answer()`, `.hangup(reason=...)`."""
        return self.state.calls

    @property
    def groupcalls(self) -> Mapping[str, records.Groupcall]:
        """Every groupcall by id."""
        return self.state.groupcalls

    @property
    def flows(self) -> Mapping[str, records.Flow]:
        """Every flow by id, temporary ones too."""
        return self.state.flows

    @property
    def activeflows(self) -> Mapping[str, records.Activeflow]:
        """Every activeflow by id."""
        return self.state.activeflows

    @property
    def events(self) -> Sequence[Event]:
        """What customers were told of calls, groupcalls and activeflows, in the order in which it happened."""
        return self.state.events

    @property
    def ledger(self) -> Ledger:
        """What the calls cost."""
        return Ledger(self)

    # seeding

    @synchronized
    def add_customer(
        self, *, destination_whitelist: Iterable[str] = countries.ALL, numbers: Iterable[str] = (), **fields: Any
    ) -> records.Customer:
        """Another customer. By default it is active, verified, has 100 dollars and may call every country.

        `numbers` are those that it owns and may call from; other `fields` are those of records.Customer, such as
        status, identity_verification_status, balance_credit (millionths of a dollar), balance_token, plan_type.
        """
        fields.setdefault("billing_account_id", self.ids.uuid())
        fields.setdefault("webhook_secret", self.ids.password())
        customer = records.Customer(
            id=self.ids.uuid(),
            tm_create=self.clock.timestamp(),
            destination_whitelist=frozenset(destination_whitelist),
            numbers=frozenset(numbers),
            **fields,
        )
        return self.state.customers.add(customer)

    @synchronized
    def add_agent(
        self,
        permission: int = Permission.CUSTOMER_ADMIN,
        *,
        customer: records.Customer | str | None = None,
        username: str = "",
        addresses: Iterable[Mapping[str, str]] = (),
        **fields: Any,
    ) -> records.Agent:
        """Another agent, with a password, a token and an access key; of the super-admin's customer unless told.

        `permission` is made of contracts.identity.Permission's bits. `addresses` are where the agent is rung.
        """
        id = self.ids.uuid()
        agent = records.Agent(
            id=id,
            tm_create=self.clock.timestamp(),
            customer_id=self._customer_id(customer),
            username=username or f"agent-{id[:8]}",
            permission=int(permission),
            addresses=tuple(records.Address(**address) for address in addresses),
            password=self.ids.password(),
            **fields,
        )
        self.state.agents.add(agent)
        for one in agent.addresses:
            self.state.addresses[agent.customer_id, one.type, one.target] = id
        agent.token = self.issue_token(agent)
        agent.accesskey = self.add_accesskey(agent).secret
        return agent

    def add_accesskey(self, agent: records.Agent | None = None, **fields: Any) -> records.Accesskey:
        """Another access key, made by an agent (the super-admin unless told); its value is `.secret`."""
        maker = agent or self._super_admin
        return self.create_accesskey(maker.customer_id, maker.permission, **fields)

    @synchronized
    def create_accesskey(self, customer_id: str, permission: int, **fields: Any) -> records.Accesskey:
        """An access key of a customer; `permission` is its maker's."""
        secret = self.ids.accesskey()
        key = records.Accesskey(
            id=self.ids.uuid(),
            tm_create=self.clock.timestamp(),
            customer_id=customer_id,
            secret=secret,
            token_prefix=secret[:11],
            permission=permission,
            **fields,
        )
        self.state.secrets[secret] = key.id
        return self.state.accesskeys.add(key)

    @synchronized
    def add_provider(self, **fields: Any) -> records.Provider:
        """Another provider, healthy unless told. `fields` are those of records.Provider."""
        fields.setdefault("health_status", "healthy")
        now = self.clock.timestamp()
        if fields["health_status"] != "unknown":
            fields.setdefault("health_checked_at", now)
        return self.state.providers.add(records.Provider(id=self.ids.uuid(), tm_create=now, **fields))

    @synchronized
    def delete_provider(self, id: str) -> records.Provider:
        """Soft-delete a provider. Raises KeyError when there is none."""
        provider = self.state.providers[id]
        provider.tm_update = provider.tm_delete = self.clock.timestamp()
        return provider

    @synchronized
    def add_flow(
        self,
        actions: Iterable[Mapping[str, Any]] = (),
        *,
        customer: records.Customer | str | None = None,
        **fields: Any,
    ) -> records.Flow:
        """Another flow, of the super-admin's customer unless told. `actions` are objects as the API takes them."""
        flow = records.Flow(
            id=self.ids.uuid(),
            tm_create=self.clock.timestamp(),
            customer_id=self._customer_id(customer),
            actions=self._actions(actions),
            **fields,
        )
        return self.state.flows.add(flow)

    @synchronized
    def add_fetchable(self, url: str, actions: Iterable[Mapping[str, Any]]) -> None:
        """What a `fetch` action finds at a URL. Nothing is looked up anywhere else: an unknown URL ends the flow."""
        self.state.fetchable[url] = self._actions(actions)

    def _actions(self, actions: Iterable[Mapping[str, Any]]) -> tuple[records.Action, ...]:
        return tuple(stored_action(self.ids, ActionRequest.model_validate(action)) for action in actions)

    @synchronized
    def add_extension(
        self, name: str, contacts: Iterable[str] = (), *, customer: records.Customer | str | None = None
    ) -> None:
        """An extension of a customer's (the super-admin's unless told), and the SIP URIs of its registered contacts.

        A destination of type `extension` finds it by its target_name.
        """
        owner = self.state.customers[self._customer_id(customer)]
        owner.extensions = {**owner.extensions, name: tuple(contacts)}

    @synchronized
    def issue_token(self, agent: records.Agent, *, kind: str = "agent", lifetime: timedelta = _TOKEN_LIFE) -> str:
        """A token of an agent: of kind `agent`, or `direct` or `delegate`, which carry less; it lives for `life`."""
        expire = self.clock.now() + lifetime
        permission = {"agent": agent.permission, "delegate": int(Permission.CUSTOMER_ADMIN)}.get(kind, 0)
        claims = {
            "agent": {"id": agent.id, "customer_id": agent.customer_id, "permission": permission},
            "expire": rfc3339_micro(expire),
            "jti": self.ids.uuid(),
            "type": kind,
        }
        token = self.ids.jwt(claims)
        name = agent.username if kind == "agent" else f"a {kind} token"
        self.state.tokens[token] = Principal(kind, agent.customer_id, permission, agent.id, expire, name)
        return token

    def _customer_id(self, customer: records.Customer | str | None) -> str:
        if isinstance(customer, records.Customer):
            return customer.id
        return customer or self._super_admin.customer_id

    # the far side

    def carrier(self, provider: records.Provider | str | None = None) -> Carrier:
        """What the far side of a provider (the healthy one unless told) does is said here. KeyError for none."""
        id = provider.id if isinstance(provider, records.Provider) else provider or self._provider_id
        return Carrier(self, self.state.providers[id])

    @property
    def faults(self) -> Faults:
        """What goes wrong between a client and VoIPbin is said here."""
        return Faults(self)

    def ladder(self, call: records.Call | str) -> str:
        """What happened around a call, as text: requests, INVITE, the carrier's responses, the hang-up, each timed.

        Raises KeyError for an unknown id.
        """
        found = self.state.calls[call] if isinstance(call, str) else call
        return ladder(self, found)

    # in place of the real one

    @property
    def base_url(self) -> str:
        """Where clients expect VoIPbin: `https://api.voipbin.net/v1.0`."""
        return BASE_URL

    def mount(self, router: MockRouter) -> Route:
        """Answer on a respx router, such as the `respx_mock` fixture, as one route for VoIPbin's host."""
        from .transports.respx import mount

        self.mounted = True
        return mount(self, router)

    # to and fro

    def snapshot(self) -> Snapshot:
        """Everything as it is now; records that a test holds in its hands are not part of it."""
        with self.lock:
            return Snapshot(self.state.copy(), _copied(self.requests), self.ids.state(), self.clock.now())

    def restore(self, snapshot: Snapshot) -> None:
        """Make everything as it was, as often as wanted. Look records up again: those in hand are not moved back."""
        with self.lock:
            self.state = snapshot.state.copy()
            self.requests = list(_copied(snapshot.journal))
            self._trace = []
            self.ids.restore(snapshot.ids)
            self.clock.set(snapshot.clock)

    def reset(self) -> None:
        """Make everything as it was when the fake was made."""
        with self.lock:
            self.clock.set(self._start)
            self._begin()


def _copied(journal: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Pages of the journal on which nothing is written any more: what happens later is booked to the last one."""
    return tuple(replace(entry, rule_trace=entry.rule_trace.copy()) for entry in journal)


def _with_points_flipped(edition: editions.Edition, broken: frozenset[str]) -> editions.Edition:
    """The edition, deciding the other way wherever a broken rule is about a point of it."""
    if not broken:
        return edition
    unknown = broken - RULES.keys()
    if unknown:
        raise ValueError(f"there are no rules {', '.join(sorted(unknown))}; see contracts.RULES")
    points = [RULES[id].edition_flag for id in broken if RULES[id].edition_flag]
    flipped: dict[str, Any] = {point: not getattr(edition, point) for point in points}
    return replace(edition, **flipped)

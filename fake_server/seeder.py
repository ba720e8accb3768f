"""Seeding: adding customers, agents, access keys, providers, flows, numbers, extensions and recordings to a fake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from ..contracts import models
from ..contracts.formats.go_uuids import parse_gofrs
from ..contracts.identity import Identity, Permission
from ..contracts.redaction import KNOWN
from .calls.numbers import countries
from .gateway import authentication
from .initial_state import InitialParts, Seeded, identity_of
from .world.clock import START, RealClock
from .world.lock import Lock, synchronized
from .world.names import check_fields, find, unknown
from .world.records import Accesskey, Agent, Customer, Flow, Provider, Recording
from .world.values import Action, Address
from .world.world import World

if TYPE_CHECKING:
    from .calls.routing.routes import Route
    from .world.resources.extensions import Extension
    from .world.resources.numbers import Number

OWN_NUMBER = "+12025550100"
"""The number that the first two customers own and may call from."""
_LAST_DAY: Final = datetime(2100, 1, 1, tzinfo=timezone.utc)


class Seeder:
    """The part of FakeVoipbin that has the initial records, and adds others.

    The super-admin's customer and the super-admin come first.
    """

    world: World
    lock: Lock
    _seeded: Seeded

    def _populate(self) -> None:
        platform = self.add_customer(name="platform", numbers=[OWN_NUMBER])
        addresses = ({"type": "tel", "target": "+12025550101"},)
        self.add_agent(Permission.SUPER_ADMIN, customer=platform, username="super-admin", addresses=addresses)
        customer = self.add_customer(name="customer", numbers=[OWN_NUMBER])
        self.add_agent(Permission.CUSTOMER_ADMIN, customer=customer, username="customer-admin")
        self.add_agent(Permission.CUSTOMER_MANAGER, customer=customer, username="customer-manager")
        self.add_agent(Permission.CUSTOMER_AGENT, customer=customer, username="customer-agent")
        self.add_provider(name="carrier", hostname="sip.carrier.example")

    @property
    def super_admin(self) -> Identity:
        """The platform's super-admin."""
        return self._initial_identity(self._seeded.super_admin)

    @property
    def customer_admin(self) -> Identity:
        """An admin of an ordinary customer."""
        return self._initial_identity(self._seeded.customer_admin)

    @property
    def customer_manager(self) -> Identity:
        """A manager of an ordinary customer."""
        return self._initial_identity(self._seeded.customer_manager)

    @property
    def customer_agent(self) -> Identity:
        """An agent of an ordinary customer, with almost no permissions."""
        return self._initial_identity(self._seeded.customer_agent)

    def _initial_identity(self, id: str) -> Identity:
        state = self.world.state
        if state.has_used("agents") or not isinstance(state.make, InitialParts):
            return self.identity(state.agents[id])
        return state.make.identity(id)

    @property
    def provider(self) -> Provider:
        """A healthy provider."""
        return self.world.state.providers[self._seeded.provider]

    @synchronized
    def add_customer(
        self, *, destination_whitelist: Iterable[str] = countries.ALL, numbers: Iterable[str] = (), **fields: Any
    ) -> Customer:
        """Add a customer. By default it is active, verified, has $100 and may call every country.

        `numbers` are those that it owns and may call from. The other `fields` are those of records.Customer, such as
        status, identity_verification_status, balance_credit (millionths of a dollar), balance_token, plan_type,
        flow_count, codecs. The whitelist and the codecs are its outbound configuration; with
        `has_outbound_config=False` it has none, and can call no telephone.
        """
        check_fields("add_customer", Customer, fields)
        ids, clock = self.world.ids, self.world.clock
        allowed = destination_whitelist if fields.get("has_outbound_config", True) else ()
        fields.setdefault("billing_account_id", ids.uuid())
        fields.setdefault("webhook_secret", ids.webhook_secret())
        KNOWN.add(fields["webhook_secret"])
        customer = Customer(
            id=ids.uuid(),
            tm_create=clock.timestamp(),
            destination_whitelist=frozenset(allowed),
            numbers=frozenset(numbers),
            **fields,
        )
        return self.world.state.customers.add(customer)

    @synchronized
    def add_agent(
        self,
        permission: int | str = Permission.CUSTOMER_ADMIN,
        *,
        customer: Customer | str | None = None,
        username: str = "",
        addresses: Iterable[Mapping[str, str]] = (),
        **fields: Any,
    ) -> Agent:
        """Add an agent with a password, a token and an access key. Defaults to the super-admin's customer.

        `permission` combines the bits of contracts.identity.Permission, or names one, such as `"customer_admin"`.
        `addresses` are those at which the agent is called.
        """
        check_fields("add_agent", Agent, fields, ("customer",))
        state, ids = self.world.state, self.world.ids
        id = ids.uuid()
        agent = Agent(
            id=id,
            tm_create=self.world.clock.timestamp(),
            customer_id=self._customer_id(customer),
            username=username or f"agent-{id[:8]}",
            permission=_permission(permission),
            addresses=tuple(Address(**address) for address in addresses),
            password=ids.password(),
            direct_id=ids.uuid(),
            direct_hash=ids.direct_hash(id),
            **fields,
        )
        state.agents.add(agent)
        for one in agent.addresses:
            state.addresses[agent.customer_id, one.type, one.target] = id
        agent.token = self._predefined_token(agent)
        agent.accesskey = self.add_accesskey(agent).secret
        return agent

    @synchronized
    def add_accesskey(self, agent: Agent | None = None, **fields: Any) -> Accesskey:
        """Add an access key, created by an agent (by default the super-admin). Its value is `.secret`."""
        check_fields("add_accesskey", Accesskey, fields, ("agent",))
        creator = agent or next(iter(self.world.state.agents.values()))
        return authentication.create_accesskey(self.world, creator.customer_id, creator.permission, **fields)

    @synchronized
    def add_provider(self, **fields: Any) -> Provider:
        """Add a provider, by default a healthy one. `fields` are those of records.Provider."""
        check_fields("add_provider", Provider, fields)
        fields.setdefault("health_status", "healthy")
        now = self.world.clock.timestamp()
        if fields["health_status"] != "unknown":
            fields.setdefault("health_checked_at", now)
        return self.world.state.providers.add(Provider(id=self.world.ids.uuid(), tm_create=now, **fields))

    @synchronized
    def delete_provider(self, id: Provider | str) -> Provider:
        """Soft-delete a provider, given by id or as a record. Raises KeyError for an unknown id."""
        # A record that a test holds may be older than a restored snapshot.
        provider = find("provider", self.world.state.providers, id.id if isinstance(id, Provider) else id)
        provider.tm_update = provider.tm_delete = self.world.clock.timestamp()
        return provider

    @synchronized
    def add_route(
        self,
        provider: Provider | str,
        *,
        customer: Customer | str | None = None,
        target: str = "all",
        priority: int = 1,
        **fields: Any,
    ) -> Route:
        """Add a dial route through a provider, given by id or as a record: by default a default route.

        `target` is a calling code such as `+1`, or `all`. A fake begins with one default route, through its provider.
        The provider need not exist: a call by such a route fails. Raises KeyError for what is not an id, and ValueError
        for a priority that the API refuses.
        """
        from ..contracts.rules.routing.routes import DEFAULT_CUSTOMER
        from .calls.routing import routes

        check_fields("add_route", routes.Route, fields, ("provider", "customer"))
        if not -routes.MAX_PRIORITY <= priority < routes.MAX_PRIORITY:
            raise ValueError(f"the priority {priority} does not fit into 32 bits, as the API requires")
        table = routes.routes_of(self.world)
        route = routes.Route(
            id=self.world.ids.uuid(),
            tm_create=self.world.clock.timestamp(),
            customer_id=self._customer_id(customer) if customer else DEFAULT_CUSTOMER,
            provider_id=self._route_provider(provider),
            target=target,
            priority=priority,
            **fields,
        )
        return table.add(route)

    def _route_provider(self, provider: Provider | str) -> str:
        if isinstance(provider, Provider):
            return provider.id
        return parse_gofrs(provider) or find("provider", self.world.state.providers, provider).id

    @synchronized
    def delete_route(self, id: Route | str) -> Route:
        """Soft-delete a dial route, given by id or as a record. Raises KeyError for an unknown id."""
        from .calls.routing.routes import routes_of

        route = find("route", routes_of(self.world), id if isinstance(id, str) else id.id)
        route.tm_update = route.tm_delete = self.world.clock.timestamp()
        return route

    @synchronized
    def add_flow(
        self,
        actions: Iterable[Mapping[str, Any]] = (),
        *,
        customer: Customer | str | None = None,
        **fields: Any,
    ) -> Flow:
        """Add a flow. `actions` are objects as the API accepts them. Defaults to the super-admin's customer.

        Raises ValueError for an unknown type of action or an unknown field.
        """
        check_fields("add_flow", Flow, fields, ("customer",))
        id = self.world.ids.uuid()
        fields.setdefault("direct_hash", self.world.ids.direct_hash(id))
        flow = Flow(
            id=id,
            tm_create=self.world.clock.timestamp(),
            customer_id=self._customer_id(customer),
            actions=self._actions(actions),
            **fields,
        )
        self.world.state.customers[flow.customer_id].flow_count += not flow.temporary
        return self.world.state.flows.add(flow)

    @synchronized
    def add_fetchable(self, url: str, actions: Iterable[Mapping[str, Any]]) -> None:
        """Set the actions that a `fetch` action finds at a URL. An unknown URL ends the flow; nothing is requested.

        Raises ValueError for an unknown type of action or an unknown field.
        """
        from .flows.lookup import FETCHABLE

        FETCHABLE.of(self.world.state)[url] = self._actions(actions)

    def _actions(self, actions: Iterable[Mapping[str, Any]]) -> tuple[Action, ...]:
        from .flows.action_builder import stored_action

        return tuple(stored_action(self.world.ids, _checked(action)) for action in actions)

    @synchronized
    def add_number(
        self, number: str, *, customer: Customer | str | None = None, deleted: bool = False, **fields: Any
    ) -> Number:
        """Add a telephone number that a customer owns. Defaults to the super-admin's customer.

        The customer may call from it, unless its `type` is `virtual` or it is deleted. `fields` are those of the
        record, such as name, detail, type, call_flow_id. The `numbers` of add_customer are records too.
        """
        from .world.resources import numbers

        check_fields("add_number", numbers.Number, fields, ("customer", "number", "deleted"))
        owner = self.world.state.customers[self._customer_id(customer)]
        return numbers.add_number(self.world, owner, number, deleted, fields)

    @synchronized
    def add_extension(
        self,
        extension: str,
        contacts: Iterable[str] = (),
        *,
        customer: Customer | str | None = None,
        deleted: bool = False,
        **fields: Any,
    ) -> Extension:
        """Add an extension, with the SIP URIs of its registered contacts. Defaults to the super-admin's customer.

        A destination of type `extension` refers to it by target_name. `fields` are those of the record: name, detail,
        password, direct_hash. The password is generated by default.
        """
        from .world.resources import extensions

        check_fields("add_extension", extensions.Extension, fields, ("customer", "extension", "contacts", "deleted"))
        owner = self.world.state.customers[self._customer_id(customer)]
        return extensions.add_extension(self.world, owner, extension, contacts, deleted, fields)

    @synchronized
    def add_recording(
        self,
        status: str = "ended",
        *,
        customer: Customer | str | None = None,
        duration: float = 10.0,
        deleted: bool = False,
        **fields: Any,
    ) -> Recording:
        """Add a recording of a call that the fake no longer has. Defaults to the super-admin's customer.

        `status` is `initiating`, `recording`, `stopping` or `ended`: the first and the third last for a moment only on
        the servers, and not at all in the fake. `duration` is in seconds, until now. `fields` are those of the record,
        such as reference_id. Raises ValueError for any other status.
        """
        from .world.resources import recordings

        check_fields("add_recording", Recording, fields, ("status", "customer", "duration", "deleted"))
        owner = self._customer_id(customer)
        return recordings.add_recording(self.world, owner, status, duration, deleted, fields)

    @synchronized
    def issue_token(
        self, agent: Agent, *, kind: str = "agent", lifetime: timedelta = authentication.TOKEN_LIFETIME
    ) -> str:
        """Issue a token of an agent: of kind `agent`, or `direct` or `delegate`, which have fewer permissions."""
        return authentication.issue_token(self.world, agent, kind, lifetime)

    def _predefined_token(self, agent: Agent) -> str:
        """Issue the token of a new agent. In real time its dates are fixed, so that it depends on the seed only."""
        clock = self.world.clock
        if isinstance(clock, RealClock) and clock.now() < _LAST_DAY:
            return authentication.issue_token(self.world, agent, "agent", _LAST_DAY - clock.now(), START)
        return self.issue_token(agent)

    def identity(self, agent: Agent) -> Identity:
        """Return an agent's credentials."""
        return identity_of(agent, agent.token, agent.password, agent.accesskey)

    def _customer_id(self, customer: Customer | str | None) -> str:
        if isinstance(customer, Customer):
            return customer.id
        customers = self.world.state.customers
        return find("customer", customers, customer).id if customer else next(iter(customers))


def _permission(permission: int | str) -> int:
    if isinstance(permission, int):
        return int(permission)
    names = {str(one.name).lower(): one for one in Permission}
    if str(permission).lower() not in names:
        raise ValueError(unknown("permission", permission, names))
    return int(names[permission.lower()])


def _checked(action: Mapping[str, Any]) -> models.requests.ActionRequest:
    """Return an action as a request. Raises ValueError for mistakes that the API would silently ignore or refuse."""
    if not isinstance(action, Mapping):
        raise TypeError(
            f"{action!r} is not an action; expected an object such as {{'type': 'talk', 'option': {{...}}}}"
        )
    from ..contracts.models.action_types import ACTION_TYPES

    known = list(models.requests.ActionRequest.model_fields)
    for key in action:
        if key not in known:
            raise ValueError(unknown("field of an action", key, known))
    if action.get("type", "") not in list(ACTION_TYPES):
        raise ValueError(unknown("action", action.get("type", ""), ACTION_TYPES))
    return models.requests.ActionRequest.model_validate(action)

"""The initial state of a fake: that of its seed, which all fakes of the seed share, with credentials of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Final, NamedTuple

from ..contracts.identity import Identity
from ..contracts.redaction import KNOWN
from .world.ids import Ids
from .world.principal import Principal
from .world.records import Accesskey, Agent, Customer
from .world.state import State, Table


class Seeded(NamedTuple):
    """The ids of the records that a fake has from the beginning."""

    super_admin: str
    customer_admin: str
    customer_manager: str
    customer_agent: str
    provider: str


class InitialParts:
    """Makes the parts of a fake's state from the initial one of its seed, each when it is first used.

    Without an owner the credentials are those of the initial state. The redaction learns them before anyone can see
    them: it may have forgotten those of an initial state that was made long ago.
    """

    def __init__(self, initial: State, ids: Ids) -> None:
        self._initial = initial
        self._ids = ids
        self._identities: dict[str, Identity] = {}
        """Those of the agents whose credentials are in use."""

    def __call__(self, name: str) -> Any:
        """Return a part of the state by its name."""
        make = _MAKERS.get(name)
        return self._initial.copy_of(name) if make is None else make(self)

    def identity(self, id: str) -> Identity:
        """Return the identity of an initial agent: most tests use one agent."""
        found = self._identities.get(id)
        if found is None:
            agent = self._initial.agents[id]
            found = identity_of(agent, *self._ids.owned_credentials(agent.token, agent.password, agent.accesskey))
            KNOWN.add(found.password, found.accesskey)
            self._identities[id] = found
        return found

    def _agents(self) -> Table[Agent]:
        agents: Table[Agent] = self._initial.copy_of("agents")
        for agent in agents.values():
            own = self.identity(agent.id)
            agent.token, agent.password, agent.accesskey = own.token, own.password, own.accesskey
        return agents

    def _own_accesskeys(self) -> dict[str, str]:
        """Return the owner's access key for each initial one."""
        return {agent.accesskey: self.identity(agent.id).accesskey for agent in self._initial.agents.values()}

    def _accesskeys(self) -> Table[Accesskey]:
        own = self._own_accesskeys()
        keys: Table[Accesskey] = self._initial.copy_of("accesskeys")
        for key in keys.values():
            key.secret = own[key.secret]
            key.token_prefix = key.secret[:11]
        return keys

    def _secrets(self) -> dict[str, str]:
        own = self._own_accesskeys()
        return {own[secret]: id for secret, id in self._initial.secrets.items()}

    def _tokens(self) -> Tokens:
        initial = self._initial
        return Tokens(
            # Copied first, since another thread may read the credentials of another agent.
            {own.token: initial.tokens[initial.agents[id].token] for id, own in [*self._identities.items()]},
            lambda: {self.identity(id).token: initial.tokens[agent.token] for id, agent in initial.agents.items()},
        )

    def _customers(self) -> Table[Customer]:
        customers: Table[Customer] = self._initial.copy_of("customers")
        KNOWN.add(*(customer.webhook_secret for customer in customers.values()))
        return customers


_MAKERS: Final[Mapping[str, Callable[[InitialParts], Any]]] = {
    "agents": InitialParts._agents,
    "accesskeys": InitialParts._accesskeys,
    "secrets": InitialParts._secrets,
    "tokens": InitialParts._tokens,
    "customers": InitialParts._customers,
}
"""What makes the parts with credentials."""


class Tokens(MutableMapping[str, Principal]):
    """The principal of each token. Those that no test uses are signed when a token is missed: signing takes long."""

    def __init__(self, used: dict[str, Principal], sign_all: Callable[[], dict[str, Principal]]) -> None:
        self._used = used
        self._sign_all: Callable[[], dict[str, Principal]] | None = sign_all

    def _all(self) -> dict[str, Principal]:
        if self._sign_all is not None:
            self._used.update(self._sign_all())
            self._sign_all = None
        return self._used

    def get(self, token: str, default: Any = None) -> Any:
        """Return the principal of a token."""
        found = self._used.get(token)
        return self._all().get(token, default) if found is None else found

    def __getitem__(self, token: str) -> Principal:
        return self._all()[token]

    def __setitem__(self, token: str, principal: Principal) -> None:
        self._all()[token] = principal

    def __delitem__(self, token: str) -> None:
        del self._all()[token]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def copy(self) -> dict[str, Principal]:
        """Return an independent copy."""
        return self._all().copy()


def identity_of(agent: Agent, token: str, password: str, accesskey: str) -> Identity:
    """Return an agent's identity, with its own credentials or those of an owner."""
    return Identity(agent.id, agent.customer_id, agent.username, agent.permission, password, token, accesskey)

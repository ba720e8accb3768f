"""Play a recording against a fake that was seeded as the server was, and collect the responses that differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seeder import OWN_NUMBER
from pytest_providercalls.fake_server.world.records import Accesskey, Agent
from pytest_providercalls.fake_server.world.values import FINISH_ID, START_ID

from .masking import Masking
from .recording import Recorded, edition_of

UNKNOWN_ID = "f1f2f3f4-0000-4000-8000-00000000dead"
WEBHOOK_SECRET = 32 * "s"
BETWEEN_REQUESTS = 0.01
"""Seconds of the fake's clock from one request to the next, so that no two records are created at the same time."""
_CUSTOMERS: dict[str, dict[str, Any]] = {
    "frozen": {"status": "frozen", "tm_deletion_scheduled": datetime(2026, 1, 1, tzinfo=timezone.utc)},
    "poor": {"balance_credit": 0},
    "unverified": {"identity_verification_status": "none"},
    "unlisted": {"destination_whitelist": ()},
    "other": {},
}
_ROLES = {"admin": Permission.CUSTOMER_ADMIN, "super_admin": Permission.SUPER_ADMIN}
_PLACED = {"pc", "c1", "g1", "gcall"}
_IN_PATH = re.compile(r"\{(\w+)\}")
_IN_BODY = re.compile(rb"@@(\w+)@@")


@dataclass(frozen=True, slots=True)
class Compared:
    """What one side responded, as far as it is compared."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class Difference:
    """An exchange to which the fake responds otherwise than the server."""

    recorded: Recorded
    server: Compared
    fake: Compared


@dataclass
class Player:
    """A fake in the state of a fresh server, with the values that a recording refers to by name."""

    fake: FakeVoipbin
    agents: dict[str, Agent] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """The name under which responses show an id: that of an agent or customer, or the one it was captured under."""
    fixed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        fake = self.fake
        self.fixed |= {NIL, START_ID, FINISH_ID, UNKNOWN_ID, *fake.state.customers, *fake.state.agents}
        self.fixed |= {customer.billing_account_id for customer in fake.state.customers.values()}
        self.fixed |= set(fake.state.providers)
        for agent in fake.state.agents.values():
            self._name_agent(agent.username.replace("-", "_"), agent)
            self._name_accesskey(agent)
        self.names.clear()
        for name, customer in _CUSTOMERS.items():
            self._add_customer(name, customer)
        for customer in fake.state.customers.values():
            customer.webhook_secret = WEBHOOK_SECRET
        self.values |= {"carrier": fake.provider.id, "UNK": UNKNOWN_ID, "NIL": NIL}
        super_admin, customer_admin = self.agents["super_admin"], self.agents["customer_admin"]
        self.values["direct"] = fake.issue_token(super_admin, kind="direct")
        self.values["delegate"] = fake.issue_token(customer_admin, kind="delegate")
        self.values["expired"] = fake.issue_token(super_admin, lifetime=timedelta(seconds=-1))

    def _add_customer(self, name: str, fields: dict[str, Any]) -> None:
        customer = self.fake.add_customer(name=name, numbers=[OWN_NUMBER], **fields)
        for role, permission in _ROLES.items():
            agent = self.fake.add_agent(permission, customer=customer, username=f"{name}-{role}-x")
            self._name_agent(f"{name}_{role}", agent)
            self.fake.state.accesskeys.remove(self._accesskey(agent))

    def _name_agent(self, name: str, agent: Agent) -> None:
        self.agents[name] = agent
        agent.name, agent.direct_hash = agent.username, ""
        ids = {f"id_{name}": agent.id, f"cid_{name}": agent.customer_id}
        for shown, id in ids.items():
            # Two agents share a customer, which the recordings call by the first one's name.
            self.names.setdefault(id, shown)
        self.values |= {**ids, name: agent.token, f"ak_{name}": agent.accesskey}

    def _name_accesskey(self, agent: Agent) -> None:
        key = self._accesskey(agent)
        key.name = agent.username.replace("-", "_")
        key.tm_create = self.fake.clock.timestamp()
        key.tm_expire = key.tm_create + timedelta(days=365)
        self.fake.clock.advance(BETWEEN_REQUESTS)

    def _accesskey(self, agent: Agent) -> Accesskey:
        return self.fake.state.accesskeys[self.fake.state.secrets[agent.accesskey]]

    def play(self, exchanges: list[Recorded]) -> Iterator[Difference]:
        """Send each request. Yield those to which the fake responds otherwise than the server."""
        for recorded in exchanges:
            difference = self._exchange(recorded)
            if difference is not None:
                yield difference
            self.fake.clock.advance(recorded.settle + BETWEEN_REQUESTS)

    def _exchange(self, recorded: Recorded) -> Difference | None:
        response = self.fake.handle(self._request(recorded))
        self._capture(recorded, response)
        masking = Masking(self.names, self.fixed)
        server = _compared(masking, recorded.status, recorded.response_headers, recorded.response_body)
        body = response.body.decode("utf-8", "surrogateescape")
        fake = _compared(masking, response.status, response.headers, body)
        return None if server == fake else Difference(recorded, server, fake)

    def _request(self, recorded: Recorded) -> Request:
        target = _IN_PATH.sub(lambda match: self._value(match[1]), recorded.path)
        headers = [("Host", "api.voipbin.net")]
        headers += [
            (name, _IN_PATH.sub(lambda match: self._value(match[1]), value)) for name, value in recorded.headers
        ]
        kind, _, name = (recorded.principal or "").rpartition(":")
        if kind:
            value = self.values[name if kind == "q" else f"ak_{name}"]
            target += f"{'&' if '?' in target else '?'}{'token' if kind == 'q' else 'accesskey'}={value}"
        elif name:
            headers.append(("Authorization", f"Bearer {self.values[name]}"))
        body = _IN_BODY.sub(lambda match: self._value(match[1].decode()).encode(), recorded.body)
        return Request(recorded.method, target, tuple(headers), body)

    def _value(self, name: str) -> str:
        if name == "af" and name not in self.values:
            # The recording read the activeflow of a call between two lines.
            self._set(name, self.fake.calls[self.values["c1"]].activeflow_id)
        return self.values.get(name, f"{{{name}}}")

    def _capture(self, recorded: Recorded, response: Response) -> None:
        """Remember the values that later exchanges refer to. Those of an earlier placement can no longer be sent."""
        if _PLACED & recorded.capture.keys():
            for name in _PLACED:
                self.values.pop(name, None)
        for name, pointer in recorded.capture.items():
            try:
                value = _at(response.json(), pointer)
            except (ValueError, LookupError, TypeError):
                continue
            self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        self.values[name] = value
        self.names[value] = name


def differences(name: str, exchanges: list[Recorded]) -> Iterator[Difference]:
    """Play a recording. Yield the exchanges to which the fake responds otherwise than the server."""
    return Player(FakeVoipbin(edition_of(name), lifecycle="manual")).play(exchanges)


def _at(value: Any, pointer: str) -> str:
    for key in pointer.strip("/").split("/"):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return str(value)


def _compared(masking: Masking, status: int, headers: Any, body: str) -> Compared:
    return Compared(status, tuple(masking.headers(headers)), masking.text(body))

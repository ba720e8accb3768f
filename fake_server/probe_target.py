"""The fake as a target of the rules' probes, with every identity that a probe may use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ..contracts.answer import CLOSED
from ..contracts.editions import get_edition
from ..contracts.http import Request, Response
from ..contracts.identity import Permission
from .core import FakeVoipbin
from .world.records import Agent

if TYPE_CHECKING:
    from .websockets.connection import OpenedConnection
    from .world.clock import Clock

_NORMAL_CLOSURE: Final = 1000


class _Arrivals:
    """What arrives at the client of a WebSocket without a connection below it (websockets.connection.Wire)."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.close_code: int | None = None

    def send(self, text: str, /) -> None:
        self.messages.append(text)

    def close(self, code: int | None, _reason: str, /) -> None:
        self.close_code = CLOSED.status if code is None else code

    def silence(self) -> None: ...


class FakeSocket:
    """The client of a WebSocket (contracts.target.Socket), in the same thread as the fake."""

    def __init__(self, connection: OpenedConnection, arrivals: _Arrivals, clock: Clock) -> None:
        self._connection = connection
        self._arrivals = arrivals
        self._clock = clock
        self._last_pong: datetime | None = None
        """That of a client which ignores pings."""

    @property
    def close_code(self) -> int | None:
        """The close code; None while the WebSocket is open."""
        last_pong = self._last_pong or self._opened + self.pings * self._period
        if self._clock.now() >= last_pong + timedelta(seconds=self._connection.keepalive.wait):
            self._arrivals.close_code = self._arrivals.close_code or CLOSED.status
            self._connection.lost(CLOSED.status)
        return self._arrivals.close_code

    @property
    def pings(self) -> int:
        """The number of pings that have arrived: without a transport, they follow the fake's clock."""
        return (self._clock.now() - self._opened) // self._period

    def ignore_pings(self) -> None:
        """Respond to no further ping."""
        self._last_pong = self._opened + self.pings * self._period

    @property
    def _opened(self) -> datetime:
        return self._connection.opened

    @property
    def _period(self) -> timedelta:
        return timedelta(seconds=self._connection.keepalive.period)

    def send(self, message: str | bytes, /) -> None:
        """Send a message."""
        self._connection.receive(message)

    def received(self) -> list[str]:
        """Return the messages that have arrived since the last call."""
        found, self._arrivals.messages = self._arrivals.messages, []
        return found

    def close(self) -> None:
        """Close the WebSocket."""
        self._connection.lost(_NORMAL_CLOSURE)


def connect(fake: FakeVoipbin, request: Request) -> FakeSocket | Response:
    """Open a WebSocket of a fake; return the response if it refuses the handshake."""
    arrivals = _Arrivals()
    wire_response, connection = fake.connect(request, arrivals)
    return wire_response.response or Response(0) if connection is None else FakeSocket(connection, arrivals, fake.clock)


class FakeTarget:
    """A fake that can be probed (contracts.target.Target), seeded with unusual customers and tokens."""

    def __init__(self, fake: FakeVoipbin) -> None:
        self.fake = fake
        # The unmodified edition: probes must detect every rule that this fake deliberately violates.
        self.edition = get_edition(fake.edition.name)
        self.healthy_provider_id: str | None = fake.provider.id
        self.credentials = {
            "super_admin": fake.super_admin,
            "customer_admin": fake.customer_admin,
            "customer_manager": fake.customer_manager,
            "customer_agent": fake.customer_agent,
        }
        self._add("frozen", status="frozen")
        self._add("poor", balance_credit=0)
        self._add("unverified", identity_verification_status="none")
        self._add("unlisted", destination_whitelist=())
        self._add("unconfigured", has_outbound_config=False)
        self._add("full", flow_count=10_000)
        self._add("other")
        self._add("removable")
        self._deleted = self._add_deleted()
        agent = fake.state.agents[fake.super_admin.id]
        self.tokens = {
            "direct": fake.issue_token(agent, kind="direct"),
            "delegate": fake.issue_token(agent, kind="delegate"),
            "expired": fake.issue_token(agent, lifetime=-timedelta(seconds=1)),
        }

    def _add(self, kind: str, **fields: object) -> None:
        """Add a customer of some kind, with an admin and a super-admin."""
        customer = self.fake.add_customer(name=kind, numbers=["+12025550100"], **fields)  # type: ignore[arg-type]
        for role, permission in (("admin", Permission.CUSTOMER_ADMIN), ("super_admin", Permission.SUPER_ADMIN)):
            agent = self.fake.add_agent(permission, customer=customer, username=f"{kind}-{role}")
            self.credentials[f"{kind}_{role}"] = self.fake.identity(agent)

    def _add_deleted(self) -> Mapping[str, str]:
        """Add a deleted record of each resource whose records no request can delete, and extensions in use."""
        fake, now = self.fake, self.fake.clock.timestamp()
        for customer in (fake.super_admin.customer_id, fake.customer_admin.customer_id):
            fake.add_extension("2000", ["sip:2000@pbx.example.invalid"], customer=customer)
        # It needs no credentials, which take longest to issue.
        agent = Agent(
            id=fake.ids.derived_uuid("deleted agent"),
            tm_create=now,
            tm_update=now,
            tm_delete=now,
            customer_id=fake.super_admin.customer_id,
            username="deleted",
            permission=int(Permission.CUSTOMER_AGENT),
        )
        return {
            "agents": fake.state.agents.add(agent).id,
            "billing_accounts": fake.add_customer(name="deleted", status="deleted", tm_delete=now).billing_account_id,
            "extensions": fake.add_extension("2001", deleted=True).id,
            "numbers": fake.add_number("+12025550198", deleted=True).id,
        }

    def deleted_id(self, resource: str, /) -> str | None:
        """Return the id of a deleted record."""
        return self._deleted[resource]

    def send(self, request: Request, /) -> Response:
        """Send a request to the fake."""
        return self.fake.handle(request)

    def connect(self, request: Request, /) -> FakeSocket | Response:
        """Open a WebSocket."""
        return connect(self.fake, request)

    def drive_call(self, call_id: str, event: str, /) -> bool:
        """Drive a call: `ring`, `answer`, or `reject` with a SIP response."""
        method, *sip = event.split()
        getattr(self.fake.calls[call_id], method)(*map(int, sip))
        return True

    def advance(self, seconds: float, /) -> bool:
        """Advance the clock."""
        self.fake.clock.advance(seconds)
        return True

    def now(self) -> float:
        """Return the clock's time."""
        return self.fake.clock.now().timestamp()

    def set_rate_limits(self, enabled: bool, /) -> bool:
        """Turn the rate limits on or off."""
        self.fake.rate_limits = enabled
        return True

"""A server somewhere as a target for the rules' probes: one connection, a gentle pace, and a cap on what may ring."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from ..editions import Edition, get_edition
from ..http import Request, Response
from ..identity import Identity, Permission
from ..probes import PassiveTarget, ProbeUnavailable
from .call_risk import max_calls

TIERS: Final[Mapping[str, Permission]] = {
    "super_admin": Permission.SUPER_ADMIN,
    "customer_admin": Permission.CUSTOMER_ADMIN,
    "customer_manager": Permission.CUSTOMER_MANAGER,
    "customer_agent": Permission.CUSTOMER_AGENT,
}
"""The roles whose identity a token tells, by the bit of the permission that makes them."""
OTHERS: Final = (
    "direct",
    "delegate",
    "expired",
    "frozen_admin",
    "frozen_super_admin",
    "other_super_admin",
    "poor_admin",
    "poor_super_admin",
    "unlisted_super_admin",
    "unverified_admin",
    "unverified_super_admin",
)
"""The other tokens that a probe may ask for."""


_ENOUGH: Final = 3
"""After so many requests in a row without an answer, no more are sent."""


class UnusableTarget(ValueError):
    """A server, or a credential for it, with which nothing can be found out."""


class RemoteTarget(PassiveTarget):
    """A server at a URL (contracts.probing.Target), as far as the tokens that are given reach.

    `tokens` are by role or kind (TIERS, OTHERS); `accesskeys` and `passwords` by role. `pace` is how many requests a
    second are sent at the most. Of the requests that may ring a phone (contracts.ringing) no more are sent than ring
    `most_calls` together. `edition` is what the server claims to be. `identify` comes first. Nothing is ever sent
    twice, no redirect is followed and no cookie is kept.
    """

    healthy_provider_id: str | None = None

    def __init__(
        self,
        url: str,
        edition: str = "deployed",
        *,
        tokens: Mapping[str, str] | None = None,
        accesskeys: Mapping[str, str] | None = None,
        passwords: Mapping[str, str] | None = None,
        max_calls: int = 0,
        requests_per_second: float = 4.0,
        timeout: float = 10.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UnusableTarget(f"{url!r} is not the URL of a server, such as https://api.voipbin.net/v1.0")
        given = tokens or {}
        self.edition: Edition = get_edition(edition)
        self.credentials: dict[str, Identity] = {}
        self.tokens: Mapping[str, str] = {kind: token for kind, token in given.items() if kind not in TIERS}
        self.addresses: dict[str, int] = {}
        """How many addresses each agent has, by its id."""
        self._tiers = {role: token for role, token in given.items() if role in TIERS}
        self._accesskeys, self._passwords = accesskeys or {}, passwords or {}
        self._root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1.0')}"
        self._left = max_calls
        self._unanswered = 0
        self._interval, self._timeout = 1 / requests_per_second, timeout
        self._now, self._sleep, self._free_at = now, sleep, 0.0
        # The transport alone: a client would keep cookies, and log URLs with the tokens in them.
        self._transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=1))

    def __enter__(self) -> RemoteTarget:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def identify(self) -> None:
        """Ask who the bearers of the tiers' tokens are: one GET /me each. Raises Unsuitable."""
        for role, token in self._tiers.items():
            self.credentials[role] = self._identity(role, token)

    def _identity(self, role: str, token: str) -> Identity:
        try:
            answer = self.send(Request("GET", "/v1.0/me", (("Authorization", f"Bearer {token}"),)))
        except ProbeUnavailable as why:
            raise UnusableTarget(str(why)) from None
        if answer.status != 200:
            raise UnusableTarget(f"the server does not take the {role}'s token: GET /v1.0/me -> {answer.status}")
        try:
            me: dict[str, Any] = answer.json()
            found = self._found(role, token, me)
            self.addresses[found.id] = len(me.get("addresses") or ())
        except (ValueError, LookupError, TypeError, AttributeError):
            raise UnusableTarget("the server's GET /v1.0/me answers no agent: is it VoIPbin?") from None
        if not _is(found.permission, role):
            raise UnusableTarget(f"the {role}'s token is an agent's with the permission {found.permission:#06x}")
        return found

    def _found(self, role: str, token: str, me: dict[str, Any]) -> Identity:
        return Identity(
            id=str(me["id"]),
            customer_id=str(me["customer_id"]),
            username=str(me["username"]),
            permission=int(me["permission"]),
            password=self._passwords.get(role, ""),
            token=token,
            accesskey=self._accesskeys.get(role, ""),
        )

    def send(self, request: Request, /) -> Response:
        """Have the server answer. Raises Unprobed when it does not, or when the request might ring too many phones."""
        where = f"{request.method} {request.target.partition('?')[0]}"
        rings = max_calls(request, self.addresses)
        if rings > self._left:
            raise ProbeUnavailable(
                f"{where} was not sent: it might place {rings} calls, and {self._left} more may be placed"
            )
        if self.stopped_responding:
            raise ProbeUnavailable(f"{where} was not sent: the server has stopped answering")
        self._left -= rings
        self._take_turn()
        try:
            answer = self._exchange(request)
        except (httpx.RequestError, httpx.InvalidURL) as why:
            self._unanswered += 1
            raise ProbeUnavailable(f"{where}: no answer: {type(why).__name__}: {why}") from None
        self._unanswered = 0
        return answer

    @property
    def stopped_responding(self) -> bool:
        """Whether so many requests stayed without an answer that no more are sent."""
        return self._unanswered == _ENOUGH

    def _exchange(self, request: Request) -> Response:
        headers = [("Accept-Encoding", "identity"), *request.headers]
        patience = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        sent = httpx.Request(
            request.method,
            self._root + request.target,
            headers=headers,
            content=request.body or None,
            extensions={"timeout": patience},
        )
        answer = self._transport.handle_request(sent)
        try:
            body = answer.read()
        finally:
            answer.close()
        return Response(answer.status_code, tuple(answer.headers.multi_items()), body)

    def _take_turn(self) -> None:
        wait = self._free_at - self._now()
        if wait > 0:
            self._sleep(wait)
        self._free_at = self._now() + self._interval


def _is(permission: int, role: str) -> bool:
    """Whether a permission is that of a role, and not of a mightier one besides."""
    mightier = [TIERS[other] for other in list(TIERS)[: list(TIERS).index(role)]]
    return bool(permission & TIERS[role]) and not any(permission & other for other in mightier)

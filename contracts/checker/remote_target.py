"""A remote server as a target for probes: one connection, a limited request rate, and a limit on calls."""

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
from ..probes import ProbeUnavailable
from ..target import PassiveTarget
from .call_risk import max_calls

TIERS: Final[Mapping[str, Permission]] = {
    "super_admin": Permission.SUPER_ADMIN,
    "customer_admin": Permission.CUSTOMER_ADMIN,
    "customer_manager": Permission.CUSTOMER_MANAGER,
    "customer_agent": Permission.CUSTOMER_AGENT,
}
"""The permission bit of each role that GET /me identifies."""
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
"""The kinds of other tokens that probes may use."""
_MAX_UNANSWERED: Final = 3
"""No more requests are sent after this many in a row without a response."""


class UnusableTarget(ValueError):
    """A server or a credential that cannot be used for checks."""


class RemoteTarget(PassiveTarget):
    """A server at a URL, as a Target for the probes that its tokens allow.

    `tokens` are by role or kind (TIERS, OTHERS); `accesskeys` and `passwords` are by role. At most
    `requests_per_second` are sent. Requests that may ring a phone (see call_risk) are sent only while they place at
    most `max_calls` calls in total. `edition` is the edition that the server claims to be. Call `identify` first.
    Nothing is ever sent twice, redirects are not followed, and cookies are not stored.
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
        all_tokens = tokens or {}
        self.edition: Edition = get_edition(edition)
        self.credentials: dict[str, Identity] = {}
        self.tokens: Mapping[str, str] = {kind: token for kind, token in all_tokens.items() if kind not in TIERS}
        self.addresses: dict[str, int] = {}
        """The number of each agent's addresses, by agent id."""
        self._tiers = {role: token for role, token in all_tokens.items() if role in TIERS}
        self._accesskeys, self._passwords = accesskeys or {}, passwords or {}
        self._root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1.0')}"
        self._calls_left = max_calls
        self._unanswered = 0
        self._interval, self._timeout = 1 / requests_per_second, timeout
        self._now, self._sleep, self._free_at = now, sleep, 0.0
        # Only a transport: a client would store cookies and log URLs, which contain tokens.
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
        """Identify the agents of the tiers' tokens, with one GET /me each.

        Raises UnusableTarget if a token is refused or belongs to another tier.
        """
        for role, token in self._tiers.items():
            self.credentials[role] = self._identity(role, token)

    def _identity(self, role: str, token: str) -> Identity:
        try:
            response = self.send(Request("GET", "/v1.0/me", (("Authorization", f"Bearer {token}"),)))
        except ProbeUnavailable as error:
            raise UnusableTarget(str(error)) from None
        if response.status != 200:
            raise UnusableTarget(f"the server refuses the {role}'s token: GET /v1.0/me -> {response.status}")
        try:
            me: dict[str, Any] = response.json()
            found = self._to_identity(role, token, me)
            self.addresses[found.id] = len(me.get("addresses") or ())
        except (ValueError, LookupError, TypeError, AttributeError):
            raise UnusableTarget("GET /v1.0/me did not return an agent: is the server VoIPbin?") from None
        if not _has_role(found.permission, role):
            raise UnusableTarget(f"the {role}'s token belongs to an agent with the permission {found.permission:#06x}")
        return found

    def _to_identity(self, role: str, token: str, me: dict[str, Any]) -> Identity:
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
        """Send a request. Raises ProbeUnavailable if there is no response or the request might place too many calls."""
        where = f"{request.method} {request.target.partition('?')[0]}"
        calls = max_calls(request, self.addresses)
        if calls > self._calls_left:
            raise ProbeUnavailable(
                f"{where} was not sent: it might place {calls} calls, but only {self._calls_left} more are allowed"
            )
        if self.stopped_responding:
            raise ProbeUnavailable(f"{where} was not sent: the server has stopped responding")
        self._calls_left -= calls
        self._wait_for_rate()
        try:
            response = self._exchange(request)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            self._unanswered += 1
            raise ProbeUnavailable(f"{where}: no response: {type(error).__name__}: {error}") from None
        self._unanswered = 0
        return response

    @property
    def stopped_responding(self) -> bool:
        """Whether too many requests in a row had no response; no more are sent then."""
        return self._unanswered == _MAX_UNANSWERED

    def _exchange(self, request: Request) -> Response:
        headers = [("Accept-Encoding", "identity"), *request.headers]
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)
        sent = httpx.Request(
            request.method,
            self._root + request.target,
            headers=headers,
            content=request.body or None,
            extensions={"timeout": timeouts},
        )
        received = self._transport.handle_request(sent)
        try:
            body = received.read()
        finally:
            received.close()
        return Response(received.status_code, tuple(received.headers.multi_items()), body)

    def _wait_for_rate(self) -> None:
        wait = self._free_at - self._now()
        if wait > 0:
            self._sleep(wait)
        self._free_at = self._now() + self._interval


def _has_role(permission: int, role: str) -> bool:
    """Return whether a permission includes a role and no higher one."""
    higher = [TIERS[other] for other in list(TIERS)[: list(TIERS).index(role)]]
    return bool(permission & TIERS[role]) and not any(permission & other for other in higher)

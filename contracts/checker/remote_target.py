"""A remote server as a target for probes: one connection, a limited request rate, and a limit on calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from ..editions import Edition, get_edition
from ..http import Request, Response
from ..identity import Identity, Permission
from ..probes import ProbeClient, ProbeUnavailable, RuleBroken
from ..target import PROVIDER_HOST
from .bounded_http import BoundedHttp, NoResponse, UnsafeResponse, trust
from .call_risk import max_calls
from .far_side import FarSide
from .service_controls import SERVER_ERROR, controls, may_be_a_failure, shows_a_failure

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
    "full_admin",
    "other_super_admin",
    "poor_admin",
    "poor_super_admin",
    "removable_super_admin",
    "unconfigured_admin",
    "unlisted_super_admin",
    "unverified_admin",
    "unverified_super_admin",
)
"""The kinds of other tokens that probes may use."""
_MAX_UNANSWERED: Final = 3
"""No more requests are sent after this many in a row without a response."""
_REACHED: Final[Mapping[str, tuple[str, ...]]] = {
    "ring": ("ringing", "progressing", "terminating", "hangup"),
    "answer": ("progressing", "terminating", "hangup"),
    "reject": ("hangup",),
}
"""The statuses that show that the server has noticed an event of the remote party."""
_MAX_PERMISSION: Final = 0xFFFF_FFFF


class UnusableTarget(ValueError):
    """A server or a credential that cannot be used for checks."""


class RemoteTarget:
    """A server at a URL, as a Target for the probes that its tokens allow.

    `tokens` are by role or kind (TIERS, OTHERS); `accesskeys` and `passwords` are by role. At most
    `requests_per_second` are sent. Requests that may ring a phone (see call_risk) are sent only while they place at
    most `max_calls` calls in total. `edition` is the edition that the server claims to be. Call `identify` first.
    Nothing is ever sent twice, redirects are not followed, and cookies are not stored.

    `timeout` limits each exchange as a whole. A probe may wait for up to `max_wait` seconds. With `flood`, the probes
    of the rate limits send requests as fast as the server responds. `far_side` drives the remote party of calls;
    `provider_host` is the SIP host of the providers that probes create.
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
        max_wait: float = 120.0,
        flood: bool = False,
        far_side: FarSide | None = None,
        provider_host: str = PROVIDER_HOST,
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
        self.provider_host = provider_host
        self.failure = ""
        """Why nothing more is sent, or an empty string."""
        self._tiers = {role: token for role, token in all_tokens.items() if role in TIERS}
        self._accesskeys, self._passwords = accesskeys or {}, passwords or {}
        self._root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1.0')}"
        self._calls_left = max_calls
        self._unanswered = 0
        self._suspect: Request | None = None
        self._interval, self._max_wait = 1 / requests_per_second, max_wait
        self._flood, self._paced = flood, True
        self._far_side = far_side
        self._now, self._sleep, self._free_at = now, sleep, 0.0
        try:
            self._http = BoundedHttp(timeout, trust(parts.scheme))
        except OSError as error:
            raise UnusableTarget(f"the CA certificates cannot be loaded: {error}") from None

    def __enter__(self) -> RemoteTarget:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def identify(self) -> None:
        """Identify the agents of the tiers' tokens, with one GET /me each.

        Raises UnusableTarget if a token is refused or belongs to another tier.
        """
        for role, token in self._tiers.items():
            self.credentials[role] = self._identity(role, token)

    def _identity(self, role: str, token: str) -> Identity:
        try:
            response = self.send(Request("GET", "/v1.0/me", (_bearer(token),)))
        except ProbeUnavailable as error:
            raise UnusableTarget(str(error)) from None
        if response.status >= SERVER_ERROR:
            raise UnusableTarget(f"the server does not work: GET /v1.0/me -> {response.status}")
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
            permission=_permission(me["permission"]),
            password=self._passwords.get(role, ""),
            token=token,
            accesskey=self._accesskeys.get(role, ""),
        )

    # requests

    def send(self, request: Request, /) -> Response:
        """Send a request. Raises ProbeUnavailable if there is no response or the request might place too many calls."""
        where = _where(request)
        calls = max_calls(request, self.addresses)
        if calls > self._calls_left:
            raise ProbeUnavailable(
                f"{where} was not sent: it might place {calls} calls, but only {self._calls_left} more are allowed"
            )
        if self.failure:
            unanswered = self._unanswered == _MAX_UNANSWERED
            reason = "the server has stopped responding" if unanswered else self.failure
            raise ProbeUnavailable(f"{where} was not sent: {reason}")
        self._calls_left -= calls
        self._wait_for_rate()
        try:
            response = self._http.exchange(self._root, request)
        except NoResponse as error:
            self._unanswered += 1
            if self._unanswered == _MAX_UNANSWERED:
                self.failure = f"{where}: {error}; the server stopped responding"
            raise ProbeUnavailable(f"{where}: {error}") from None
        except UnsafeResponse as error:
            self.failure = f"{where}: {error}"
            raise ProbeUnavailable(self.failure) from None
        self._unanswered = 0
        if may_be_a_failure(response):
            self._suspect = request
        return response

    def _wait_for_rate(self) -> None:
        wait = self._free_at - self._now()
        if wait > 0 and self._paced:
            self._sleep(wait)
        self._free_at = self._now() + self._interval

    def failed_service(self) -> str:
        """Return what shows that a service behind the latest requests has failed, or an empty string.

        Lists the resources that took part in the latest suspicious response: as a super-admin this always succeeds,
        unless a service does not work. Then nothing more is sent, because each further result would be misleading.
        """
        if self.failure or self._suspect is None:
            return self.failure
        suspect, self._suspect = self._suspect, None
        admin = self.credentials.get("super_admin")
        for control in controls(suspect, (_bearer(admin.token),) if admin else ()):
            try:
                response = self.send(control)
            except ProbeUnavailable as error:
                return str(error)
            if shows_a_failure(response, as_admin=admin is not None):
                self.failure = f"a service has failed since {_where(suspect)}: {_where(control)} -> {response.status}"
                return self.failure
        return ""

    # the remote party, time and load

    def drive_call(self, call_id: str, event: str, /) -> bool:
        """Let the remote party perform an event of a call, and wait until the server has noticed it."""
        if self._far_side is None:
            return False
        name, *sip = event.split()
        call = self._poll_call(call_id, bool)
        details = {"sip": int(sip[0])} if sip else {}
        self._far_side.perform(
            name, call_id=call_id, source=call.get("source"), destination=call.get("destination"), **details
        )
        status = self._poll_call(call_id, lambda call: call.get("status") in _REACHED[name]).get("status")
        if status not in _REACHED[name]:
            raise ProbeUnavailable(f"the call is still {status!r} after the remote party's {event!r}")
        return True

    def _poll_call(self, call_id: str, until: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        try:
            return ProbeClient(self).poll(f"/calls/{call_id}", until)
        except RuleBroken as error:
            raise ProbeUnavailable(f"the call cannot be read: {error}") from None

    def advance(self, seconds: float, /) -> bool:
        """Let time pass: on the server's virtual clock if the remote party controls one, or by waiting."""
        if self._far_side is not None and self._far_side.has_clock:
            self._far_side.perform("advance", seconds=seconds)
            return True
        if seconds > self._max_wait:
            return False
        self._sleep(seconds)
        return True

    def now(self) -> float:
        """Return the time."""
        return self._now()

    def set_rate_limits(self, enabled: bool, /) -> bool:
        """Send requests without pauses while the rate limits are probed, if that is allowed."""
        # The rate limits of a server with a virtual clock cannot be measured in real time.
        flood = self._flood and not (self._far_side is not None and self._far_side.has_clock)
        self._paced = not (enabled and flood)
        return flood


def _where(request: Request) -> str:
    return f"{request.method} {request.target.partition('?')[0]}"


def _bearer(token: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {token}"


def _permission(value: object) -> int:
    """Return a permission. Raises ValueError if the value is not one."""
    if type(value) is not int or not 0 <= value <= _MAX_PERMISSION:
        raise ValueError(value)
    return value


def _has_role(permission: int, role: str) -> bool:
    """Return whether a permission includes a role and no higher one."""
    higher = [TIERS[other] for other in list(TIERS)[: list(TIERS).index(role)]]
    return bool(permission & TIERS[role]) and not any(permission & other for other in higher)

"""Rules of the rate limits: how many requests an address and a customer may send (gateway.md 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..answer import Answer, Body, accepted, error
from ..http import Response
from ..probes import ProbeClient, require_equal
from ..rule import Safety, rule


class Limit(NamedTuple):
    """A token bucket of `burst` requests that refills at `rate` requests per second."""

    rate: float
    burst: int


ADDRESS = Limit(200, 400)
CUSTOMER = Limit(17, 33)
"""About 16.7 per second in the documents; the server rounds."""
DIRECT = Limit(50, 100)
DELEGATE = Limit(8, 16)
AUTH = Limit(10, 20)

_WAIT = "Too many requests. Please try again later."
_LIMITED = error(429, "RATE_LIMIT_EXCEEDED", _WAIT)
_FLAT = Answer(429, "rate_limit_exceeded", _WAIT, Body.UNWRAPPED)
_UNLIMITED = accepted("requests below /v1.0 are not limited")
_SLOW_DOWN = "Wait for the number of seconds in Retry-After (one if it is missing), then send the request again."


@rule("GW-RATE-01", "gateway.md 9", Safety.READ, _LIMITED, server_2026_04=_UNLIMITED, hint=_SLOW_DOWN)
def address_limited(api: ProbeClient) -> Response:
    """An address may send 200 requests per second below /v1.0, 400 in a burst, even without a credential."""
    with api.rate_limited():
        _spend(ADDRESS, lambda: api.get("/calls", as_=None))
        return _limited_by(api.get("/calls"), "ip")


@rule(
    "GW-RATE-02",
    "gateway.md 9",
    Safety.READ,
    _LIMITED,
    server_2026_04=_UNLIMITED,
    hint=_SLOW_DOWN,
    depends_on=("AU-04", "GW-RATE-07"),
)
def customer_limited(api: ProbeClient) -> Response:
    """A customer's agents and access keys together may send about 16.7 requests per second, 33 in a burst."""
    key = api.accesskey("customer_admin")
    with api.rate_limited():
        _spend(CUSTOMER, lambda: api.get("/calls", as_="customer_manager"))
        return _limited_by(api.get("/calls", as_=None, accesskey=key), "customer")


@rule(
    "GW-RATE-03",
    "gateway.md 9",
    Safety.READ,
    _LIMITED,
    server_2026_04=_UNLIMITED,
    hint=_SLOW_DOWN,
    depends_on=("GW-RATE-07",),
)
def direct_limited(api: ProbeClient) -> None:
    """A customer's direct tokens together may send 50 requests per second, 100 in a burst."""
    with api.rate_limited():
        _spend(DIRECT, lambda: api.get("/calls", as_="direct"))
        _require_limited(api, api.get("/calls", as_="direct"))


@rule(
    "GW-RATE-04",
    "gateway.md 9",
    Safety.READ,
    _LIMITED,
    server_2026_04=_UNLIMITED,
    hint=_SLOW_DOWN,
    depends_on=("GW-RATE-07",),
)
def delegate_limited(api: ProbeClient) -> None:
    """The delegate tokens for a customer together may send about 8 requests per second, 16 in a burst."""
    with api.rate_limited():
        _spend(DELEGATE, lambda: api.get("/calls", as_="delegate"))
        _require_limited(api, api.get("/calls", as_="delegate"))


@rule("GW-RATE-05", "gateway.md 9", Safety.INERT, _LIMITED, server_2026_04=_FLAT, hint=_SLOW_DOWN)
def auth_limited(api: ProbeClient) -> Response:
    """An address may send 10 requests per second to /auth, 20 in a burst; failed logins count too."""
    with api.rate_limited():
        _fail_to_log_in(api)
        body = {"username": api.identity("super_admin").username, "password": api.password("super_admin")}
        return _limited_by(api.post("//auth/login", body, as_=None), "ip")


@rule(
    "GW-RATE-06",
    "gateway.md 9",
    Safety.INERT,
    edition_flag="sends_retry_after",
    depends_on=("GW-RATE-05", "GW-RATE-07"),
)
def retry_after_sent(api: ProbeClient) -> None:
    """A 429 response includes Retry-After in whole seconds (not in April 2026)."""
    with api.rate_limited():
        _fail_to_log_in(api)
        found = api.post("//auth/login", as_=None).header("Retry-After")
    require_equal("Retry-After", found, "1" if api.edition.sends_retry_after else None)


@rule("GW-RATE-07", "gateway.md 9", Safety.INERT, depends_on=("GW-LOGIN-02", "GW-RATE-05"))
def buckets_refill(api: ProbeClient) -> None:
    """An exhausted limit refills at its rate as time passes."""
    with api.rate_limited():
        _fail_to_log_in(api)
        require_equal("the status", api.post("//auth/login", as_=None).status, 429)
        api.advance(1 / AUTH.rate)
        require_equal("the status after a while", api.post("//auth/login", as_=None).status, 400)


def _spend(limit: Limit, send: Callable[[], Response]) -> None:
    """Send as many requests as the limit allows in a burst."""
    for _ in range(limit.burst):
        require_equal("a request within the limit is rate-limited", send().status == 429, False)


def _fail_to_log_in(api: ProbeClient) -> None:
    _spend(AUTH, lambda: api.post("//auth/login", as_=None))


def _limited_by(response: Response, scope: str) -> Response:
    """Return the response; raise RuleBroken if it is a 429 with an envelope that names another scope."""
    error: Any = response.json()["error"] if response.status == 429 else {}
    if isinstance(error, dict):
        require_equal("the details", error.get("details", [{"limited_by": scope}]), [{"limited_by": scope}])
    return response


def _require_limited(api: ProbeClient, response: Response) -> None:
    """Require a 429, except in an edition that refuses the credential itself."""
    require_equal("it is rate-limited", response.status == 429, api.edition.accepts_delegate_tokens)
    _limited_by(response, "customer")

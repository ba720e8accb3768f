"""The rate limits: how many requests the gateway takes from one address and for one customer (gateway.md 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..http import Response
from ..probes import ProbeClient, require_equal
from ..rule import Answer, Body, Safety, accepted, error, rule


class Limit(NamedTuple):
    """A bucket of `burst` requests that fills up again at `rate` requests a second."""

    rate: float
    burst: int


ADDRESS = Limit(200, 400)
CUSTOMER = Limit(17, 33)
"""The documents say about 16.7 a second; the server rounds."""
DIRECT = Limit(50, 100)
DELEGATE = Limit(8, 16)
AUTH = Limit(10, 20)

_WAIT = "Too many requests. Please try again later."
_LIMITED = error(429, "RATE_LIMIT_EXCEEDED", _WAIT)
_FLAT = Answer(429, "rate_limit_exceeded", _WAIT, Body.UNWRAPPED)
_UNLIMITED = accepted("nothing below /v1.0 is limited")
_SLOW_DOWN = "Wait for as many seconds as Retry-After says (one, where it is missing), then send the request again."


@rule("GW-RATE-01", "gateway.md 9", Safety.READ, _LIMITED, server_2026_04=_UNLIMITED, hint=_SLOW_DOWN)
def address_limited(api: ProbeClient) -> Response:
    """One address may send 200 requests a second below /v1.0, and 400 at once; those without a credential count too."""
    with api.rate_limited():
        _spend(ADDRESS, lambda: api.get("/calls", as_=None))
        return _by(api.get("/calls"), "ip")


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
    """A customer's agents and access keys together may send about 16.7 requests a second, and 33 at once."""
    key = api.accesskey("customer_admin")
    with api.rate_limited():
        _spend(CUSTOMER, lambda: api.get("/calls", as_="customer_manager"))
        return _by(api.get("/calls", as_=None, accesskey=key), "customer")


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
    """A customer's direct tokens together may send 50 requests a second, and 100 at once."""
    with api.rate_limited():
        _spend(DIRECT, lambda: api.get("/calls", as_="direct"))
        _same_limited(api, api.get("/calls", as_="direct"))


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
    """The delegate tokens for a customer together may send about 8 requests a second, and 16 at once."""
    with api.rate_limited():
        _spend(DELEGATE, lambda: api.get("/calls", as_="delegate"))
        _same_limited(api, api.get("/calls", as_="delegate"))


@rule("GW-RATE-05", "gateway.md 9", Safety.INERT, _LIMITED, server_2026_04=_FLAT, hint=_SLOW_DOWN)
def auth_limited(api: ProbeClient) -> Response:
    """One address may send 10 requests a second to /auth, and 20 at once; logins that fail count too."""
    with api.rate_limited():
        _fail_to_log_in(api)
        body = {"username": api.identity("super_admin").username, "password": api.password("super_admin")}
        return _by(api.post("//auth/login", body, as_=None), "ip")


@rule(
    "GW-RATE-06",
    "gateway.md 9",
    Safety.INERT,
    edition_flag="sends_retry_after",
    depends_on=("GW-RATE-05", "GW-RATE-07"),
)
def retry_after_sent(api: ProbeClient) -> None:
    """A 429 says in Retry-After after how many whole seconds the client may ask again; in April 2026 it did not."""
    with api.rate_limited():
        _fail_to_log_in(api)
        found = api.post("//auth/login", as_=None).header("Retry-After")
    require_equal("Retry-After", found, "1" if api.edition.sends_retry_after else None)


@rule("GW-RATE-07", "gateway.md 9", Safety.INERT, depends_on=("GW-LOGIN-02", "GW-RATE-05"))
def buckets_refill(api: ProbeClient) -> None:
    """As time passes an exhausted limit allows requests again, at its rate."""
    with api.rate_limited():
        _fail_to_log_in(api)
        require_equal("the status", api.post("//auth/login", as_=None).status, 429)
        api.advance(1 / AUTH.rate)
        require_equal("the status after a while", api.post("//auth/login", as_=None).status, 400)


def _spend(limit: Limit, ask: Callable[[], Response]) -> None:
    """Ask as often as a limit allows at once."""
    for _ in range(limit.burst):
        require_equal("a request within the limit is refused for its rate", ask().status == 429, False)


def _fail_to_log_in(api: ProbeClient) -> None:
    _spend(AUTH, lambda: api.post("//auth/login", as_=None))


def _by(response: Response, whom: str) -> Response:
    """A response, which names whom it limits if it is a limit's and in the envelope."""
    error: Any = response.json()["error"] if response.status == 429 else {}
    if isinstance(error, dict):
        require_equal("the details", error.get("details", [{"limited_by": whom}]), [{"limited_by": whom}])
    return response


def _same_limited(api: ProbeClient, response: Response) -> None:
    """Hold a response that is refused anyhow, for what its credential is, where it is not for its rate."""
    require_equal("it is refused for its rate", response.status == 429, api.edition.accepts_delegate_tokens)
    _by(response, "customer")

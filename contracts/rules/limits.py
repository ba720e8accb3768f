"""Rules of the rate limits: how many requests an address and a customer may send (gateway.md 9)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any, Final, NamedTuple

from ..answer import Answer, Body, accepted, error
from ..http import Response
from ..probes import ProbeClient, ProbeUnavailable, RuleBroken, require_equal
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
_TOO_MANY: Final = 429
_PATIENCE: Final = 4
"""A limit cannot be reached if this many times its burst was accepted."""


@rule("GW-RATE-01", "gateway.md 9", Safety.READ, _LIMITED, server_2026_04=_UNLIMITED, hint=_SLOW_DOWN)
def address_limited(api: ProbeClient) -> Response:
    """An address may send 200 requests per second below /v1.0, 400 in a burst, even without a credential."""
    with api.rate_limited():
        response = _exhaust(api, ADDRESS, lambda: api.get("/calls", as_=None))
        return _limited_by(response if response.status == _TOO_MANY else api.get("/calls"), "ip")


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
    either: cycle[dict[str, Any]] = cycle([{"as_": "customer_manager"}, {"as_": None, "accesskey": key}])
    with api.rate_limited():
        return _limited_by(_exhaust(api, CUSTOMER, lambda: api.get("/calls", **next(either))), "customer")


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
        _require_limited(api, _exhaust(api, DIRECT, lambda: api.get("/calls", as_="direct")))


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
        _require_limited(api, _exhaust(api, DELEGATE, lambda: api.get("/calls", as_="delegate")))


@rule("GW-RATE-05", "gateway.md 9", Safety.INERT, _LIMITED, server_2026_04=_FLAT, hint=_SLOW_DOWN)
def auth_limited(api: ProbeClient) -> Response:
    """An address may send 10 requests per second to /auth, 20 in a burst; failed logins count too."""
    with api.rate_limited():
        return _limited_by(_fail_to_log_in(api), "ip")


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
        response = _fail_to_log_in(api)
    require_equal("the status", response.status, _TOO_MANY)
    require_equal("Retry-After", response.header("Retry-After"), "1" if api.edition.sends_retry_after else None)


@rule("GW-RATE-07", "gateway.md 9", Safety.INERT, depends_on=("GW-LOGIN-02", "GW-RATE-05"))
def buckets_refill(api: ProbeClient) -> None:
    """An exhausted limit refills at its rate as time passes."""
    with api.rate_limited():
        require_equal("the status", _fail_to_log_in(api).status, _TOO_MANY)
        api.advance(1 / AUTH.rate)
        require_equal("the status after a while", api.post("//auth/login", as_=None).status, 400)


class _Bucket:
    """The tokens that may be left in a bucket that was full at first, from when each request was sent and answered.

    The server takes a token at some time between the two. A bucket that is never full again has `burst` tokens, minus
    one for each request, plus `rate` for each second. One that was full before the request number k, counted from 0,
    has no more than it would have then. So each k gives an upper limit, and the tokens are the lowest of all limits.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self.accepted = 0
        self._lowest_sent = self._lowest_answered = float("inf")

    def least(self, sent: float) -> float:
        """Return the tokens left at least when a request is sent."""
        return self._tokens(sent, self._lowest_answered)

    def most(self, answered: float) -> float:
        """Return the tokens left at most when a response is received."""
        return self._tokens(answered, self._lowest_sent)

    def _tokens(self, time: float, lowest: float) -> float:
        return min(self._limit.burst, self._limit.burst - self.accepted + self._limit.rate * time + lowest)

    def take(self, sent: float, answered: float) -> None:
        """Take a token for an accepted request."""
        self._lowest_sent = min(self._lowest_sent, self.accepted - self._limit.rate * sent)
        self._lowest_answered = min(self._lowest_answered, self.accepted - self._limit.rate * answered)
        self.accepted += 1


def _exhaust(api: ProbeClient, limit: Limit, send: Callable[[], Response]) -> Response:
    """Send requests until one is rate-limited or exceeds the limit, and return its response.

    Raises RuleBroken if a request within the limit is rate-limited, and ProbeUnavailable if the bucket refills as fast
    as the server responds.
    """
    bucket, start = _Bucket(limit), api.now()
    while bucket.accepted < _PATIENCE * limit.burst:
        sent = api.now() - start
        response = send()
        answered = api.now() - start
        if response.status == _TOO_MANY:
            if bucket.least(sent) >= 1:
                raise RuleBroken(
                    f"limited after {bucket.accepted} requests in {answered:.2f} s, which is within the limit"
                )
            return response
        if bucket.most(answered) < 1:
            return response
        bucket.take(sent, answered)
    raise ProbeUnavailable(
        f"the limit of {limit.rate:g} requests per second cannot be reached:"
        f" {bucket.accepted} requests took {answered:.1f} s"
    )


def _fail_to_log_in(api: ProbeClient) -> Response:
    return _exhaust(api, AUTH, lambda: api.post("//auth/login", as_=None))


def _limited_by(response: Response, scope: str) -> Response:
    """Return the response; raise RuleBroken if it is a 429 with an envelope that names another scope."""
    error: Any = response.json()["error"] if response.status == _TOO_MANY else {}
    if isinstance(error, dict):
        require_equal("the details", error.get("details", [{"limited_by": scope}]), [{"limited_by": scope}])
    return response


def _require_limited(api: ProbeClient, response: Response) -> None:
    """Require a 429, except in an edition that refuses the credential itself."""
    require_equal("it is rate-limited", response.status == _TOO_MANY, api.edition.accepts_delegate_tokens)
    _limited_by(response, "customer")

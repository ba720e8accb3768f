"""Rules: which requests a client retries, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ..check_context import CheckContext, as_other_admin, body
from ..client_rule import client_rule
from ..duplicate_calls import FAILURE_POINTS, FailurePoint, Row, Sweep, run_failure_point, slow_after
from ..exceptions import ClientRuleBroken, Inconclusive
from ..harness import Fake, Harness
from .errors import FaultyPost

_RETRY_AFTER = 31
"""The seconds of Retry-After: longer than a client's own default or maximum is likely to be."""
_TOLERANCE = 0.05
_REQUESTS: Mapping[str, tuple[str, str]] = {
    "place": ("POST", "/providercalls"),
    "get_record": ("GET", "/providercalls/*"),
    "list_records": ("GET", "/providercalls"),
    "get_call": ("GET", "/calls/*"),
}
"""The request of each operation that receives a 429."""


@client_rule(
    "CLIENT-RETRY-01",
    "RFC 9110, 9.2.2; tutorial: Place a providercall (every POST is a real call); gateway.md 7 (no idempotency keys)",
    "Retry a POST only after a 429, or if no connection was made. In all other cases raise an error which says that the"
    " call may have been placed. Common causes are retry decorators, and retry settings that include POST.",
)
def never_retries_an_unknown_outcome(context: CheckContext) -> None:
    """The client never retries a POST whose outcome is unknown, and so never places a duplicate call."""
    with context.harness() as harness:
        sweep = context.sweep = Sweep(tuple(_row(context, harness, point) for point in FAILURE_POINTS))
    # The sweep's own message shows the requests.
    context.sent = []
    sweep.assert_no_duplicates()


@client_rule(
    "CLIENT-RETRY-02",
    "gateway.md 9; RFC 9110, 10.2.3",
    "Wait for the seconds given in Retry-After before you send the request again, or raise an error for a 429.",
)
def honours_retry_after(context: CheckContext) -> None:
    """After a 429, the client does not retry before Retry-After has elapsed."""
    for operation, (method, path) in _REQUESTS.items():
        if context.supports(operation):
            with context.new_client() as client:
                seconds = _RETRY_AFTER if client.harness.virtual_time else 1
                client.harness.fake.faults.add(
                    "error", status=429, retry_after=seconds, method=method, path=path, times=2
                )
                result = client.try_call(operation, *_arguments(operation, client.harness.fake))
                waited = min(_waits(client.harness), default=seconds)
            if waited < seconds - _TOLERANCE:
                raise ClientRuleBroken(
                    f"retried after {waited:.3f} s, although Retry-After was {seconds} s; {operation} {result}"
                )


@client_rule(
    "CLIENT-RETRY-03",
    "gateway.md 9 (documented with and without Retry-After)",
    "If Retry-After is missing, wait one second, or longer each time. In the end raise the same error as with it.",
)
def handles_429_without_retry_after(context: CheckContext) -> None:
    """A 429 without Retry-After raises the same error as one with it."""
    with context.new_client() as client:
        post = FaultyPost(client)
        usual = post.with_status(429)
        if usual.error is None:
            raise Inconclusive("place does not raise an error for a 429; see CLIENT-ERR-01")
        result = post.with_fault("error", status=429, retry_after=None)
        if result.error is None or context.classify_error(result.error) != context.classify_error(usual.error):
            raise ClientRuleBroken(f"without Retry-After, place {result}; with it, place {usual}")


def _row(context: CheckContext, harness: Harness, point: FailurePoint) -> Row:
    """Return one row, with a new client: one that remembers the previous fault could hide what it does."""
    with context.client(harness) as client:

        def place() -> None:
            error = client.try_call("place", body(harness.fake)).error
            if error is not None:
                raise error

        delay = slow_after(context.adapter.max_request_timeout, harness)
        return run_failure_point(harness.fake, point, place, expected_calls=1, slow_after=delay)


def _arguments(operation: str, fake: Fake) -> tuple[Any, ...]:
    """Return the arguments of an operation, on another admin's record if it needs one."""
    if operation == "place":
        return (body(fake),)
    record = as_other_admin(fake, "POST", "/providercalls", body(fake))
    return {"get_record": (record["id"],), "get_call": (record["call_ids"][0],)}.get(operation, ())


def _waits(harness: Harness) -> Iterator[float]:
    """Yield the seconds between each 429 and the client's retry of that request."""
    for request, following in pairwise(harness.sent):
        same = (following.entry.method, following.entry.url) == (request.entry.method, request.entry.url)
        if request.entry.status == 429 and same:
            yield following.at - request.at

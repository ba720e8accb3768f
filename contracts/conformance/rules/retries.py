"""What a client repeats, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ..client_rule import ClientRuleBroken, Inconclusive, client_rule
from ..duplicate_calls import FAILURE_POINTS, FailurePoint, Row, Sweep, run_failure_point, slow_after
from ..harness import Fake, Harness
from ..rule_check import CheckContext, as_other_admin, body
from .errors import Refuser

_TOLD = 31
"""The seconds of Retry-After: more than a client guesses, or caps."""
_BLUR = 0.05
_ASKED: Mapping[str, tuple[str, str]] = {
    "place": ("POST", "/providercalls"),
    "get_record": ("GET", "/providercalls/*"),
    "list_records": ("GET", "/providercalls"),
    "get_call": ("GET", "/calls/*"),
}
"""What each operation asks for, and is answered 429."""


@client_rule(
    "CLIENT-RETRY-01",
    "RFC 9110, 9.2.2; tutorial: Place a providercall (every POST is a real call); gateway.md 7 (no idempotency keys)",
    "Repeat a POST after a 429 only, or when there never was a connection. After anything else raise an error that says"
    " that the call may have been placed. Retry decorators and 'also POST' switches are where it usually comes from.",
)
def never_retries_an_unknown_outcome(trial: CheckContext) -> None:
    """A POST whose outcome is unknown is never repeated: no phone rings twice."""
    with trial.stage() as stage:
        sweep = Sweep(tuple(_row(trial, stage, cut) for cut in FAILURE_POINTS))
    # The sweep tells by itself what was sent.
    trial.sent = []
    sweep.assert_no_duplicates()


@client_rule(
    "CLIENT-RETRY-02",
    "gateway.md 9; RFC 9110, 10.2.3",
    "Wait for as many seconds as Retry-After says before the request is sent again, or raise an error for a 429.",
)
def honours_retry_after(trial: CheckContext) -> None:
    """A request that was answered 429 is repeated no sooner than its Retry-After says, if it is repeated at all."""
    for operation, (method, path) in _ASKED.items():
        if trial.supports(operation):
            with trial.new_client() as client:
                told = _TOLD if client.stage.virtual_time else 1
                client.stage.fake.faults.add("error", status=429, retry_after=told, method=method, path=path, times=2)
                outcome = client.try_call(operation, *_arguments(operation, client.stage.fake))
                waited = min(_waits(client.stage), default=told)
            if waited < told - _BLUR:
                raise ClientRuleBroken(f"told to wait {told} s, it waited {waited:.3f} s; {operation} {outcome}")


@client_rule(
    "CLIENT-RETRY-03",
    "gateway.md 9 (the documents say both, so a client must survive both)",
    "Where Retry-After is missing wait a second, or more each time, and in the end raise the same error as with it.",
)
def handles_429_without_retry_after(trial: CheckContext) -> None:
    """A 429 without Retry-After is treated like one with it."""
    with trial.new_client() as client:
        refuser = Refuser(client)
        usual = refuser.refused(429)
        if usual.error is None:
            raise Inconclusive("a 429 is no error; see CLIENT-ERR-01")
        outcome = refuser.struck("error", status=429, retry_after=None)
        if outcome.error is None or trial.classify_error(outcome.error) != trial.classify_error(usual.error):
            raise ClientRuleBroken(f"place {outcome}; with Retry-After it {usual}")


def _row(trial: CheckContext, stage: Harness, cut: FailurePoint) -> Row:
    """One row, with a client of its own: one that has learnt from the row before would hide what it does."""
    with trial.client(stage) as client:

        def place() -> None:
            error = client.try_call("place", body(stage.fake)).error
            if error is not None:
                raise error

        return run_failure_point(
            stage.fake, cut, place, expected_calls=1, slow_after=slow_after(trial.adapter.max_request_timeout, stage)
        )


def _arguments(operation: str, fake: Fake) -> tuple[Any, ...]:
    """What an operation is asked with, on a record of somebody else's where it takes one."""
    if operation == "place":
        return (body(fake),)
    record = as_other_admin(fake, "POST", "/providercalls", body(fake))
    return {"get_record": (record["id"],), "get_call": (record["call_ids"][0],)}.get(operation, ())


def _waits(stage: Harness) -> Iterator[float]:
    """How long after each 429 the client asked for the same again."""
    for one, after in pairwise(stage.sent):
        if one.entry.status == 429 and (after.entry.method, after.entry.url) == (one.entry.method, one.entry.url):
            yield after.at - one.at

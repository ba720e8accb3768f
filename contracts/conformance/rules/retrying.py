"""What a client repeats, and when."""

from __future__ import annotations

from ..rule import Broken, Unjudged, client_rule
from ..stage import Stage
from ..sweep import CUTS, Cut, Row, Sweep, late_after, places_calls, swept
from ..trial import Trial, body
from .refusals import Refuser

_TOLD = 31
"""The seconds of Retry-After: more than a client guesses, or caps."""
_BLUR = 0.05


@client_rule(
    "CLIENT-RETRY-01",
    "RFC 9110, 9.2.2; tutorial: Place a providercall (every POST is a real call); gateway.md: no idempotency keys",
    "Repeat a POST after a 429 only, or when there never was a connection. After anything else raise an error that says"
    " that the call may have been placed. Retry decorators and 'also POST' switches are where it usually comes from.",
)
def never_rings_twice(trial: Trial) -> None:
    """A POST whose outcome is unknown is never repeated: no phone rings twice."""
    with trial.stage() as stage:
        sweep = Sweep(tuple(_row(trial, stage, cut) for cut in CUTS))
    # The sweep tells by itself what was sent.
    trial.sent = []
    sweep.check()


@client_rule(
    "CLIENT-RETRY-02",
    "gateway.md 9; RFC 9110, 10.2.3",
    "Wait for as many seconds as Retry-After says before the request is sent again, or raise an error for a 429.",
)
def waits_as_told(trial: Trial) -> None:
    """A request that was answered 429 is repeated no sooner than its Retry-After says, if it is repeated at all."""
    with trial.alone() as client:
        stage = client.stage
        told = _TOLD if stage.virtual else 1
        stage.fake.faults.add("answer", status=429, retry_after=told, method="POST", path="/providercalls")
        outcome = client.attempt("place", body(stage.fake))
        first, *others = _posts(stage) or [0.0]
        if others and others[0] - first < told - _BLUR:
            raise Broken(f"told to wait {told} s, it waited {others[0] - first:.3f} s; place {outcome}")


@client_rule(
    "CLIENT-RETRY-03",
    "facts.md, Errors: a client must survive both; gateway.md 14, G5",
    "Where Retry-After is missing wait a second, or more each time, and in the end raise the same error as with it.",
)
def survives_silence(trial: Trial) -> None:
    """A 429 without Retry-After is treated like one with it."""
    with trial.alone() as client:
        refuser = Refuser(client)
        usual = refuser.refused(429)
        if usual.error is None:
            raise Unjudged("a 429 is no error; see CLIENT-ERR-01")
        outcome = refuser.struck("answer", status=429, retry_after=None)
        if outcome.error is None or trial.adapter.what(outcome.error) != trial.adapter.what(usual.error):
            raise Broken(f"place {outcome}; with Retry-After it {usual}")


def _row(trial: Trial, stage: Stage, cut: Cut) -> Row:
    """One row, with a client of its own: one that has learnt from the row before would hide what it does."""
    with trial.client(stage) as client:

        def place() -> None:
            error = client.attempt("place", body(stage.fake)).error
            if error is not None:
                raise error

        return swept(stage.fake, cut, place, wanted=1, late=late_after(trial.adapter.patience, stage))


def _posts(stage: Stage) -> list[float]:
    """When the client sent each POST that places calls."""
    return [one.at for one in stage.sent if places_calls(one.entry)]

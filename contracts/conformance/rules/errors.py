"""How a client tells its caller of refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...rule import STATUS_NAMES
from ..client_driver import ClientDriver, OperationResult
from ..client_rule import ClientRuleBroken, client_rule
from ..rule_check import CheckContext, body

REASONS: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "INVALID_CREDENTIALS",
    402: "INSUFFICIENT_BALANCE",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_NOT_FOUND",
    409: "STATE_INVALID",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL",
    503: "SERVICE_UNAVAILABLE",
}
"""The statuses of refusals, each with a reason that VoIPbin gives for it."""
_ALIKE = 500
"""From here on refusals may look alike: what to do about them is the same."""
_LOST = ("drop", "reset", "truncate")


@client_rule(
    "CLIENT-ERR-01",
    "tutorial: Troubleshooting; gateway.md 4.2",
    "Raise for every status that is not 200, also where there is nothing that the client itself could do about it.",
)
def refusals_are_errors(trial: CheckContext) -> None:
    """A refusal (400, 401, 402, 403, 404, 409, 429, 5xx) is an error, and never looks like a call that was placed."""
    with _refusing(trial) as refuser:
        for status in REASONS:
            outcome = refuser.refused(status)
            if outcome.error is None:
                raise ClientRuleBroken(f"place {outcome} {_shown(outcome)}, although {status} was answered")


@client_rule(
    "CLIENT-ERR-02",
    "tutorial: Troubleshooting; gateway.md 4.2",
    "Raise an error of its own type for each, or one with the status as an attribute. The suite tells errors apart by"
    " what(error): type and status, unless the class says otherwise.",
)
def refusals_differ(trial: CheckContext) -> None:
    """400, 401, 402, 403, 404, 409, 429 and 5xx can be told apart by a program."""
    seen: dict[object, int] = {}
    with _refusing(trial) as refuser:
        for status in (*(status for status in REASONS if status < _ALIKE), 503):
            outcome = refuser.refused(status)
            if outcome.error is None:
                continue
            what = trial.classify_error(outcome.error)
            other = seen.setdefault(what, status)
            if other != status:
                raise ClientRuleBroken(
                    f"{other} and {status} look alike: place {outcome}; what(error) is {what!r} for both"
                )


@client_rule(
    "CLIENT-ERR-03",
    "gateway.md 4.1; gateway.md 4.2",
    "Go by the status first, and take the body's reason and message only where it is the API's error object.",
)
def bodies_are_not_trusted(trial: CheckContext) -> None:
    """A refusal is the same error with an empty body, or with a proxy's page for a body, as with the API's own."""
    with _refusing(trial) as refuser:
        for status in REASONS:
            usual = refuser.refused(status)
            if usual.error is None:
                continue
            for text in ("", "<html><body>Nothing here.</body></html>"):
                outcome = refuser.refused(status, text)
                if outcome.error is None or trial.classify_error(outcome.error) != trial.classify_error(usual.error):
                    kind = "a proxy's page" if text else "an empty body"
                    raise ClientRuleBroken(f"{status} with {kind}: place {outcome}; with the API's own body it {usual}")


@client_rule(
    "CLIENT-ERR-04",
    "RFC 9110, 9.2.2; tutorial: Place a providercall (every POST is a real call)",
    "Raise an error of its own type when an answer is lost, or look in the list what became of the call.",
)
def lost_responses_differ_from_refusals(trial: CheckContext) -> None:
    """A POST whose answer is lost raises an error that is not taken for a refusal, unless the client looks itself."""
    with _refusing(trial) as refuser:
        refused: dict[object, int] = {}
        for status in (status for status in REASONS if status < _ALIKE):
            outcome = refuser.refused(status)
            if outcome.error is not None:
                refused[trial.classify_error(outcome.error)] = status
        for kind in _LOST:
            outcome = refuser.struck(kind)
            if outcome.error is not None:
                what = trial.classify_error(outcome.error)
                if what in refused:
                    raise ClientRuleBroken(f"a lost answer ({kind}) looks like {refused[what]}: place {outcome}")
            elif not trial.sent or trial.sent[-1].entry.method != "GET":
                raise ClientRuleBroken(f"place {outcome} {_shown(outcome)}, although its answer was lost ({kind})")


class Refuser:
    """Has each POST of one client refused, for as long as it tries."""

    def __init__(self, client: ClientDriver) -> None:
        self._client = client

    def refused(self, status: int, text: str | None = None) -> OperationResult:
        """What comes of `place` when it is refused, with a text for a body or with the API's own."""
        return self.struck("error", status=status, body=_envelope(status) if text is None else text)

    def struck(self, kind: str, **fields: object) -> OperationResult:
        """What comes of `place` when something goes wrong."""
        fake = self._client.stage.fake
        fake.faults.clear()
        if fields.get("status") == 429:
            fields.setdefault("retry_after", 1 if self._client.stage.virtual_time else 0)
        fake.faults.add(kind, method="POST", path="/providercalls", times=None, **fields)
        return self._client.try_call("place", body(fake))


@contextmanager
def _refusing(trial: CheckContext) -> Iterator[Refuser]:
    with trial.new_client() as client:
        yield Refuser(client)


def _envelope(status: int) -> str:
    error = {"status": STATUS_NAMES[status], "reason": REASONS[status], "message": "This was refused."}
    return json.dumps({"error": {**error, "request_id": "req_conformance"}})


def _shown(outcome: OperationResult) -> str:
    return repr(outcome.value)[:100]

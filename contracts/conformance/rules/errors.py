"""Rules: how a client reports error responses and lost responses to its caller."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...answer import STATUS_NAMES
from ..check_context import CheckContext, body
from ..client_driver import ClientDriver, OperationResult
from ..client_rule import client_rule
from ..exceptions import ClientRuleBroken

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
"""The error statuses, each with a reason that VoIPbin sends with it."""
_SERVER_ERROR = 500
"""From this status on errors need not differ: a caller handles them all in the same way."""
_LOSSES = ("drop", "reset", "truncate")


@client_rule(
    "CLIENT-ERR-01",
    "tutorial: Troubleshooting; gateway.md 4.2",
    "Raise an exception for each status other than 200, even if the client itself cannot do anything about it.",
)
def refusals_are_errors(context: CheckContext) -> None:
    """An error response (400, 401, 402, 403, 404, 409, 429, 5xx) raises an exception, and never looks like success."""
    with _faulty_post(context) as post:
        for status in REASONS:
            result = post.with_status(status)
            if result.error is None:
                raise ClientRuleBroken(f"place {result} {_value(result)}, although the response was {status}")


@client_rule(
    "CLIENT-ERR-02",
    "tutorial: Troubleshooting; gateway.md 4.2",
    "Raise a separate exception type for each status, or one with the status as an attribute. The suite distinguishes"
    " errors by classify_error(error): by default, type and status.",
)
def refusals_differ(context: CheckContext) -> None:
    """A program can distinguish the errors for 400, 401, 402, 403, 404, 409, 429 and 5xx."""
    seen: dict[object, int] = {}
    with _faulty_post(context) as post:
        for status in (*(status for status in REASONS if status < _SERVER_ERROR), 503):
            result = post.with_status(status)
            if result.error is None:
                continue
            found = context.classify_error(result.error)
            other = seen.setdefault(found, status)
            if other != status:
                raise ClientRuleBroken(
                    f"the errors for {other} and {status} do not differ: place {result};"
                    f" classify_error(error) is {found!r} for both"
                )


@client_rule(
    "CLIENT-ERR-03",
    "gateway.md 4.1; gateway.md 4.2",
    "Decide by the status. Read reason and message only if the body is the API's error object.",
)
def bodies_are_not_trusted(context: CheckContext) -> None:
    """An error status raises the same error whatever its body: empty, a proxy's page, or the API's own."""
    with _faulty_post(context) as post:
        for status in REASONS:
            usual = post.with_status(status)
            if usual.error is None:
                continue
            for text in ("", "<html><body>Nothing here.</body></html>"):
                result = post.with_status(status, text)
                if result.error is None or context.classify_error(result.error) != context.classify_error(usual.error):
                    kind = "a proxy's page" if text else "an empty body"
                    raise ClientRuleBroken(f"{status} with {kind}: place {result}; with the API's own body it {usual}")


@client_rule(
    "CLIENT-ERR-04",
    "RFC 9110, 9.2.2; tutorial: Place a providercall (every POST is a real call)",
    "If the response is lost, raise a separate exception type, or list the providercalls to see whether it was placed.",
)
def lost_responses_differ_from_refusals(context: CheckContext) -> None:
    """If the response to a POST is lost, the client raises a different error than for a refusal, or checks itself."""
    with _faulty_post(context) as post:
        refused: dict[object, int] = {}
        for status in (status for status in REASONS if status < _SERVER_ERROR):
            result = post.with_status(status)
            if result.error is not None:
                refused[context.classify_error(result.error)] = status
        for kind in _LOSSES:
            result = post.with_fault(kind)
            if result.error is not None:
                found = context.classify_error(result.error)
                if found in refused:
                    raise ClientRuleBroken(
                        f"the error for a lost response ({kind}) does not differ from that for {refused[found]}:"
                        f" place {result}"
                    )
            elif not context.sent or context.sent[-1].entry.method != "GET":
                raise ClientRuleBroken(f"place {result} {_value(result)}, although the response was lost ({kind})")


class FaultyPost:
    """Calls `place` on one client with a fault at every POST."""

    def __init__(self, client: ClientDriver) -> None:
        self._client = client

    def with_status(self, status: int, text: str | None = None) -> OperationResult:
        """Return the result of `place` with an error status. The body is `text`, or the API's own if that is None."""
        return self.with_fault("error", status=status, body=_error_body(status) if text is None else text)

    def with_fault(self, kind: str, **fields: object) -> OperationResult:
        """Return the result of `place` with a fault."""
        fake = self._client.harness.fake
        fake.faults.clear()
        if fields.get("status") == 429:
            fields.setdefault("retry_after", 1 if self._client.harness.virtual_time else 0)
        fake.faults.add(kind, method="POST", path="/providercalls", times=None, **fields)
        return self._client.try_call("place", body(fake))


@contextmanager
def _faulty_post(context: CheckContext) -> Iterator[FaultyPost]:
    with context.new_client() as client:
        yield FaultyPost(client)


def _error_body(status: int) -> str:
    error = {"status": STATUS_NAMES[status], "reason": REASONS[status], "message": "The request was refused."}
    return json.dumps({"error": {**error, "request_id": "req_conformance"}})


def _value(result: OperationResult) -> str:
    return repr(result.value)[:100]

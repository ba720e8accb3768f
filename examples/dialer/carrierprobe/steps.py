"""The client without I/O: generators that yield requests and pauses, and receive the results.

The sync and the async client run the same generators, so retries and pagination are written only once.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from .errors import UnknownOutcomeError, error_of

T = TypeVar("T")

TRIES = 3
POLL_SECONDS = 2.0
FALLBACK_WAIT = 1.0
ENDED = "hangup"


@dataclass(frozen=True)
class Request:
    """A request to send. Its result is the response, or the transport's error."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """A pause of `seconds` seconds."""

    seconds: float


Result = httpx.Response | httpx.TransportError | None
Steps = Generator[Request | Pause, Result, T]


def request(method: str, path: str, **options: Any) -> Steps[dict[str, Any]]:
    """Send a request and return its JSON. Retries only if that is safe: after a 429, and for any GET."""
    for tries_left in reversed(range(TRIES)):
        result = yield Request(method, path, options)
        if isinstance(result, httpx.Response):
            if result.is_success:
                body: dict[str, Any] = result.json()
                return body
            retryable = result.status_code == 429 or (method == "GET" and result.status_code >= 500)
            if not (retryable and tries_left):
                raise error_of(result)
            yield Pause(_retry_delay(result))
        elif method != "GET":
            raise UnknownOutcomeError(f"no response to {method} {path}; it may have been processed") from result
        elif not tries_left:
            assert result is not None
            raise result
        else:
            yield Pause(FALLBACK_WAIT)
    raise AssertionError("the last try returns or raises")


def _retry_delay(response: httpx.Response) -> float:
    """Return the seconds in Retry-After, or a default: not every 429 has that header."""
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else FALLBACK_WAIT


def place(
    provider_id: str, source: str, destinations: list[str], actions: list[dict[str, Any]] | None
) -> Steps[dict[str, Any]]:
    """Place one call to each destination through a provider."""
    body: dict[str, Any] = {
        "provider_id": provider_id,
        "source": {"type": "tel", "target": source},
        "destinations": [{"type": "tel", "target": number} for number in destinations],
    }
    if actions:
        body["actions"] = actions
    return (yield from request("POST", "/providercalls", json=body))


def records(provider_id: str | None, page_size: int) -> Steps[list[dict[str, Any]]]:
    """Fetch all pages of records. The last page is the empty one, not one with fewer rows."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"page_size": page_size}
    if provider_id is not None:
        query["provider_id"] = provider_id
    while True:
        page = yield from request("GET", "/providercalls", params=query)
        if not page["result"]:
            return found
        found += page["result"]
        query["page_token"] = page["next_page_token"]


def watch(call_ids: list[str], timeout: float) -> Steps[dict[str, str]]:
    """Wait until every call has ended. A call that takes longer than `timeout` seconds is hung up to limit its cost."""
    outcome: dict[str, str] = {}
    waited = 0.0
    while True:
        for call_id in [one for one in call_ids if one not in outcome]:
            call = yield from request("GET", f"/calls/{call_id}")
            if call["status"] == ENDED:
                outcome[call_id] = call["hangup_reason"]
            elif waited >= timeout:
                yield from request("POST", f"/calls/{call_id}/hangup")
        if len(outcome) == len(call_ids):
            return outcome
        yield Pause(POLL_SECONDS)
        waited += POLL_SECONDS

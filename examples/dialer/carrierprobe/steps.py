"""The client without its I/O: generators that yield requests and pauses, and are sent what came of them.

The sync and the async client drive the same generators, so that no rule of retrying or paging is written twice.
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
class Ask:
    """Send a request; what comes back is the response, or the transport's error."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pause:
    """Wait for so many seconds."""

    seconds: float


Answer = httpx.Response | httpx.TransportError | None
Steps = Generator[Ask | Pause, Answer, T]


def request(method: str, path: str, **options: Any) -> Steps[dict[str, Any]]:
    """One request, tried again where that is safe: always after a 429, otherwise only for a GET."""
    for tries_left in reversed(range(TRIES)):
        answer = yield Ask(method, path, options)
        if isinstance(answer, httpx.Response):
            if answer.is_success:
                body: dict[str, Any] = answer.json()
                return body
            again = answer.status_code == 429 or (method == "GET" and answer.status_code >= 500)
            if not (again and tries_left):
                raise error_of(answer)
            yield Pause(_wait(answer))
        elif method != "GET":
            raise UnknownOutcomeError(f"no answer to {method} {path}; it may have been carried out") from answer
        elif not tries_left:
            assert answer is not None
            raise answer
        else:
            yield Pause(FALLBACK_WAIT)
    raise AssertionError("the last try returns or raises")


def _wait(answer: httpx.Response) -> float:
    """How long to wait: as told, or a little; not every 429 says."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdigit() else FALLBACK_WAIT


def place(
    provider_id: str, source: str, destinations: list[str], actions: list[dict[str, Any]] | None
) -> Steps[dict[str, Any]]:
    """One call to each destination through a provider."""
    body: dict[str, Any] = {
        "provider_id": provider_id,
        "source": {"type": "tel", "target": source},
        "destinations": [{"type": "tel", "target": number} for number in destinations],
    }
    if actions:
        body["actions"] = actions
    return (yield from request("POST", "/providercalls", json=body))


def records(provider_id: str | None, page_size: int) -> Steps[list[dict[str, Any]]]:
    """Every record, page by page: a page without rows is the last, and not one with fewer rows."""
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


def watch(call_ids: list[str], patience: float) -> Steps[dict[str, str]]:
    """How each call ended. A call that has not after `patience` seconds is hung up, so that it costs no more."""
    outcome: dict[str, str] = {}
    waited = 0.0
    while True:
        for call_id in [one for one in call_ids if one not in outcome]:
            call = yield from request("GET", f"/calls/{call_id}")
            if call["status"] == ENDED:
                outcome[call_id] = call["hangup_reason"]
            elif waited >= patience:
                yield from request("POST", f"/calls/{call_id}/hangup")
        if len(outcome) == len(call_ids):
            return outcome
        yield Pause(POLL_SECONDS)
        waited += POLL_SECONDS

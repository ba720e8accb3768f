"""The context of a check: harnesses, clients, and helpers that several rules share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..http import Request
from ..probes import DESTINATION, SOURCE
from .client_driver import ClientDriver, ConformanceAdapter, OperationResult, open_client
from .duplicate_calls import Sweep
from .exceptions import ClientRuleBroken, Inconclusive
from .harness import Fake, Harness, HarnessFactory, SentRequest

ENDED = "hangup"
"""The status of a call that has ended."""
Json = dict[str, Any]


class CheckContext:
    """What the check of a rule receives."""

    def __init__(self, adapter: ConformanceAdapter, harness_factory: HarnessFactory) -> None:
        self.adapter = adapter
        self.sent: list[SentRequest] = []
        """The requests sent to the harness that was opened last. Failure messages show them."""
        self.tokens: list[str] = []
        self.sweep: Sweep | None = None
        """The duplicate-call sweep, after the check that performs it."""
        self._harness_factory = harness_factory

    @contextmanager
    def harness(self) -> Iterator[Harness]:
        """Open a harness with a fresh fake."""
        with self._harness_factory.open(self.adapter.transport) as harness:
            self.sent = harness.sent
            self.tokens.append(harness.fake.super_admin.token)
            yield harness

    @contextmanager
    def client(self, harness: Harness) -> Iterator[ClientDriver]:
        """Open a client on a harness, with a super-admin's token."""
        with open_client(self.adapter, harness, harness.fake.super_admin.token) as client:
            yield client

    @contextmanager
    def new_client(self) -> Iterator[ClientDriver]:
        """Open a client on a harness of its own."""
        with self.harness() as harness, self.client(harness) as client:
            yield client

    def supports(self, operation: str) -> bool:
        """Return whether the adapter defines an operation."""
        return callable(getattr(self.adapter, operation, None))

    def classify_error(self, error: BaseException) -> object:
        """Return how a program distinguishes the error. Raises ClientRuleBroken if the result is not hashable."""
        found = self.adapter.classify_error(error)
        try:
            hash(found)
        except TypeError:
            kind = type(found).__name__
            raise ClientRuleBroken(
                f"classify_error(error) returned a {kind}, which is not hashable; return a tuple of its parts"
            ) from None
        return found

    def run_all_operations(self, client: ClientDriver, *numbers: str) -> dict[str, OperationResult]:
        """Place a call to each number, then run every other operation of the adapter on that record."""
        fake = client.harness.fake
        placed = client.try_call("place", body(fake, *numbers))
        results = {"place": placed}
        if placed.error is None and fake.providercalls:
            for operation, arguments in self._others(list(fake.providercalls.values())[-1], placed.value):
                if self.supports(operation):
                    results[operation] = client.try_call(operation, *arguments)
        return results

    def _others(self, record: Any, placed: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield "get_record", (record.id,)
        yield "list_records", ()
        if record.call_ids:
            yield "get_call", (record.call_ids[0],)
        yield "wait_until_done", (placed,)
        yield "delete_record", (record.id,)

    def require_tolerates(self, change: Callable[[Harness], object], *numbers: str) -> None:
        """Raise ClientRuleBroken if an operation fails after `change` was applied to the harness, but not before.

        An operation that fails before breaks another rule. Raises Inconclusive if that operation is `place`.
        """
        with self.new_client() as client:
            ordinary = self.run_all_operations(client, *numbers)
        if ordinary["place"].error is not None:
            raise Inconclusive(f"place {ordinary['place']}, even without a change; see CLIENT-SEND-01")
        with self.new_client() as client:
            change(client.harness)
            changed = self.run_all_operations(client, *numbers)
        for operation, result in changed.items():
            if result.error is not None and operation in ordinary and ordinary[operation].error is None:
                raise ClientRuleBroken(f"{operation} {result}") from result.error

    def require_waits(self) -> None:
        """Raise Inconclusive if the client does not wait correctly for a single ordinary call."""
        with self.new_client() as client:
            result = self.run_all_operations(client).get("wait_until_done")
            unfinished = unfinished_ladders(client.harness.fake)
        if result is None:
            raise Inconclusive("no call was placed; see CLIENT-SEND-01")
        if result.error is not None or unfinished:
            raise Inconclusive(f"wait_until_done {result} for an ordinary call; see CLIENT-STATE-01")

    def require_keeps_waiting(self, change: Callable[[Harness], object], response: str) -> None:
        """Raise ClientRuleBroken if the client takes `response`, which `change` makes it receive, for a call's end."""
        with self.new_client() as client:
            placed = client.call("place", body(client.harness.fake))
            change(client.harness)
            result = client.try_call("wait_until_done", placed)
            unfinished = unfinished_ladders(client.harness.fake)
        if result.error is None and unfinished:
            raise ClientRuleBroken(f"wait_until_done returned after {response}, before the call had ended{unfinished}")


def body(fake: Fake, *numbers: str) -> Json:
    """Return a body for POST /providercalls with one destination per number."""
    destinations = [{"type": "tel", "target": number} for number in numbers] or [dict(DESTINATION)]
    return {"provider_id": fake.provider.id, "source": dict(SOURCE), "destinations": destinations}


def as_other_admin(fake: Fake, method: str, path: str, sent: Json | None = None) -> Json:
    """Send a request as a super-admin, without the client, and return the response's JSON."""
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    content = b"" if sent is None else json.dumps(sent).encode()
    found: Json = fake.handle(Request(method, f"/v1.0{path}", headers, content)).json()
    return found


def unfinished_ladders(fake: Fake) -> str:
    """Return the ladders of the calls that have not ended."""
    return "".join(f"\n{fake.ladder(call)}" for call in fake.calls.values() if call.status != ENDED)

"""A receiver that records its webhooks, and the events of a call."""

from __future__ import annotations

from typing import Any

from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.receivers import Webhook
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Customer

URI = "https://client.example/hooks"
DESTINATION = {"type": "tel", "target": "+12025550143"}
CREATED = ["activeflow_created", "call_created"]
LIFE = [
    *CREATED,
    "call_ringing",
    "call_progressing",
    "activeflow_updated",
    "activeflow_updated",
    "call_updated",
    "call_terminating",
    "call_hangup",
]
"""The events of a call without actions, from its creation to its end."""


class Inbox:
    """A receiver that records its webhooks. It returns its results in turn, and the last one from then on."""

    def __init__(self, *results: int | Exception) -> None:
        self.webhooks: list[Webhook] = []
        self._results = list(results)

    def __call__(self, webhook: Webhook) -> int | None:
        self.webhooks.append(webhook)
        if not self._results:
            return None
        result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
        if isinstance(result, Exception):
            raise result
        return result

    @property
    def types(self) -> list[str]:
        """The types of the webhooks, in order."""
        return [one.json()["type"] for one in self.webhooks]


def place_call(fake: FakeVoipbin, **fields: Any) -> str:
    """Place a call, and return its id."""
    id: str = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, **fields)["call_ids"][0]
    return id


def customer_of(fake: FakeVoipbin) -> Customer:
    """Return the super-admin's customer."""
    return fake.state.customers[fake.super_admin.customer_id]

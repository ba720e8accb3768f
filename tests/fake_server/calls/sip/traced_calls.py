"""Calls with SIP messages, and requests for their traces."""

from __future__ import annotations

from typing import Any

from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call

SLEEP = {"type": "sleep", "option": {"duration": 600_000}}


class Trace:
    """A fake with one call, whose provider and body a test chooses."""

    def __init__(self, edition: str = "documented", *, provider: dict[str, Any] | None = None, **body: Any) -> None:
        self.fake = FakeVoipbin(edition, lifecycle="manual")
        self.api = ProbeClient(FakeTarget(self.fake))
        own = require_success(self.api.post("/providers", {"hostname": "sip.carrier.example", **(provider or {})}))
        self.call: Call = self.fake.calls[self.api.place(provider_id=own["id"], actions=[SLEEP], **body)["call_ids"][0]]

    def talk(self, seconds: float = 2) -> None:
        """Let the callee ring, answer and talk."""
        self.call.ring()
        self.fake.clock.advance(3)
        self.call.answer()
        self.fake.clock.advance(seconds)

    def analysis(self) -> dict[str, Any]:
        return require_success(self.api.get(f"/timelines/calls/{self.call.id}/sip-analysis"))

    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.analysis()["sip_messages"]
        return messages

    def methods(self) -> list[str]:
        """Return the method of each message, with an arrow: to the carrier, or from it."""
        ours = self.messages()[0]["src_ip"]
        return [("> " if one["src_ip"] == ours else "< ") + one["method"] for one in self.messages()]

    def pcap(self) -> bytes:
        response = self.api.get(f"/timelines/calls/{self.call.id}/pcap")
        assert response.status == 200
        return response.body

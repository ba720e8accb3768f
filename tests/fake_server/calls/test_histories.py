"""Random sequences of operations on calls, compared with an independent model."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin, InvalidTransition, Webhook
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call

ORDER = ("dialing", "ringing", "progressing", "ending", "hangup")
REASONS = {
    "remote": {"normal", "failed", "busy", "no_answer", "noanswer", "dialout", "timeout"},
    "local": {"normal", "cancel", "amd"},
}
ALLOWED_STATUSES = {
    "ring": {"dialing"},
    "answer": {"dialing", "ringing"},
    "reject": {"dialing", "ringing"},
    "hangup": {"dialing", "ringing", "progressing", "terminating", "canceling"},
}
MAY_FOLLOW = {
    "": {"call_created"},
    "call_created": {"call_ringing", "call_progressing", "call_canceling", "call_hangup"},
    "call_ringing": {"call_progressing", "call_canceling", "call_hangup"},
    "call_progressing": {"call_updated", "call_terminating", "call_hangup"},
    "call_updated": {"call_updated", "call_terminating", "call_hangup"},
    "call_canceling": {"call_hangup"},
    "call_terminating": {"call_hangup"},
    "call_hangup": set(),
}
"""The events that may follow each event of a call. `call_deleted` may come at any time, once."""
FLOWS: list[list[dict[str, object]]] = [
    [],
    [{"type": "talk", "option": {"text": "hello"}}, {"type": "hangup"}],
    [{"type": "amd", "option": {"machine_handle": "hangup"}}, {"type": "sleep", "option": {"duration": 9_000_000}}],
    [{"type": "digits_receive", "option": {"duration": 20_000, "length": 2}}, {"type": "goto", "option": {}}],
]
NUMBERS = ("+12025550143", *(f"+120255501{digits}" for digits in range(80, 89)))


def rank(status: str) -> int:
    """Return a number that grows as a call progresses."""
    return ORDER.index("ending" if status in ("terminating", "canceling") else status)


class Histories(RuleBasedStateMachine):
    """Random operations. The status of a call never goes back, and it ends once."""

    def __init__(self) -> None:
        super().__init__()
        self.fake = FakeVoipbin()
        self.api = ProbeClient(FakeTarget(self.fake))
        self.records: dict[str, dict[str, object]] = {}
        self.seen: dict[str, str] = {}
        """The latest status of each call."""
        self.provider = self.fake.provider
        self.received: list[tuple[str, str]] = []
        """The type and id of each received webhook, in order."""
        self.reliable = True
        self.fake.webhooks.send_to(self.receive, "https://client.example/hooks")

    def receive(self, webhook: Webhook) -> None:
        event = webhook.json()
        self.received.append((event["type"], event["data"]["id"]))

    def pick(self, index: int) -> Call | None:
        calls = list(self.fake.calls.values())
        return calls[index % len(calls)] if calls else None

    @rule(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3), flow=st.sampled_from(FLOWS))
    def place(self, numbers: list[str], flow: list[dict[str, object]]) -> None:
        destinations = [{"type": "tel", "target": number} for number in numbers]
        record = self.api.place(provider_id=self.provider.id, destinations=destinations, actions=flow)
        assert len(record["call_ids"]) == len(numbers)
        self.records[record["id"]] = record
        self.seen.update(dict.fromkeys(record["call_ids"], "dialing"))

    @rule(index=st.integers(0, 20))
    def poll(self, index: int) -> None:
        call = self.pick(index)
        if call is not None:
            response = self.api.get(f"/calls/{call.id}")
            if call.tm_delete is None:
                assert response.json()["status"] == call.status
            else:
                assert response.status == 409

    @rule(seconds=st.sampled_from([0, 0.1, 1, 5, 29, 31, 59, 61, 3601]))
    def advance(self, seconds: float) -> None:
        before = self.fake.clock.now()
        self.fake.clock.advance(seconds)
        assert (self.fake.clock.now() - before).total_seconds() >= seconds

    @rule(kind=st.sampled_from(["drop", "duplicate"]), nth=st.integers(1, 4))
    def add_webhook_fault(self, kind: Any, nth: int) -> None:
        self.fake.webhooks.faults.add(kind, nth=nth)
        self.reliable = False

    @rule(index=st.integers(0, 20), digits=st.text("0123456789#*", min_size=1, max_size=2))
    def press(self, index: int, digits: str) -> None:
        call = self.pick(index)
        if call is not None and call.status == "progressing":
            call.press(digits)

    @rule(index=st.integers(0, 20), method=st.sampled_from(["ring", "answer", "reject", "hangup"]))
    def control(self, index: int, method: str) -> None:
        call = self.pick(index)
        if call is None:
            return
        before = call.status
        allowed = ALLOWED_STATUSES[method]
        try:
            getattr(call, method)(*([486] if method == "reject" else []))
        except InvalidTransition:
            assert before not in allowed
            assert call.status == before
        else:
            assert before in allowed

    @rule(index=st.integers(0, 20), operation=st.sampled_from(["hangup", "delete"]))
    def send_request(self, index: int, operation: str) -> None:
        call = self.pick(index)
        if call is None:
            return
        before, deleted = call.status, call.tm_delete is not None
        path = f"/calls/{call.id}"
        response = self.api.post(f"{path}/hangup") if operation == "hangup" else self.api.delete(path)
        if deleted:
            assert response.status == 409
            assert call.status == before
        else:
            after = {"dialing": "canceling", "ringing": "canceling", "progressing": "terminating"}.get(before, before)
            assert response.json()["status"] == after

    @rule(index=st.integers(0, 20))
    def delete_providercall(self, index: int) -> None:
        if self.records:
            id = list(self.records)[index % len(self.records)]
            assert self.api.delete(f"/providercalls/{id}").status == 200

    @rule()
    def delete_provider(self) -> None:
        self.fake.delete_provider(self.provider.id)
        self.provider = self.fake.add_provider()

    @invariant()
    def calls_never_go_back(self) -> None:
        for id, status in self.seen.items():
            call = self.fake.calls[id]
            if call.status != status:
                assert rank(call.status) > rank(status)
                self.seen[id] = call.status
            times = [time for time in (call.tm_create, call.tm_ringing, call.tm_progressing, call.tm_hangup) if time]
            assert times == sorted(times)
            assert times[-1] <= self.fake.clock.now()
            if call.status == "hangup":
                assert call.hangup_reason in REASONS[call.hangup_by]
                assert call.tm_hangup is not None
                assert (call.tm_hangup - call.tm_create).total_seconds() < 3600.1
            else:
                assert (call.hangup_by, call.hangup_reason, call.tm_hangup) == ("", "", None)

    @invariant()
    def events_are_in_a_valid_order(self) -> None:
        last: dict[str, str] = {}
        deleted: set[str] = set()
        for event in self.fake.events:
            if event.type == "call_deleted":
                assert event.resource_id not in deleted
                deleted.add(event.resource_id)
            elif event.type.startswith("call_"):
                assert event.type in MAY_FOLLOW[last.get(event.resource_id, "")]
                last[event.resource_id] = event.type
        times = [event.at for event in self.fake.events]
        assert times == sorted(times)

    @invariant()
    def webhooks_arrive_in_order_without_faults(self) -> None:
        emitted = [(event.type, event.resource_id) for event in self.fake.events]
        if self.reliable:
            assert self.received == emitted
        assert set(self.received) <= set(emitted)

    @invariant()
    def providercalls_never_change(self) -> None:
        for id, record in self.records.items():
            now = self.api.get(f"/providercalls/{id}").json()
            times = ("tm_update", "tm_delete")
            assert {key: now[key] for key in now if key not in times} == {
                key: record[key] for key in record if key not in times
            }

    @invariant()
    def no_duplicate_calls(self) -> None:
        assert self.fake.calls.keys() == self.seen.keys()

    def teardown(self) -> None:
        self.fake.clock.advance(3601)
        assert {call.status for call in self.fake.calls.values()} <= {"hangup"}
        self.calls_never_go_back()


Histories.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestHistories = Histories.TestCase

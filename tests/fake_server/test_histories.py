"""Random histories of calls against an independent model: polls, time, moves by hand, hang-ups, deletions, webhooks."""

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
LEGAL_BY_HAND = {
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
"""What a customer may be told of a call next, but for `call_deleted`, which may come at any time, once."""
FLOWS: list[list[dict[str, object]]] = [
    [],
    [{"type": "talk", "option": {"text": "hello"}}, {"type": "hangup"}],
    [{"type": "amd", "option": {"machine_handle": "hangup"}}, {"type": "sleep", "option": {"duration": 9_000_000}}],
    [{"type": "digits_receive", "option": {"duration": 20_000, "length": 2}}, {"type": "goto", "option": {}}],
]
NUMBERS = ("+12025550143", *(f"+120255501{digits}" for digits in range(80, 89)))


def rank(status: str) -> int:
    return ORDER.index("ending" if status in ("terminating", "canceling") else status)


class Histories(RuleBasedStateMachine):
    """Whatever is done to calls, they only go forward, end once, and ring once."""

    def __init__(self) -> None:
        super().__init__()
        self.fake = FakeVoipbin()
        self.api = ProbeClient(FakeTarget(self.fake))
        self.records: dict[str, dict[str, object]] = {}
        self.seen: dict[str, str] = {}
        """The last status of each call."""
        self.provider = self.fake.provider
        self.received: list[tuple[str, str]] = []
        """The type and id of each webhook, as they came in."""
        self.unharmed = True
        self.fake.webhooks.send_to(self.receive, "https://client.example/hooks")

    def receive(self, webhook: Webhook) -> None:
        told = webhook.json()
        self.received.append((told["type"], told["data"]["id"]))

    def some(self, index: int) -> Call | None:
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
        call = self.some(index)
        if call is not None:
            answer = self.api.get(f"/calls/{call.id}")
            if call.tm_delete is None:
                assert answer.json()["status"] == call.status
            else:
                assert answer.status == 409

    @rule(seconds=st.sampled_from([0, 0.1, 1, 5, 29, 31, 59, 61, 3601]))
    def advance(self, seconds: float) -> None:
        before = self.fake.clock.now()
        self.fake.clock.advance(seconds)
        assert (self.fake.clock.now() - before).total_seconds() >= seconds

    @rule(kind=st.sampled_from(["drop", "duplicate"]), nth=st.integers(1, 4))
    def harm_webhooks(self, kind: Any, nth: int) -> None:
        self.fake.webhooks.faults.add(kind, nth=nth)
        self.unharmed = False

    @rule(index=st.integers(0, 20), digits=st.text("0123456789#*", min_size=1, max_size=2))
    def press(self, index: int, digits: str) -> None:
        call = self.some(index)
        if call is not None and call.status == "progressing":
            call.press(digits)

    @rule(index=st.integers(0, 20), move=st.sampled_from(["ring", "answer", "reject", "hangup"]))
    def by_hand(self, index: int, move: str) -> None:
        call = self.some(index)
        if call is None:
            return
        before = call.status
        legal = LEGAL_BY_HAND[move]
        try:
            getattr(call, move)(*([486] if move == "reject" else []))
        except InvalidTransition:
            assert before not in legal
            assert call.status == before
        else:
            assert before in legal

    @rule(index=st.integers(0, 20), how=st.sampled_from(["hangup", "delete"]))
    def over_the_api(self, index: int, how: str) -> None:
        call = self.some(index)
        if call is None:
            return
        before, deleted = call.status, call.tm_delete is not None
        path = f"/calls/{call.id}"
        answer = self.api.post(f"{path}/hangup") if how == "hangup" else self.api.delete(path)
        if deleted:
            assert answer.status == 409
            assert call.status == before
        else:
            after = {"dialing": "canceling", "ringing": "canceling", "progressing": "terminating"}.get(before, before)
            assert answer.json()["status"] == after

    @rule(index=st.integers(0, 20))
    def delete_the_record(self, index: int) -> None:
        if self.records:
            id = list(self.records)[index % len(self.records)]
            assert self.api.delete(f"/providercalls/{id}").status == 200

    @rule()
    def delete_the_provider(self) -> None:
        self.fake.delete_provider(self.provider.id)
        self.provider = self.fake.add_provider()

    @invariant()
    def calls_only_go_forward(self) -> None:
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
    def what_is_told_makes_sense(self) -> None:
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
    def what_is_told_arrives_in_order_unless_harmed(self) -> None:
        told = [(event.type, event.resource_id) for event in self.fake.events]
        if self.unharmed:
            assert self.received == told
        assert set(self.received) <= set(told)

    @invariant()
    def records_never_change(self) -> None:
        for id, record in self.records.items():
            now = self.api.get(f"/providercalls/{id}").json()
            times = ("tm_update", "tm_delete")
            assert {key: now[key] for key in now if key not in times} == {
                key: record[key] for key in record if key not in times
            }

    @invariant()
    def nothing_rings_twice(self) -> None:
        assert self.fake.calls.keys() == self.seen.keys()

    def teardown(self) -> None:
        self.fake.clock.advance(3601)
        assert {call.status for call in self.fake.calls.values()} <= {"hangup"}
        self.calls_only_go_forward()


Histories.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestHistories = Histories.TestCase

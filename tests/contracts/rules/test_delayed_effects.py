"""Probes on a server that produces some effects a moment after its response, as real servers do."""

from __future__ import annotations

import re

import pytest
from pytest_providercalls.contracts import RULES, Safety, check
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import POLL_WAITS, ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

DELAY = 0.4
"""The longest delay that was seen on real servers, in seconds."""
ENDING = re.compile("/(calls|groupcalls|activeflows)/[^/]+/(hangup|stop)")
CALL = re.compile("/v1.0/calls/([^/]+)")


class DelayedTarget(FakeTarget):
    """A fake on which a call ends some time after the response, and a groupcall's calls exist some time later."""

    def __init__(self, fake: FakeVoipbin, delay: float = DELAY) -> None:
        super().__init__(fake)
        self._delay, self._time = delay, 0.0
        self._before, self._visible = fake.snapshot(), 0.0
        self._legs: dict[str, float] = {}

    def advance(self, seconds: float, /) -> bool:
        self._time += seconds
        return super().advance(seconds)

    def send(self, request: Request, /) -> Response:
        if request.method == "GET":
            return self._read(request)
        if ENDING.search(request.target) and self._time >= self._visible:
            self._before, self._visible = self.fake.snapshot(), self._time + self._delay
        response = super().send(request)
        for groupcall in self.fake.groupcalls.values():
            for leg in groupcall.call_ids:
                self._legs.setdefault(leg, self._time + self._delay)
        return response

    def _read(self, request: Request) -> Response:
        leg = CALL.match(request.target)
        if leg and self._legs.get(leg[1], 0) > self._time:
            return Response(404)
        if self._time >= self._visible:
            return super().send(request)
        now = self.fake.snapshot()
        self.fake.restore(self._before)
        response = super().send(request)
        self.fake.restore(now)
        return response


DELAYED = [
    "AF-RUN-14",
    "AF-STOP-01",
    "BL-COST-01",
    "BL-COST-03",
    "CL-HUP-01",
    "CL-HUP-02",
    "CL-HUP-03",
    "GC-DEL-01",
    "GC-HUP-01",
    "GC-HUP-02",
    "GC-NEW-01",
    "GC-NEW-02",
    "GC-NEW-03",
    "GC-RING-01",
]


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
@pytest.mark.parametrize("id", DELAYED)
def test_a_probe_waits_for_an_effect(id: str, edition: str) -> None:
    target = DelayedTarget(FakeVoipbin(edition, lifecycle="manual"))
    (verdict,) = check(target, Safety.BILLABLE, [RULES[id]]).verdicts
    assert verdict.kept is True, verdict.reason


@pytest.mark.parametrize("id", ["AF-STOP-01", "CL-HUP-01", "GC-NEW-01"])
def test_a_probe_does_not_wait_for_ever(id: str) -> None:
    target = DelayedTarget(FakeVoipbin("server-2026-08", lifecycle="manual"), delay=60)
    (verdict,) = check(target, Safety.BILLABLE, [RULES[id]]).verdicts
    assert verdict.kept is False
    assert target._time == pytest.approx(sum(POLL_WAITS))


class FlowlessTarget(FakeTarget):
    """A fake that hangs up an answered call without a flow, as the servers do a moment later."""

    def drive_call(self, call_id: str, event: str, /) -> bool:
        done = super().drive_call(call_id, event)
        call = self.fake.calls[call_id]
        if event == "answer" and call.flow_id == NIL:
            call.hangup("normal")
        return done


def test_a_call_that_is_hung_up_after_the_answer_has_a_blocking_action() -> None:
    target = FlowlessTarget(FakeVoipbin("server-2026-08", lifecycle="manual"))
    (verdict,) = check(target, Safety.BILLABLE, [RULES["CL-HUP-02"]]).verdicts
    assert verdict.kept is True, verdict.reason


def test_an_effect_that_is_visible_at_once_is_read_once() -> None:
    target = DelayedTarget(FakeVoipbin(lifecycle="manual"), delay=0)
    call = ProbeClient(target).place()["call_ids"][0]
    before = len(target.fake.requests)
    assert ProbeClient(target).poll(f"/calls/{call}")["id"] == call
    assert (len(target.fake.requests), target._time) == (before + 1, 0)

"""The remote party: a command that drives the remote party of calls, however it behaves."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_providercalls.contracts import line_process
from pytest_providercalls.contracts.checker.far_side import FarSide
from pytest_providercalls.contracts.checker.remote_target import RemoteTarget
from pytest_providercalls.contracts.probes import DESTINATION, POLL_WAITS, SOURCE, ProbeClient, ProbeUnavailable
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer


@contextmanager
def running(script: str, timeout: float = 20.0) -> Iterator[FarSide]:
    # Without site-packages Python starts faster.
    with FarSide([sys.executable, "-ISuc", script], timeout) as found:
        yield found


def responding(*lines: str) -> str:
    """Return a script that responds to the nth event with the nth line, and then ends."""
    return f"import sys\nfor line in {lines!r}: sys.stdin.readline(); print(line, flush=True)"


def test_an_event_is_one_line_of_json_and_so_is_its_response() -> None:
    script = (
        "import json, sys\nprint(json.dumps({'ok': False, 'reason': json.loads(sys.stdin.readline())}), flush=True)"
    )
    with running(script) as command, pytest.raises(ProbeUnavailable) as error:
        command.perform("reject", call_id="c", destination={"target": "+1"}, sip=486)
    received = {"event": "reject", "call_id": "c", "destination": {"target": "+1"}, "sip": 486}
    assert str(error.value) == f"the remote party cannot reject: {received}"


def test_events_are_performed_in_order() -> None:
    with running(responding('{"ok": true}', '{"ok": false}', '{"ok": true}')) as command:
        command.perform("ring", call_id="c")
        with pytest.raises(ProbeUnavailable, match="^the remote party cannot answer: it gave no reason$"):
            command.perform("answer", call_id="c")
        command.perform("answer", call_id="c")


@pytest.mark.parametrize(("response", "has_clock"), [('{"ok": true}', True), ('{"ok": false}', False)])
def test_a_clock_is_asked_for_once(response: str, has_clock: bool) -> None:
    with running(responding(response)) as command:
        assert (command.has_clock, command.has_clock) == (has_clock, has_clock)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("raise SystemExit(3)", r"ended before it responded to 'ring' \(exit code 3\)"),
        ("import sys; sys.stdin.close(); sys.stdout.close()", "ended before it responded to 'ring'"),
        (responding("yes"), r"responded with 'yes'; expected a line such as \{\"ok\": true\}, and logs"),
        (responding("[1]"), "responded with"),
        (responding('{"ok": 1}'), "responded with"),
        (responding("[" * 60_000), "responded with"),
        ("import sys; sys.stdin.readline(); print('x' * 200_000, flush=True)", "responded with 'xxx"),
    ],
)
def test_a_command_that_does_not_keep_to_the_protocol_is_not_used_again(script: str, reason: str) -> None:
    with running(script) as command:
        for _ in range(2):
            with pytest.raises(ProbeUnavailable, match=f"^the far-side command {reason}") as error:
                command.perform("ring")
    assert len(str(error.value)) < 400


def test_a_command_that_does_not_respond_is_not_waited_for_again() -> None:
    with running("import sys; sys.stdin.read()", timeout=0.05) as command:
        for _ in range(2):
            with pytest.raises(ProbeUnavailable, match=r"did not respond to 'ring' within 0\.05 s"):
                command.perform("ring")


def test_a_command_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_process, "GRACE", 0.05)
    ignore = "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    with running(f"{ignore}print('{{\"ok\": true}}', flush=True)\nwhile True: time.sleep(9)") as command:
        command.perform("ring")
    assert command._process._process.returncode == (-signal.SIGKILL if os.name == "posix" else 1)
    assert not [thread for thread in threading.enumerate() if thread.name == "responses"]


def test_a_command_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-command"):
        FarSide(["no-such-command"])


# together with a server


class Driver:
    """A remote party without a process that drives the calls of a fake, if it `works`."""

    has_clock = False

    def __init__(self, fake: FakeVoipbin, works: bool = True) -> None:
        self._fake, self._works = fake, works
        self.events: list[dict[str, Any]] = []

    def perform(self, event: str, **details: Any) -> None:
        self.events.append({"event": event, **details})
        if self._works and event == "answer":
            self._fake.calls[details["call_id"]].answer()
        elif self._works and event == "reject":
            self._fake.calls[details["call_id"]].reject(details["sip"])


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin("server-2026-08", lifecycle="manual")


@contextmanager
def remote(fake: FakeVoipbin, driver: Driver, waits: list[float], **options: Any) -> Iterator[RemoteTarget]:
    with (
        LoopbackServer() as server,
        RemoteTarget(
            server.serve(Application(fake)).url,
            tokens={"super_admin": fake.super_admin.token},
            max_calls=9,
            requests_per_second=1e6,
            far_side=driver,  # type: ignore[arg-type]
            sleep=waits.append,
            **options,
        ) as target,
    ):
        target.identify()
        yield target


def test_the_far_side_learns_who_is_called(fake: FakeVoipbin) -> None:
    driver = Driver(fake)
    with remote(fake, driver, []) as target:
        api = ProbeClient(target)
        first, second = (api.place()["call_ids"][0] for _ in range(2))
        api.drive_call(first, "answer")
        api.drive_call(second, "reject 486")
    addresses = {"source": SOURCE, "destination": DESTINATION}
    assert driver.events == [
        {"event": "answer", "call_id": first, **addresses},
        {"event": "reject", "call_id": second, **addresses, "sip": 486},
    ]


def test_an_event_that_the_server_does_not_notice_makes_a_rule_inconclusive(fake: FakeVoipbin) -> None:
    waits: list[float] = []
    with remote(fake, Driver(fake, works=False), waits) as target:
        api = ProbeClient(target)
        with pytest.raises(ProbeUnavailable, match="^the call is still 'dialing' after the remote party's 'answer'$"):
            api.drive_call(api.place()["call_ids"][0], "answer")
        with pytest.raises(ProbeUnavailable, match="^the call cannot be read: expected 200, got 404"):
            api.drive_call("f1f2f3f4-0000-4000-8000-00000000dead", "answer")
    assert [one for one in waits if one in POLL_WAITS] == [*POLL_WAITS, *POLL_WAITS]


def test_providers_have_the_host_of_the_far_side(fake: FakeVoipbin) -> None:
    with remote(fake, Driver(fake), [], provider_host="sip.bench.example") as target:
        assert ProbeClient(target).provider()["hostname"] == "sip.bench.example"


def test_time_passes_on_a_virtual_clock_or_by_waiting(fake: FakeVoipbin) -> None:
    driver, waits = Driver(fake), list[float]()
    with remote(fake, driver, waits, max_wait=60, flood=True) as target:
        assert [target.advance(seconds) for seconds in (5, 60, 61)] == [True, True, False]
        assert target.set_rate_limits(True)
        driver.has_clock = True
        assert target.advance(3600)
        # Real time says nothing about the limits of a server with a virtual clock.
        assert not target.set_rate_limits(True)
    assert [one for one in waits if one >= 5] == [5, 60]
    assert driver.events == [{"event": "advance", "seconds": 3600}]

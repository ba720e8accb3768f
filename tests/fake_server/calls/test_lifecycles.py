"""The lifecycles: `scheduled`, in which only the clock advances calls, and `manual`, in which scripts are errors."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin, InvalidScript
from pytest_providercalls.fake_server.calls.carriers import Carrier
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed

from .placed_calls import CALLEE, outcome, place_call

METHODS = [name for name in vars(Carrier) if not name.startswith("_") and name != "clear"]
WARNING = "the magic number +12025550180 has no effect with lifecycle 'manual'"


def fake_and_client(lifecycle: str) -> tuple[FakeVoipbin, ProbeClient]:
    fake = FakeVoipbin(lifecycle=lifecycle)
    return fake, ProbeClient(FakeTarget(fake))


def test_scheduled_calls_follow_the_clock_but_not_the_polls() -> None:
    fake, api = fake_and_client("scheduled")
    fake.carrier().answers(after=20)
    call = place_call(api, fake)
    for seconds, status in ((0, "dialing"), (2.1, "ringing"), (17, "ringing"), (1, "progressing")):
        fake.clock.advance(seconds)
        shown = {require_success(api.get(f"/calls/{call.id}"))["status"] for _ in range(3)}
        assert shown == {status}
    assert (call.tm_progressing or call.tm_create).timestamp() - call.tm_create.timestamp() == pytest.approx(20)


def test_magic_number_and_dial_timeout_follow_the_clock_of_a_scheduled_fake() -> None:
    fake, api = fake_and_client("scheduled")
    busy, silent = (place_call(api, fake, f"+120255501{digits}") for digits in ("80", "82"))
    require_success(api.get(f"/calls/{busy.id}"))
    fake.clock.advance(4)
    assert (outcome(busy)[:2], silent.status) == (("hangup", "busy"), "ringing")
    fake.clock.advance(56)
    assert silent.hangup_reason == "dialout"
    assert fake.untriggered() == []


def test_a_client_that_gives_up_after_30_seconds_gets_an_answer_at_20() -> None:
    fake, api = fake_and_client("scheduled")
    fake.carrier().answers(after=20, destination=CALLEE).answers(after=40)
    answered, late = place_call(api, fake), place_call(api, fake, "+12025550144")
    fake.clock.advance(30)
    for call in (answered, late):
        if call.status != "progressing":
            require_success(api.post(f"/calls/{call.id}/hangup"))
    fake.clock.advance(30)
    assert (answered.status, outcome(late)[:2]) == ("progressing", ("hangup", "cancel"))


@pytest.mark.parametrize("method", METHODS)
def test_a_script_is_an_error_in_manual(method: str) -> None:
    fake, _ = fake_and_client("manual")
    with pytest.raises(InvalidScript, match=r"would have no effect.*lifecycle='scheduled'.*\.answer\(\)"):
        getattr(fake.carrier(), method)()
    assert fake.provider.health_status == "healthy"
    assert fake.carrier().clear() is not None


def test_a_snapshot_with_a_script_is_an_error_in_manual() -> None:
    scripted, manual = FakeVoipbin(), FakeVoipbin(lifecycle="manual")
    unscripted = scripted.snapshot()
    scripted.carrier().busy(destination=CALLEE)
    provider = manual.add_provider()
    with pytest.raises(InvalidScript, match=r"the snapshot's busy\(destination='.*'\) would have no effect"):
        manual.restore(scripted.snapshot())
    assert provider.id in manual.providers
    manual.restore(unscripted)
    assert provider.id not in manual.providers


@pytest.mark.parametrize("lifecycle", ["manual", "scheduled"])
def test_a_script_in_a_seed_file_is_an_error_in_manual(lifecycle: str) -> None:
    expected = pytest.raises(ValueError, match="no effect") if lifecycle == "manual" else nullcontext()
    with expected:
        apply_seed(FakeVoipbin(lifecycle=lifecycle), Seed.model_validate({"carriers": {"carrier": ["busy"]}}))


def test_a_magic_number_in_manual_is_in_the_transcript() -> None:
    fake, api = fake_and_client("manual")
    call = place_call(api, fake, "+12025550180")
    assert f"warning: {WARNING}" in fake.transcript()
    assert len(fake.untriggered()) == 1
    call.answer()
    assert fake.untriggered() == []
    place_call(api, fake, CALLEE)
    assert "warning" not in fake.transcript()


def test_each_lifecycle_that_follows_carriers_accepts_magic_numbers() -> None:
    for lifecycle in ("on_poll", "scheduled", "realtime"):
        fake, api = fake_and_client(lifecycle)
        place_call(api, fake, "+12025550180")
        assert fake.untriggered() == []

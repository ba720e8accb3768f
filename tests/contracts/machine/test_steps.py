"""What each step does to the world around the client, with a client that keeps the rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.client_rule import ClientRuleBroken
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.stateful import pools
from pytest_providercalls.contracts.stateful.model import status_of
from pytest_providercalls.contracts.stateful.session import Session
from pytest_providercalls.contracts.stateful.steps import (
    AdvanceClock,
    CalleeEvent,
    Delete,
    ListRecords,
    OtherAdmin,
    Place,
    ReadCall,
    ReadRecord,
    Step,
    Wait,
)

from ..conformance.adapters import Adapter
from ..conformance.clients.right import Dialer

A, SLOW = "+12025550143", "+12025550182"


class Acting(Adapter):
    def status_of(self, call: Any) -> str | None:
        return status_of(call)


@pytest.fixture
def play(_providercalls_stages: HarnessFactory) -> Iterator[Session]:
    with _providercalls_stages.open("in-process") as stage:
        play = Session(Acting(Dialer), stage, Counter())
        yield play
        play.close()


def alive(play: Session) -> list[str]:
    """The records that the fake has, the oldest first; the model knows the same."""
    found = [one.id for one in play.fake.providercalls.values() if one.tm_delete is None]
    assert {*found} == play.model.alive()
    return found


def test_others_place_and_delete(play: Session) -> None:
    OtherAdmin("place three").run(play)
    first, second, third = alive(play)
    OtherAdmin("place one").run(play)
    *others, newest = alive(play)
    assert others == [first, second, third]
    OtherAdmin("delete the newest record").run(play)
    assert newest not in alive(play)
    OtherAdmin("delete the oldest record").run(play)
    assert alive(play) == [second, third]


def test_of_no_records_none_is_deleted(play: Session) -> None:
    OtherAdmin("delete the oldest record").run(play)
    assert alive(play) == []


def test_others_replace_the_provider(play: Session) -> None:
    before = play.providers["healthy"]
    OtherAdmin("replace the provider").run(play)
    assert play.providers["deleted"] == before != play.providers["healthy"]
    assert play.fake.providers[before].tm_delete is not None
    Place((A,), "healthy", pools.FINE).run(play)
    Place((A,), "deleted", pools.FINE).run(play)
    assert len(alive(play)) == 1


@pytest.mark.parametrize(
    ("meanwhile", "lost", "won"), [("nothing", 0, 0), ("add", 0, 1), ("delete", 1, 0), ("both", 1, 1)]
)
def test_a_list_changes_behind_its_first_page(play: Session, meanwhile: str, lost: int, won: int) -> None:
    OtherAdmin("place three").run(play)
    before = alive(play)
    ListRecords(2, meanwhile, pools.FINE).run(play)
    after = alive(play)
    assert [id for id in before if id not in after] == before[:lost]
    assert len(after) == 3 - lost + won
    asked = [one.entry.url for one in play.stage.sent]
    # The third record, if it is still there, and the page without rows.
    assert [url.startswith("/v1.0/providercalls?page_size=2") for url in asked] == [True] * (3 - lost)


def test_after_a_list_all_is_as_it_was(play: Session) -> None:
    ListRecords(1, "both", pools.FINE).run(play)
    before = alive(play)
    play.perform("list_records", fault=pools.FINE)
    assert alive(play) == before
    assert play.stage.sent[0].entry.url == "/v1.0/providercalls?page_size=100"


def test_a_call_is_named_by_how_many_are_newer(play: Session) -> None:
    Place((A, SLOW), "healthy", pools.FINE).run(play)
    older, newer = play.fake.calls.values()
    CalleeEvent(0, "ring").run(play)
    assert (older.status, newer.status) == ("dialing", "ringing")
    CalleeEvent(1, "reject").run(play)
    assert (older.status, older.hangup_reason) == ("hangup", "busy")
    # There is no third one, and one that has ended does nothing more.
    for index in (1, 2):
        CalleeEvent(index, "answer").run(play)
    ReadCall(0, pools.FINE).run(play)
    assert play.model.reported_progress == {newer.id: 1}


def test_time_passes_and_a_client_that_waits_gets_on(play: Session) -> None:
    Wait(0, pools.FINE).run(play)
    assert play.stage.sent == []
    Place((A,), "healthy", pools.FINE).run(play)
    start = play.fake.clock.now()
    AdvanceClock(5).run(play)
    assert (play.fake.clock.now() - start).total_seconds() == pytest.approx(5, abs=0.01)
    Wait(0, pools.FINE).run(play)
    (call,) = play.fake.calls.values()
    assert (call.status, play.model.reported_progress) == ("hangup", {call.id: 4})


LIES: list[tuple[str, Any, Step, str]] = [
    ("list_records", [], ListRecords(2, "nothing", pools.FINE), "list_records returned 0 rows"),
    ("get_record", None, ReadRecord(0, pools.FINE), "get_record returned nothing, though there is such a record"),
    ("get_record", {"id": "other"}, ReadRecord(0, pools.FINE), "get_record returned the record other"),
    ("get_record", {"id": "other"}, ReadRecord(9, pools.FINE), "get_record returned something"),
    ("get_call", "hangup", ReadCall(0, pools.FINE), "get_call returned 'hangup', and the call is 'dialing'"),
    ("get_call", "dialing", ReadCall(9, pools.FINE), "get_call returned something"),
    ("wait_until_done", None, Wait(0, pools.FINE), f"these calls have not ended: {A} (dialing)"),
    ("delete_record", None, Delete(0, pools.FINE), "delete_record returned, and the record is not deleted"),
    ("delete_record", None, Delete(9, pools.FINE), "delete_record returned, though there is no such record"),
]


@pytest.mark.parametrize(("operation", "answer", "step", "complaint"), LIES)
def test_each_step_judges(
    play: Session, monkeypatch: pytest.MonkeyPatch, operation: str, answer: Any, step: Step, complaint: str
) -> None:
    Place((A,), "healthy", pools.FINE).run(play)
    monkeypatch.setattr(Dialer, operation, lambda self, *arguments: answer)
    with pytest.raises(ClientRuleBroken) as broken:
        step.run(play)
    assert complaint in str(broken.value)


def test_placing_is_judged_by_what_rang(play: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Dialer.place
    monkeypatch.setattr(Dialer, "place", lambda self, body: [place(self, body) for _ in range(2)])
    with pytest.raises(ClientRuleBroken, match="rang 2 times"):
        Place((A,), "healthy", pools.FINE).run(play)


def test_a_fault_is_for_its_own_step(play: Session) -> None:
    # There is one page only, and the fault is for a second one.
    play.perform("list_records", fault="no connection", nth=9)
    assert not play.perform("list_records", fault=pools.FINE, nth=9).hit_fault
    assert not play.fake.state.faults


def test_where_the_machine_has_been_is_counted(play: Session) -> None:
    Place((A,), "healthy", pools.FINE).run(play)
    Place((A,), "unknown", pools.FINE).run(play)
    Place((A,), "healthy", "no connection").run(play)
    assert (play._been["place returned"], play._been["place raised"]) == (1, 2)
    assert (play._been["place met a fault: no connection"], play._been["refused by PC-PRE-01"]) == (1, 1)

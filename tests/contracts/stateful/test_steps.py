"""What each step does, with a correct client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_providercalls.contracts.conformance.exceptions import ClientRuleBroken
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
from ..conformance.clients.correct import Dialer

A, SLOW = "+12025550143", "+12025550182"


class MachineAdapter(Adapter):
    min_wait_timeout = 90.0

    def call_status(self, call: Any) -> str | None:
        return status_of(call)


@pytest.fixture
def session(_providercalls_harnesses: HarnessFactory) -> Iterator[Session]:
    with _providercalls_harnesses.open("in-process") as harness:
        session = Session(MachineAdapter(Dialer), harness, Counter())
        yield session
        session.close()


def alive(session: Session) -> list[str]:
    """Return the ids of the fake's records, oldest first. The model has the same ones."""
    found = [one.id for one in session.fake.providercalls.values() if one.tm_delete is None]
    assert {*found} == session.model.alive()
    return found


def test_another_admin_places_and_deletes(session: Session) -> None:
    OtherAdmin("place three").run(session)
    first, second, third = alive(session)
    OtherAdmin("place one").run(session)
    *others, newest = alive(session)
    assert others == [first, second, third]
    OtherAdmin("delete the newest record").run(session)
    assert newest not in alive(session)
    OtherAdmin("delete the oldest record").run(session)
    assert alive(session) == [second, third]


def test_another_admin_deletes_nothing_if_there_is_no_record(session: Session) -> None:
    OtherAdmin("delete the oldest record").run(session)
    assert alive(session) == []


def test_another_admin_replaces_the_provider(session: Session) -> None:
    before = session.providers["healthy"]
    OtherAdmin("replace the provider").run(session)
    assert session.providers["deleted"] == before != session.providers["healthy"]
    assert session.fake.providers[before].tm_delete is not None
    Place((A,), "healthy", pools.NO_FAULT).run(session)
    Place((A,), "deleted", pools.NO_FAULT).run(session)
    assert len(alive(session)) == 1


@pytest.mark.parametrize(
    ("list_change", "deleted", "added"), [("none", 0, 0), ("add", 0, 1), ("delete", 1, 0), ("both", 1, 1)]
)
def test_a_list_changes_after_its_first_page(session: Session, list_change: str, deleted: int, added: int) -> None:
    OtherAdmin("place three").run(session)
    before = alive(session)
    ListRecords(2, list_change, pools.NO_FAULT).run(session)
    after = alive(session)
    assert [id for id in before if id not in after] == before[:deleted]
    assert len(after) == 3 - deleted + added
    urls = [request.entry.url for request in session.harness.sent]
    # The first page, the third record if it still exists, and the empty page.
    assert [url.startswith("/v1.0/providercalls?page_size=2") for url in urls] == [True] * (3 - deleted)


def test_after_a_list_the_page_size_is_restored(session: Session) -> None:
    ListRecords(1, "both", pools.NO_FAULT).run(session)
    before = alive(session)
    session.perform("list_records", fault=pools.NO_FAULT)
    assert alive(session) == before
    assert session.harness.sent[0].entry.url == "/v1.0/providercalls?page_size=100"


def test_the_index_of_a_call_counts_back_from_the_newest(session: Session) -> None:
    Place((A, SLOW), "healthy", pools.NO_FAULT).run(session)
    older, newer = session.fake.calls.values()
    CalleeEvent(0, "ring").run(session)
    assert (older.status, newer.status) == ("dialing", "ringing")
    CalleeEvent(1, "reject").run(session)
    assert (older.status, older.hangup_reason) == ("hangup", "busy")
    # There is no third call, and an ended call has no more events.
    for index in (1, 2):
        CalleeEvent(index, "answer").run(session)
    ReadCall(0, pools.NO_FAULT).run(session)
    assert session.model.reported_progress == {newer.id: 1}


def test_the_clock_advances_while_a_client_waits(session: Session) -> None:
    Wait(0, pools.NO_FAULT).run(session)
    assert session.harness.sent == []
    Place((A,), "healthy", pools.NO_FAULT).run(session)
    start = session.fake.clock.now()
    AdvanceClock(5).run(session)
    assert (session.fake.clock.now() - start).total_seconds() == pytest.approx(5, abs=0.01)
    Wait(0, pools.NO_FAULT).run(session)
    (call,) = session.fake.calls.values()
    assert (call.status, session.model.reported_progress) == ("hangup", {call.id: 4})


FALSE_REPORTS: list[tuple[str, Any, Step, str]] = [
    ("list_records", [], ListRecords(2, "none", pools.NO_FAULT), "list_records returned 0 rows"),
    ("get_record", None, ReadRecord(0, pools.NO_FAULT), "get_record returned nothing, but the record exists"),
    ("get_record", {"id": "other"}, ReadRecord(0, pools.NO_FAULT), "get_record returned the record other"),
    ("get_record", {"id": "other"}, ReadRecord(9, pools.NO_FAULT), "get_record returned a value"),
    ("get_call", "hangup", ReadCall(0, pools.NO_FAULT), "get_call returned 'hangup', but the call is 'dialing'"),
    ("get_call", "dialing", ReadCall(9, pools.NO_FAULT), "get_call returned a value"),
    ("wait_until_done", None, Wait(0, pools.NO_FAULT), f"these calls have not ended: {A} (dialing)"),
    ("delete_record", None, Delete(0, pools.NO_FAULT), "delete_record returned, but the record is not deleted"),
    ("delete_record", None, Delete(9, pools.NO_FAULT), "delete_record returned, but there is no such record"),
]


@pytest.mark.parametrize(("operation", "value", "step", "message"), FALSE_REPORTS)
def test_each_step_checks_its_result(
    session: Session, monkeypatch: pytest.MonkeyPatch, operation: str, value: Any, step: Step, message: str
) -> None:
    Place((A,), "healthy", pools.NO_FAULT).run(session)
    monkeypatch.setattr(Dialer, operation, lambda self, *arguments: value)
    with pytest.raises(ClientRuleBroken) as broken:
        step.run(session)
    assert message in str(broken.value)


def test_placing_is_checked_by_the_calls(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Dialer.place
    monkeypatch.setattr(Dialer, "place", lambda self, body: [place(self, body) for _ in range(2)])
    with pytest.raises(ClientRuleBroken, match="was called 2 times"):
        Place((A,), "healthy", pools.NO_FAULT).run(session)


def test_a_fault_applies_to_its_own_step_only(session: Session) -> None:
    # The fault is for a ninth request, which is never sent.
    session.perform("list_records", fault="no connection", nth=9)
    assert not session.perform("list_records", fault=pools.NO_FAULT, nth=9).hit_fault
    assert session.fake.faults.pending == ()


def test_events_are_counted(session: Session) -> None:
    Place((A,), "healthy", pools.NO_FAULT).run(session)
    Place((A,), "unknown", pools.NO_FAULT).run(session)
    Place((A,), "healthy", "no connection").run(session)
    assert (session._event_counts["place returned"], session._event_counts["place raised"]) == (1, 2)
    assert (
        session._event_counts["place hit a fault: no connection"],
        session._event_counts["refused by PC-PRE-01"],
    ) == (1, 1)


def test_one_adapter_serves_the_machine_and_the_suite(session: Session) -> None:
    """The two timeouts are separate: an upper bound for a request, and a lower bound for waiting."""
    assert (session.min_wait_timeout, MachineAdapter.max_request_timeout) == (90.0, 60.0)

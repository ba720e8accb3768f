"""Invariants of a fake: its records, ledger, events and journal are consistent after any operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.rules import providercall_placement as rules
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.transitions import CLOSING
from pytest_providercalls.fake_server.world.journal import Exchange
from pytest_providercalls.fake_server.world.records import Billing, Call
from pytest_providercalls.fake_server.world.state import Table

PATH = "/v1.0/providercalls"
_MAX_CALL_TIME = timedelta(hours=1, seconds=1)
_ANONYMOUS = 16
"""The length of the longest `anonymous` that the servers store."""
_ENDING = {"terminating", "canceling"}


def check(fake: FakeVoipbin, credit: int = 100_000_000) -> None:
    """Raise AssertionError if an invariant is violated. `credit` is the initial balance of each customer."""
    checks = (tables, call_owners, call_states, events, journal)
    violations = [*(violation for check in checks for violation in check(fake)), *billings(fake, credit)]
    assert violations == [], "\n".join(violations[:20])


def tables(fake: FakeVoipbin) -> Iterator[str]:
    """A table has the same rows by id, in order, and by owner."""
    sections = (("a table of a higher layer", section) for section in fake.state.sections.values())
    for name, table in [*fake.state.parts().items(), *sections]:
        if not isinstance(table, Table):
            continue
        rows = table.after(0)
        if [row.id for row in rows] != list(table):
            yield f"{name}: the rows in order differ from the rows by id"
        owners = [] if table._owner is None else [*map(table._owner, rows)]
        listed = sum(len([*table.newest(owner=owner, alive=False)]) for owner in set(owners))
        if listed != len(owners):
            yield f"{name}: {listed} of {len(owners)} rows are in the list of their owner"
        times = [row.tm_create for row in rows]
        if times != sorted(times):
            yield f"{name}: the rows are not ordered by creation time"


def call_owners(fake: FakeVoipbin) -> Iterator[str]:
    """Each call belongs to at most one record, and a forced call to a providercall unless it is an orphan."""
    found = Counter(id for record in fake.providercalls.values() for id in record.call_ids)
    for id in found - Counter(list(fake.calls)):
        yield f"call {id} is in {found[id]} providercalls, and {'exists' if id in fake.calls else 'does not exist'}"
    groups = Counter(id for group in fake.groupcalls.values() for id in group.call_ids)
    for id, call in fake.calls.items():
        number = found[id] + groups[id]
        if number > 1:
            yield f"call {id} is in {found[id]} providercalls and {groups[id]} groupcalls"
        if call.orphan and found[id]:
            yield f"call {id} is an orphan, but in a providercall"
        if call.parent_groupcall_id != NIL and id not in fake.groupcalls[call.parent_groupcall_id].call_ids:
            yield f"call {id} is not in its groupcall"
    lost = [id for id, call in fake.calls.items() if call.provider_id != NIL and not call.orphan and not found[id]]
    # The servers place the call first, and then fail to store an `anonymous` that is too long.
    unstored = [one for one in fake.requests if one.refused_by == rules.at_least_one_call_placed.id]
    if lost and not unstored:
        yield f"calls without a providercall: {lost}"


def call_states(fake: FakeVoipbin) -> Iterator[str]:
    """The times of a call are in order, and its status matches them."""
    now = fake.clock.now()
    for id, call in fake.calls.items():
        known = [time for time in (call.tm_create, call.tm_ringing, call.tm_progressing, call.tm_hangup) if time]
        if known != sorted(known) or known[-1] > now:
            yield f"call {id}: the times are not in order"
        ended = call.status == "hangup"
        if ended != (call.tm_hangup is not None) or ended != bool(call.hangup_reason) or ended != bool(call.hangup_by):
            yield f"call {id} is {call.status}, by {call.hangup_by!r} with reason {call.hangup_reason!r}"
        dialled = call.tm_dialled or call.tm_create
        if call.tm_hangup is not None and not call.orphan and call.tm_hangup - dialled > _MAX_CALL_TIME:
            yield f"call {id} lasted too long"
        if call.status in _ENDING and id not in CLOSING.of(fake.state) and not call.orphan:
            yield f"call {id} is {call.status}, but not being hung up"
    yield from (
        f"call {id} is being hung up, but its status is another"
        for id in CLOSING.of(fake.state)
        if fake.calls[id].status not in _ENDING
    )


def billings(fake: FakeVoipbin, credit: int) -> Iterator[str]:
    """Each answered call has one billing record, other calls have none, and balances match the records."""
    found = Counter(billing.reference_id for billing in fake.ledger.billings)
    answered = Counter(id for id, call in fake.calls.items() if call.tm_progressing is not None)
    if found != answered:
        yield f"billing records and answered calls differ: {(found - answered) + (answered - found)}"
    for billing in fake.ledger.billings:
        call = fake.calls.get(billing.reference_id)
        if call is not None and not _matches(billing, call):
            yield f"billing of call {call.id} ({call.status}): {billing.status}, {billing.usage_duration} s"
    for customer in fake.state.customers.values():
        charged = sum(one.amount_credit for one in fake.state.billings.values() if one.customer_id == customer.id)
        # A super-admin's changes to the balance wrap around, as in Go.
        if (customer.balance_credit - credit - charged) % 2**64:
            yield f"customer {customer.name} has {customer.balance_credit}, expected {credit} + {charged}"


def _matches(billing: Billing, call: Call) -> bool:
    if call.billing_id != billing.id or billing.tm_billing_start != call.tm_progressing:
        return False
    if call.tm_hangup is None:
        return billing.status == "progressing" and billing.amount_credit == 0
    seconds = (call.tm_hangup - billing.tm_billing_start) // timedelta(seconds=1)
    cost = -(-seconds // 60) * billing.rate_credit_per_unit
    return (billing.status, billing.usage_duration, billing.amount_credit) == ("end", seconds, -cost)


def events(fake: FakeVoipbin) -> Iterator[str]:
    """Each call has one event for its start and one for its end, and events are ordered by time."""
    counted = Counter((event.type, event.resource_id) for event in fake.events)
    for kind, ids in (
        ("call_created", set(fake.calls)),
        ("call_hangup", {id for id, call in fake.calls.items() if call.status == "hangup"}),
        ("call_progressing", {id for id, call in fake.calls.items() if call.tm_progressing is not None}),
        ("groupcall_created", set(fake.groupcalls)),
    ):
        found = Counter({id: count for (type, id), count in counted.items() if type == kind})
        if found != Counter(ids):
            yield f"{kind}: {sum(found.values())} events, expected {len(ids)}"
    times = [event.at for event in fake.events]
    if times != sorted(times):
        yield "the events are not ordered by time"


def sizes(fake: FakeVoipbin) -> dict[str, int]:
    """Return the number of records in each table."""
    return {name: len(table) for name, table in fake.state.parts().items() if isinstance(table, Table)}


def left_behind(fake: FakeVoipbin, before: dict[str, int]) -> list[str]:
    """Return the records that a refused request has created, except what VoIPbin leaves behind.

    That is an orphan call; a call whose providercall could not be stored, because `anonymous` is too long; the
    activeflows of these calls; and on the servers the temporary flow of the request.
    """
    new = {name: getattr(fake.state, name).after(size) for name, size in before.items()}
    too_long = len(str(_json(fake.requests[-1]).get("anonymous"))) > _ANONYMOUS
    allowed = {call.id for call in new["calls"] if call.orphan or too_long}
    allowed |= {one.id for one in new["activeflows"] if one.reference_id in allowed}
    if not fake.edition.cleans_up_temporary_flow:
        allowed |= {flow.id for flow in new["flows"] if flow.temporary}
    return [f"{name}: {one.id}" for name, records in new.items() for one in records if one.id not in allowed]


def _json(request: Exchange) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def journal(fake: FakeVoipbin) -> Iterator[str]:
    """Each providercall was created by one request in the journal, and each such request created one."""
    requests = sum(one.method == "POST" and one.status == 200 and _path(one.url) == PATH for one in fake.requests)
    if requests != len(fake.providercalls):
        yield f"{requests} requests returned a providercall, but {len(fake.providercalls)} exist"


def _path(url: str) -> str:
    return url.partition("?")[0]

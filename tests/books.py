"""The books of a fake: records, ledger, events and journal agree, whatever was done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from pytest_providercalls.contracts.go_uuids import NIL
from pytest_providercalls.contracts.rules import providercalls as rules
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Billing, Call

PLACING = "/v1.0/providercalls"
_LONGEST = timedelta(hours=1, seconds=1)
_ENDING = {"terminating", "canceling"}


def check(fake: FakeVoipbin, credit: int = 100_000_000) -> None:
    """Raise AssertionError where the books do not agree. `credit` is what each customer had at the beginning."""
    wrong = [*tables(fake), *homes(fake), *lives(fake), *bills(fake, credit), *told(fake), *journalled(fake)]
    assert wrong == [], "\n".join(wrong[:20])


def tables(fake: FakeVoipbin) -> Iterator[str]:
    """A table's rows are the same by id, in order, and by owner."""
    for name, table in vars(fake.state).items():
        rows = getattr(table, "_rows", None)
        if rows is None:
            continue
        if [row.id for row in rows.get("", ())] != list(table):
            yield f"{name}: the rows in order are not the rows by id"
        owned = sum(len(some) for owner, some in rows.items() if owner)
        if owned not in (0, len(table)):
            yield f"{name}: {len(table)} rows, of which {owned} have an owner"
        times = [row.tm_create for row in rows.get("", ())]
        if times != sorted(times):
            yield f"{name}: the rows are not in the order of their creation"


def homes(fake: FakeVoipbin) -> Iterator[str]:
    """Each call is in one record at most; a forced one that is no orphan is in one providercall."""
    found = Counter(id for record in fake.providercalls.values() for id in record.call_ids)
    for id in found - Counter(list(fake.calls)):
        yield f"call {id} is in {found[id]} providercalls, and {'there once' if id in fake.calls else 'nowhere else'}"
    groups = Counter(id for group in fake.groupcalls.values() for id in group.call_ids)
    for id, call in fake.calls.items():
        number = found[id] + groups[id]
        if number > 1:
            yield f"call {id} is in {found[id]} providercalls and {groups[id]} groupcalls"
        if call.orphan and found[id]:
            yield f"call {id} is an orphan, and in a providercall"
        if call.parent_groupcall_id != NIL and id not in fake.groupcalls[call.parent_groupcall_id].call_ids:
            yield f"call {id} is not in its groupcall"
    lost = [id for id, call in fake.calls.items() if call.provider_id != NIL and not call.orphan and not found[id]]
    # The servers ring first, and then fail to write down an `anonymous` that is too long.
    unwritten = [one for one in fake.requests if one.refused_by == rules.at_least_one_call_placed.id]
    if lost and not unwritten:
        yield f"calls were placed, and are in no providercall: {lost}"


def lives(fake: FakeVoipbin) -> Iterator[str]:
    """A call's times are in order, and it has ended if it says so."""
    now = fake.clock.now()
    for id, call in fake.calls.items():
        known = [time for time in (call.tm_create, call.tm_ringing, call.tm_progressing, call.tm_hangup) if time]
        if known != sorted(known) or known[-1] > now:
            yield f"call {id}: its times are not in order"
        ended = call.status == "hangup"
        if ended != (call.tm_hangup is not None) or ended != bool(call.hangup_reason) or ended != bool(call.hangup_by):
            yield f"call {id} is {call.status}, and ended by {call.hangup_by!r} for {call.hangup_reason!r}"
        if call.tm_hangup is not None and not call.orphan and call.tm_hangup - call.tm_create > _LONGEST:
            yield f"call {id} lasted too long"
        if call.status in _ENDING and id not in fake.state.ending and not call.orphan:
            yield f"call {id} is {call.status}, and nobody ends it"
    yield from (f"call {id} is not about to end" for id in fake.state.ending if fake.calls[id].status not in _ENDING)


def bills(fake: FakeVoipbin, credit: int) -> Iterator[str]:
    """Each answered call has one bill, no other has; a customer has paid what its bills say."""
    found = Counter(bill.reference_id for bill in fake.ledger.billings)
    answered = Counter(id for id, call in fake.calls.items() if call.tm_progressing is not None)
    if found != answered:
        yield f"bills and answered calls differ: {(found - answered) + (answered - found)}"
    for bill in fake.ledger.billings:
        call = fake.calls.get(bill.reference_id)
        if call is not None and not _agree(bill, call):
            yield f"the bill of call {call.id}, which is {call.status}, says {bill.status}, {bill.usage_duration} s"
    for customer in fake.state.customers.values():
        paid = sum(bill.amount_credit for bill in fake.ledger.billings if bill.customer_id == customer.id)
        if customer.balance_credit != credit + paid:
            yield f"customer {customer.name} has {customer.balance_credit}, and had {credit} and bills of {paid}"


def _agree(bill: Billing, call: Call) -> bool:
    if call.billing_id != bill.id or bill.tm_billing_start != call.tm_progressing:
        return False
    if call.tm_hangup is None:
        return bill.status == "progressing" and bill.amount_credit == 0
    seconds = (call.tm_hangup - bill.tm_billing_start) // timedelta(seconds=1)
    cost = -(-seconds // 60) * bill.rate_credit_per_unit
    return (bill.status, bill.usage_duration, bill.amount_credit) == ("end", seconds, -cost)


def told(fake: FakeVoipbin) -> Iterator[str]:
    """What customers are told of the beginning and the end of each call, once each, and in the order of time."""
    events = Counter((event.type, event.resource_id) for event in fake.events)
    for kind, ids in (
        ("call_created", set(fake.calls)),
        ("call_hangup", {id for id, call in fake.calls.items() if call.status == "hangup"}),
        ("call_progressing", {id for id, call in fake.calls.items() if call.tm_progressing is not None}),
        ("groupcall_created", set(fake.groupcalls)),
    ):
        said = Counter({id: count for (type, id), count in events.items() if type == kind})
        if said != Counter(ids):
            yield f"{kind}: told of {sum(said.values())}, and there are {len(ids)}"
    times = [event.at for event in fake.events]
    if times != sorted(times):
        yield "the events are not in the order of time"


def journalled(fake: FakeVoipbin) -> Iterator[str]:
    """Each record was asked for by one request of the journal, and each request that placed something has one."""
    asked = sum(one.method == "POST" and one.status == 200 and _path(one.url) == PLACING for one in fake.requests)
    if asked != len(fake.providercalls):
        yield f"{asked} requests were answered with a record, and there are {len(fake.providercalls)}"


def _path(url: str) -> str:
    return url.partition("?")[0]

"""From a fake's records to what the control API shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls.ladder import ladder_steps
from ..calls.ledger import Ledger
from ..calls.transitions import available_transitions, hangup_reasons
from ..seed_files import SeededResources
from ..world import records
from ..world.journal import explain
from . import models

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..transports.faults import ArmedFault
    from ..world.journal import Exchange

_READY = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
_PAGE = 50
_ROWS = 200
"""How many records and requests, and how many calls and lines of the bill an overview has."""
_BEGINNING = 500
"""So many characters of a body an overview has; the journal has all of it."""


def info(fake: FakeVoipbin, planted: SeededResources) -> models.Info:
    """The ready-made identities and provider, and those that were planted."""
    ready = {name: getattr(fake, name) for name in _READY}
    there = SeededResources(ready, {fake.provider.name: fake.provider}).merged_with(planted)
    return models.Info(edition=fake.edition.name, seed=fake.seed, lifecycle=fake.lifecycle, **_named(there))


def planted(seed: SeededResources) -> models.SeededResources:
    """What a seed has become."""
    return models.SeededResources(**_named(seed))


def _named(planted: SeededResources) -> dict[str, Any]:
    return {
        "identities": {name: models.Credentials.model_validate(one) for name, one in planted.identities.items()},
        "providers": {name: provider.id for name, provider in planted.providers.items()},
        "flows": dict(planted.flows),
    }


def clock(fake: FakeVoipbin) -> models.Clock:
    """The fake's time."""
    return models.Clock(now=fake.clock.now(), lifecycle=fake.lifecycle)


def call(fake: FakeVoipbin, record: records.Call) -> models.Call:
    """A call."""
    return models.Call(**_call(fake, record))


def story(fake: FakeVoipbin, record: records.Call) -> models.CallDetail:
    """A call with what has happened around it."""
    invite = record.invite
    ladder = (
        models.LadderStep(seconds=rung.seconds_after(record.tm_create), **rung._asdict())
        for rung in ladder_steps(fake, record)
    )
    return models.CallDetail(
        **_call(fake, record), invite=invite and models.Invite(**invite._asdict()), ladder=tuple(ladder)
    )


_CALL = [name for name in models.Call.model_fields if name in records.Call.__dataclass_fields__]
"""What a call shows as it stands in the record."""


def _call(fake: FakeVoipbin, record: records.Call) -> dict[str, object]:
    shown = {name: getattr(record, name) for name in _CALL}
    cost = fake.ledger.cost_of(record)
    return {**shown, "cost": cost, "moves": available_transitions(record), "hangup_reasons": hangup_reasons(record)}


def providercall(fake: FakeVoipbin, record: records.ProviderCall) -> models.ProviderCall:
    """The record of a POST /providercalls."""
    shown = {name: getattr(record, name) for name in models.ProviderCall.model_fields if name != "provider"}
    provider = fake.providers.get(record.provider_id)
    return models.ProviderCall(**shown, provider=provider.name if provider else "")


def exchange(number: int, entry: Exchange) -> models.Exchange:
    """A page of the journal."""
    refusal = entry.refused_by
    return models.Exchange(
        number=number,
        at=entry.at,
        method=entry.method,
        url=entry.url,
        request_body=entry.request_body.decode(errors="replace"),
        status=entry.status,
        response_body=entry.response_body.decode(errors="replace"),
        principal=entry.principal,
        rule_outcomes=tuple(models.RuleOutcome(rule=id, passed=passed) for id, passed in entry.rule_outcomes),
        refused_by=refusal,
        explanation=tuple(explain(refusal)) if refusal else (),
        notes=entry.notes,
        warnings=entry.warnings,
        fault=entry.fault,
    )


def _brief(whole: models.Exchange) -> models.Exchange:
    """An exchange for an overview, which is sent again and again."""
    return whole.model_copy(
        update={"body": whole.request_body[:_BEGINNING], "answer": whole.response_body[:_BEGINNING]}
    )


def journal(fake: FakeVoipbin, after: int, limit: int) -> list[models.Exchange]:
    """The first `limit` requests behind the number `after`."""
    return [exchange(after + 1 + index, entry) for index, entry in enumerate(fake.requests[after : after + limit])]


def carrier(fake: FakeVoipbin, provider: records.Provider) -> models.Carrier:
    """A provider with its script."""
    script = fake.state.carriers.get(provider.id, ())
    return models.Carrier(
        id=provider.id,
        name=provider.name,
        hostname=provider.hostname,
        health_status=provider.health_status,
        lines=tuple(f"{line}: {line.outcome}" for line in script),
    )


def armed_fault(one: ArmedFault) -> models.ArmedFault:
    """A fault that may still strike."""
    return models.ArmedFault(fault=one.fault.to_dict(), description=str(one.fault), seen=one.seen, triggered=one.struck)


def faults(fake: FakeVoipbin) -> list[models.ArmedFault]:
    """The faults that may still strike."""
    return [armed_fault(one) for one in fake.state.faults]


def ledger(ledger: Ledger, lines: int = _ROWS) -> models.LedgerView:
    """What all calls cost, and the newest lines."""
    shown = (
        models.LedgerLine(
            call_id=one.reference_id,
            status=one.status,
            seconds=one.usage_duration,
            units=one.billable_units,
            cost=ledger.total_of(one),
        )
        for one in reversed(ledger.billings[-lines:])
    )
    return models.LedgerView(cost=ledger.cost, lines=tuple(shown))


def calls(fake: FakeVoipbin, limit: int = _ROWS) -> list[models.Call]:
    """The newest calls, the newest first."""
    return [call(fake, record) for record in fake.state.calls.page(limit, alive=False)]


def overview(fake: FakeVoipbin, snapshots: list[models.Snapshot]) -> models.Overview:
    """What the inspector shows."""
    state = fake.state
    return models.Overview(
        edition=fake.edition.name,
        clock=clock(fake),
        counts=models.Counts(
            providercalls=len(state.providercalls),
            calls=len(state.calls),
            requests=len(fake.requests),
            events=len(state.events),
        ),
        carriers=tuple(carrier(fake, provider) for provider in state.providers.values()),
        providercalls=tuple(providercall(fake, one) for one in state.providercalls.page(_PAGE, alive=False)),
        calls=tuple(calls(fake)),
        requests=tuple(map(_brief, reversed(journal(fake, max(0, len(fake.requests) - _PAGE), _PAGE)))),
        ledger=ledger(fake.ledger),
        faults=tuple(faults(fake)),
        snapshots=tuple(snapshots),
    )

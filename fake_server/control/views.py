"""Convert a fake's records to the response models of the control API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...contracts.identity import Permission
from ..calls.carriers import SCRIPTS
from ..calls.ladder import ladder_steps
from ..calls.ledger import Ledger
from ..calls.transitions import available_transitions, hangup_reasons
from ..events.armed_faults import ArmedFault
from ..seed_files import SeededResources
from ..transports import FAULTS
from ..transports.faults import Fault
from ..world import records
from ..world.journal import explain
from . import models, webhook_views

if TYPE_CHECKING:
    from ...contracts.identity import Identity
    from ..core import FakeVoipbin
    from ..world.journal import Exchange
    from .controlled_fake import ControlledFake

_PREDEFINED_USERS = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
_PAGE = 50
_ROWS = 200
"""The maximum number of records and requests, and of calls and ledger lines, in an overview."""
_BODY_LENGTH = 500
"""The maximum length of a body in an overview; the journal contains the whole body."""


def info(fake: FakeVoipbin, seeded: SeededResources) -> models.Info:
    """Return the settings of a fake, with its predefined and its seeded resources."""
    resources = SeededResources(_predefined_users(fake), {fake.provider.name: fake.provider}).merged_with(seeded)
    return models.Info(edition=fake.edition.name, seed=fake.seed, lifecycle=fake.lifecycle, **_by_name(resources))


def _predefined_users(fake: FakeVoipbin) -> dict[str, Identity]:
    return {name: getattr(fake, name) for name in _PREDEFINED_USERS}


def _user(name: str, identity: Identity) -> models.User:
    permissions = [one.name or "" for one in Permission if one & identity.permission]
    return models.User(name=name, username=identity.username, permission=", ".join(permissions).lower() or "none")


def seeded_resources(seeded: SeededResources) -> models.SeededResources:
    """Return the resources that a seed created."""
    return models.SeededResources(**_by_name(seeded))


def _by_name(resources: SeededResources) -> dict[str, Any]:
    return {
        "identities": {name: models.Credentials.model_validate(one) for name, one in resources.identities.items()},
        "providers": {name: provider.id for name, provider in resources.providers.items()},
        "flows": dict(resources.flows),
    }


def clock(fake: FakeVoipbin) -> models.Clock:
    """Return the fake's time and lifecycle."""
    return models.Clock(now=fake.clock.now(), lifecycle=fake.lifecycle)


def call(fake: FakeVoipbin, record: records.Call) -> models.Call:
    """Return a call."""
    return models.Call(**_call(fake, record))


def call_detail(fake: FakeVoipbin, record: records.Call) -> models.CallDetail:
    """Return a call with its INVITEs and its ladder."""
    invite = record.invite
    ladder = (
        models.LadderStep(seconds=step.seconds_after(record.tm_create), **step._asdict())
        for step in ladder_steps(fake.world, record)
    )
    return models.CallDetail(
        **_call(fake, record),
        invite=invite and models.Invite(**invite._asdict()),
        invites=tuple(models.Invite(**one._asdict()) for one in record.invites),
        ladder=tuple(ladder),
    )


_CALL = [name for name in models.Call.model_fields if name in records.Call.__dataclass_fields__]
"""The fields that are copied from the record."""


def _call(fake: FakeVoipbin, record: records.Call) -> dict[str, object]:
    return {
        **{name: getattr(record, name) for name in _CALL},
        "cost": fake.ledger.cost_of(record),
        "transitions": available_transitions(record),
        "hangup_reasons": hangup_reasons(record),
    }


def providercall(fake: FakeVoipbin, record: records.ProviderCall) -> models.ProviderCall:
    """Return the record of a POST /providercalls."""
    fields = {name: getattr(record, name) for name in models.ProviderCall.model_fields if name != "provider"}
    provider = fake.providers.get(record.provider_id)
    return models.ProviderCall(**fields, provider=provider.name if provider else "")


def exchange(number: int, entry: Exchange) -> models.Exchange:
    """Return a journal entry."""
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
        explanation=tuple(explain(refusal, entry.edition)) if refusal else (),
        notes=entry.notes,
        warnings=entry.warnings,
        fault=entry.fault,
    )


def requests(fake: FakeVoipbin, after: int, before: int, limit: int) -> list[models.RequestSummary]:
    """Return the newest `limit` requests without bodies, newest first: see `journal`."""
    entries = _newest(fake.requests, after, before, limit)
    return [models.RequestSummary(number=number, **_summary(entry)) for number, entry in entries]


_SUMMARY = [name for name in models.RequestSummary.model_fields if name != "number"]


def _summary(entry: Exchange) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _SUMMARY}


def _truncated(entry: models.Exchange) -> models.Exchange:
    """Return a journal entry with short bodies, for overviews, which are sent often."""
    bodies = {
        "request_body": entry.request_body[:_BODY_LENGTH],
        "response_body": entry.response_body[:_BODY_LENGTH],
    }
    return entry.model_copy(update=bodies)


def journal(fake: FakeVoipbin, after: int = 0, before: int = 0, limit: int = _PAGE) -> list[models.Exchange]:
    """Return the newest `limit` requests after the number `after` and, unless that is 0, before `before`."""
    return [exchange(number, entry) for number, entry in _newest(fake.requests, after, before, limit)]


def _newest(entries: Sequence[Exchange], after: int, before: int, limit: int) -> Iterator[tuple[int, Exchange]]:
    last = min(len(entries), before - 1) if before else len(entries)
    for number in range(last, max(after, last - limit), -1):
        yield number, entries[number - 1]


def carrier(fake: FakeVoipbin, provider: records.Provider) -> models.Carrier:
    """Return a provider with its carrier script."""
    script = SCRIPTS.of(fake.state).get(provider.id, ())
    return models.Carrier(
        id=provider.id,
        name=provider.name,
        hostname=provider.hostname,
        health_status=provider.health_status,
        tm_delete=provider.tm_delete,
        lines=tuple(f"{line}: {line.behaviour}" for line in script),
        script_applies=fake.lifecycle != "manual",
    )


def armed_fault(armed: ArmedFault[Fault]) -> models.ArmedFault:
    """Return a fault that can still be triggered."""
    return models.ArmedFault(
        fault=armed.fault.to_dict(), description=str(armed.fault), seen=armed.seen, triggered=armed.applied
    )


def faults(fake: FakeVoipbin) -> list[models.ArmedFault]:
    """Return the faults that can still be triggered."""
    return [armed_fault(one) for one in FAULTS.of(fake.state)]


def ledger(ledger: Ledger, lines: int = _ROWS) -> models.LedgerView:
    """Return the total cost of all calls, and the newest ledger lines."""
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
    """Return the newest calls, newest first."""
    return [call(fake, record) for record in fake.state.calls.page(limit, alive=False)]


def overview(controlled: ControlledFake) -> models.Overview:
    """Return the data of the inspector."""
    fake = controlled.fake
    state = fake.state
    users = {**_predefined_users(fake), **controlled.seeded.identities}
    return models.Overview(
        edition=fake.edition.name,
        clock=clock(fake),
        counts=models.Counts(
            providercalls=len(state.providercalls),
            calls=len(state.calls),
            requests=len(fake.requests),
            events=len(fake.events),
        ),
        users=tuple(_user(name, one) for name, one in users.items()),
        carriers=tuple(carrier(fake, provider) for provider in state.providers.values()),
        providercalls=tuple(providercall(fake, one) for one in state.providercalls.page(_PAGE, alive=False)),
        calls=tuple(calls(fake)),
        requests=tuple(map(_truncated, journal(fake))),
        ledger=ledger(fake.ledger),
        faults=tuple(faults(fake)),
        webhooks=webhook_views.webhooks(fake, _PAGE),
        websockets=webhook_views.websockets(fake, _PAGE),
        snapshots=tuple(controlled.snapshots.all()),
    )

"""The operations of the control API: one function each, with its path, request model and response type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..events.webhook_faults import WebhookFault
from ..seed_files import Seed, add_script, apply_seed
from ..session_totals import SessionTotals, report
from ..transports.faults import Fault, InvalidFault
from ..websockets.faults import WebSocketFault
from . import models, views, webhook_views
from .controlled_fake import ControlledFake
from .errors import BadRequest, NotFound
from .operation import OPERATIONS as OPERATIONS
from .operation import Parameter, operation

if TYPE_CHECKING:
    from ..calls.carriers import Carrier
    from ..websockets.connection import WebSocketConnection
    from ..world.records import Call, Provider

T = TypeVar("T")
_LAST_YEAR: Final = 9000
"""Up to this year the longest advance, and every timer, still results in a valid date."""
_AFTER: Final = Parameter("after", 0, 0, "return the requests after the one with this number")
_BEFORE: Final = Parameter("before", 0, 0, "return the requests before the one with this number; 0 means all")
_AFTER_DELIVERY: Final = Parameter("after", 0, 0, "return the deliveries after the one with this number")
_AFTER_MESSAGE: Final = Parameter("after", 0, 0, "return the messages after the one with this number")
_LIMIT: Final = Parameter("limit", 200, 1, "the maximum number of items to return")


# state and time


@operation("GET", "/info", response_type=models.Info)
def get_info(controlled: ControlledFake) -> models.Info:
    """Return the edition and the settings, the users with their credentials, and the ids of providers and flows."""
    return views.info(controlled.fake, controlled.seeded)


@operation("POST", "/reset", response_type=models.Info)
def reset(controlled: ControlledFake) -> models.Info:
    """Restore the initial state, with the same credentials and ids."""
    controlled.reset()
    return get_info(controlled)


@operation("POST", "/seed", request_model=Seed, response_type=models.SeededResources)
def add_seed(controlled: ControlledFake, seed: Seed) -> models.SeededResources:
    """Add customers, agents, providers, flows and carrier scripts: all of them, or none if one is invalid."""
    apply_seed(controlled.scratch_copy(), seed)
    seeded = apply_seed(controlled.fake, seed)
    controlled.seeded = controlled.seeded.merged_with(seeded)
    return views.seeded_resources(seeded)


@operation("GET", "/snapshots", response_type=list[models.Snapshot])
def list_snapshots(controlled: ControlledFake) -> list[models.Snapshot]:
    """List the snapshots, oldest first."""
    return controlled.snapshots.all()


@operation("POST", "/snapshots", response_type=models.Snapshot)
def take_snapshot(controlled: ControlledFake) -> models.Snapshot:
    """Save the current state: records, journal, time and faults."""
    return controlled.snapshots.add(controlled.fake.snapshot(), controlled.seeded)


@operation("POST", "/snapshots/{id}/restore", response_type=models.Clock)
def restore_snapshot(controlled: ControlledFake, id: str) -> models.Clock:
    """Restore the state of a snapshot. A snapshot can be restored any number of times."""
    controlled.restore(id)
    return views.clock(controlled.fake)


@operation("DELETE", "/snapshots/{id}")
def delete_snapshot(controlled: ControlledFake, id: str) -> None:
    """Delete a snapshot."""
    controlled.snapshots.delete(id)


@operation("GET", "/clock", response_type=models.Clock)
def get_clock(controlled: ControlledFake) -> models.Clock:
    """Return the fake's time."""
    return views.clock(controlled.fake)


@operation("POST", "/clock/advance", request_model=models.Advance, response_type=models.Clock)
def advance(controlled: ControlledFake, by: models.Advance) -> models.Clock:
    """Advance the clock, and process all events scheduled until then."""
    if controlled.fake.clock.now().year > _LAST_YEAR:
        raise BadRequest(f"the clock cannot advance beyond the year {_LAST_YEAR}: reset the fake or restore a snapshot")
    controlled.fake.clock.advance(by.seconds)
    return views.clock(controlled.fake)


# calls


@operation("GET", "/providercalls", response_type=list[models.ProviderCall], query=(_LIMIT,))
def list_providercalls(controlled: ControlledFake, *, limit: int) -> list[models.ProviderCall]:
    """List the records of POST /providercalls, newest first, including deleted ones."""
    records = controlled.fake.state.providercalls.page(limit, alive=False)
    return [views.providercall(controlled.fake, record) for record in records]


@operation("GET", "/calls", response_type=list[models.Call], query=(_LIMIT,))
def list_calls(controlled: ControlledFake, *, limit: int) -> list[models.Call]:
    """List the calls, newest first."""
    return views.calls(controlled.fake, limit)


@operation("GET", "/calls/{id}", response_type=models.CallDetail)
def get_call(controlled: ControlledFake, id: str) -> models.CallDetail:
    """Return a call with its INVITE and its ladder. This does not count as a poll: no time passes."""
    return views.call_detail(controlled.fake, _call(controlled, id))


@operation("POST", "/calls/{id}/ring", response_type=models.CallDetail)
def ring(controlled: ControlledFake, id: str) -> models.CallDetail:
    """Simulate ringing at the callee."""
    return _drive_call(controlled, id, "ring")


@operation("POST", "/calls/{id}/answer", response_type=models.CallDetail)
def answer(controlled: ControlledFake, id: str) -> models.CallDetail:
    """Make the callee answer."""
    return _drive_call(controlled, id, "answer")


@operation("POST", "/calls/{id}/reject", request_model=models.Reject, response_type=models.CallDetail)
def reject(controlled: ControlledFake, id: str, body: models.Reject) -> models.CallDetail:
    """Make the carrier reject the call."""
    return _drive_call(controlled, id, "reject", body.sip)


@operation("POST", "/calls/{id}/press", request_model=models.Press, response_type=models.CallDetail)
def press(controlled: ControlledFake, id: str, body: models.Press) -> models.CallDetail:
    """Send DTMF digits (0-9, A-D, #, *) from the callee."""
    return _drive_call(controlled, id, "press", body.digits)


@operation("POST", "/calls/{id}/hangup", request_model=models.Hangup, response_type=models.CallDetail)
def hangup(controlled: ControlledFake, id: str, body: models.Hangup) -> models.CallDetail:
    """End the call with this hangup_reason, as if the callee, a timer or VoIPbin had ended it."""
    return _drive_call(controlled, id, "hangup", body.reason)


@operation("GET", "/recordings", response_type=list[models.Recording], query=(_LIMIT,))
def list_recordings(controlled: ControlledFake, *, limit: int) -> list[models.Recording]:
    """List the recordings, newest first, including deleted ones. POST /_fake/seed adds some in any status."""
    records = controlled.fake.state.recordings.page(limit, alive=False)
    return [models.Recording.model_validate(one) for one in records]


def _call(controlled: ControlledFake, id: str) -> Call:
    return _find(controlled.fake.calls, id, "call")


def _drive_call(controlled: ControlledFake, id: str, transition: str, *arguments: Any) -> models.CallDetail:
    call = _call(controlled, id)
    getattr(call, transition)(*arguments)
    return views.call_detail(controlled.fake, call)


# carriers and faults


@operation("GET", "/carriers", response_type=list[models.Carrier])
def list_carriers(controlled: ControlledFake) -> list[models.Carrier]:
    """List the providers with their carrier scripts."""
    return [views.carrier(controlled.fake, provider) for provider in controlled.fake.providers.values()]


@operation("POST", "/carriers/{provider}", request_model=models.Script, response_type=models.Carrier)
def extend_script(controlled: ControlledFake, provider: str, lines: models.Script) -> models.Carrier:
    """Add lines to the script of a provider, given by id or name: all of them, or none if one is invalid."""
    return _change_script(controlled, provider, lambda carrier: add_script(carrier, lines.root, "lines"))


@operation("PUT", "/carriers/{provider}", request_model=models.Script, response_type=models.Carrier)
def set_script(controlled: ControlledFake, provider: str, lines: models.Script) -> models.Carrier:
    """Replace the script of a provider. Without lines, the carrier is healthy, and its callees answer."""
    return _change_script(controlled, provider, lambda carrier: add_script(carrier.clear(), lines.root, "lines"))


def _change_script(controlled: ControlledFake, id_or_name: str, change: Callable[[Carrier], None]) -> models.Carrier:
    provider = _provider(controlled, id_or_name)
    change(controlled.scratch_copy().carrier(provider.id))
    change(controlled.fake.carrier(provider))
    return views.carrier(controlled.fake, provider)


def _provider(controlled: ControlledFake, id_or_name: str) -> Provider:
    # A deleted provider does not hide a later or an earlier one of the same name.
    providers = sorted(controlled.fake.providers.values(), key=lambda one: one.tm_delete is None)
    by_name = {provider.name: provider for provider in providers}
    return _find({**by_name, **controlled.fake.providers}, id_or_name, "provider")


@operation("GET", "/faults", response_type=list[models.ArmedFault])
def list_faults(controlled: ControlledFake) -> list[models.ArmedFault]:
    """List the faults that can still be triggered."""
    return views.faults(controlled.fake)


@operation("POST", "/faults", request_model=models.NewFault, response_type=list[models.ArmedFault])
def add_fault(controlled: ControlledFake, new: models.NewFault) -> list[models.ArmedFault]:
    """Inject a fault into a later request."""
    controlled.fake.faults.add(Fault.from_dict(new.root))
    return views.faults(controlled.fake)


@operation("DELETE", "/faults")
def clear_faults(controlled: ControlledFake) -> None:
    """Remove all faults that can still be triggered."""
    controlled.fake.faults.clear()


# webhooks


@operation("GET", "/webhooks", response_type=models.Webhooks, query=(_LIMIT,))
def get_webhooks(controlled: ControlledFake, *, limit: int) -> models.Webhooks:
    """Return the number of webhooks by outcome, the newest deliveries, pending webhooks, and webhook faults."""
    return webhook_views.webhooks(controlled.fake, limit)


@operation("GET", "/webhooks/deliveries", response_type=list[models.Delivery], query=(_AFTER_DELIVERY, _LIMIT))
def list_deliveries(controlled: ControlledFake, *, after: int, limit: int) -> list[models.Delivery]:
    """Return every attempt to deliver a webhook in order, including those that were not sent."""
    return webhook_views.deliveries(controlled.fake, after, limit)


@operation("GET", "/webhooks/pending", response_type=list[models.PendingWebhook], query=(_LIMIT,))
def list_pending_webhooks(controlled: ControlledFake, *, limit: int) -> list[models.PendingWebhook]:
    """List the webhooks still to be delivered, the next one first."""
    return webhook_views.pending(controlled.fake, limit)


@operation("POST", "/webhooks/receivers", request_model=models.WebhookReceiver)
def mount_receiver(controlled: ControlledFake, receiver: models.WebhookReceiver) -> None:
    """Send every webhook whose URL begins with `uri` to a server on this machine. The longest match wins."""
    from ..events import receivers

    for name, value, check in (
        ("uri", receiver.uri, receivers.prefix),
        ("server", receiver.server, receivers.transport_of),
    ):
        try:
            check(value)
        except ValueError as error:
            raise BadRequest(f"{name}: {error}") from None
    controlled.fake.webhooks.mount(receiver.uri, receiver.server)


@operation("GET", "/webhooks/faults", response_type=list[models.ArmedWebhookFault])
def list_webhook_faults(controlled: ControlledFake) -> list[models.ArmedWebhookFault]:
    """List the webhook faults that can still apply."""
    return webhook_views.faults(controlled.fake)


@operation(
    "POST", "/webhooks/faults", request_model=models.NewWebhookFault, response_type=list[models.ArmedWebhookFault]
)
def add_webhook_fault(controlled: ControlledFake, new: models.NewWebhookFault) -> list[models.ArmedWebhookFault]:
    """Inject a fault into a later webhook."""
    try:
        controlled.fake.webhooks.faults.add(WebhookFault.from_dict(new.root))
    except ValueError as error:
        raise InvalidFault(str(error)) from None
    return webhook_views.faults(controlled.fake)


@operation("DELETE", "/webhooks/faults")
def clear_webhook_faults(controlled: ControlledFake) -> None:
    """Remove all webhook faults that can still apply."""
    controlled.fake.webhooks.faults.clear()


# WebSockets


@operation("GET", "/websockets", response_type=list[models.WebSocket], query=(_LIMIT,))
def list_websockets(controlled: ControlledFake, *, limit: int) -> list[models.WebSocket]:
    """List the WebSockets that clients have opened, newest first, with their subscriptions."""
    newest = reversed(controlled.fake.websockets[-limit:])
    return [models.WebSocket.model_validate(one) for one in newest]


@operation(
    "GET",
    "/websockets/{number}/messages",
    response_type=list[models.WebSocketMessage],
    query=(_AFTER_MESSAGE, _LIMIT),
)
def list_messages(controlled: ControlledFake, number: str, *, after: int, limit: int) -> list[models.WebSocketMessage]:
    """Return the messages that were sent to a client, in order."""
    messages = _websocket(controlled, number).messages[after : after + limit]
    return [webhook_views.message(after + 1 + index, one) for index, one in enumerate(messages)]


@operation("POST", "/websockets/{number}/close", request_model=models.CloseWebSocket, response_type=models.WebSocket)
def close_websocket(controlled: ControlledFake, number: str, how: models.CloseWebSocket) -> models.WebSocket:
    """Close a WebSocket as VoIPbin's end."""
    connection = _websocket(controlled, number)
    try:
        connection.close(how.code, how.reason)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    return models.WebSocket.model_validate(connection)


def _websocket(controlled: ControlledFake, number: str) -> WebSocketConnection:
    opened = controlled.fake.websockets
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    place = int(number) - 1 if is_number else -1
    known = {str(one.number): one for one in opened[place : place + 1]} if place >= 0 else {}
    return _find(known, number, "WebSocket")


@operation("GET", "/websockets/faults", response_type=list[models.ArmedWebSocketFault])
def list_websocket_faults(controlled: ControlledFake) -> list[models.ArmedWebSocketFault]:
    """List the WebSocket faults that can still apply."""
    return webhook_views.websocket_faults(controlled.fake)


@operation(
    "POST",
    "/websockets/faults",
    request_model=models.NewWebSocketFault,
    response_type=list[models.ArmedWebSocketFault],
)
def add_websocket_fault(controlled: ControlledFake, new: models.NewWebSocketFault) -> list[models.ArmedWebSocketFault]:
    """Inject a fault into a later message of a WebSocket."""
    try:
        controlled.fake.websockets.faults.add(WebSocketFault.from_dict(new.root))
    except ValueError as error:
        raise InvalidFault(str(error)) from None
    return list_websocket_faults(controlled)


@operation("DELETE", "/websockets/faults")
def clear_websocket_faults(controlled: ControlledFake) -> None:
    """Remove all WebSocket faults that can still apply."""
    controlled.fake.websockets.faults.clear()


# reports


@operation("GET", "/journal", response_type=list[models.Exchange], query=(_AFTER, _BEFORE, _LIMIT))
def get_journal(controlled: ControlledFake, *, after: int, before: int, limit: int) -> list[models.Exchange]:
    """Return the requests, newest first, each with the rules that it exercised. Credentials are redacted."""
    return views.journal(controlled.fake, after, before, limit)


@operation("GET", "/requests", response_type=list[models.RequestSummary], query=(_AFTER, _BEFORE, _LIMIT))
def list_requests(controlled: ControlledFake, *, after: int, before: int, limit: int) -> list[models.RequestSummary]:
    """List the requests, newest first, without bodies and rules: much faster than the journal."""
    return views.requests(controlled.fake, after, before, limit)


@operation("GET", "/rules", response_type=dict[str, models.Rule])
def get_rules(controlled: ControlledFake) -> Mapping[str, models.Rule]:
    """Return the rule catalogue, with how many requests each rule has passed and refused."""
    return get_report(controlled).rules


@operation("GET", "/report", response_type=models.SessionReport)
def get_report(controlled: ControlledFake) -> models.SessionReport:
    """Return the number of requests and calls, and the rule coverage."""
    totals = SessionTotals()
    totals.add_fake(controlled.fake)
    return models.SessionReport.model_validate(report(totals))


@operation("GET", "/ledger", response_type=models.LedgerView, query=(_LIMIT,))
def get_ledger(controlled: ControlledFake, *, limit: int) -> models.LedgerView:
    """Return the cost of the calls."""
    return views.ledger(controlled.fake.ledger, limit)


@operation("GET", "/overview", response_type=models.Overview)
def get_overview(controlled: ControlledFake) -> models.Overview:
    """Return a summary with the newest items of each kind, as shown by the inspector at /_fake/ui."""
    return views.overview(controlled)


def _find(known: Mapping[str, T], id: str, kind: str) -> T:
    if id not in known:
        raise NotFound(f"unknown {kind} {id!r}")
    return known[id]

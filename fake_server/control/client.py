"""A typed client of the control API, for Python programs that use a served fake: tests, scripts, notebooks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import TypeAdapter

from ..events.webhook_faults import Kind as WebhookFaultKind
from ..transports.faults import Kind
from ..websockets.faults import Kind as WebSocketFaultKind
from . import PREFIX, models

T = TypeVar("T")
Line = str | Mapping[str, Any]
"""A line of a carrier script, as in a seed file: `"busy"` or `{"answers": {"after": 3}}`."""


class ControlError(Exception):
    """An error response of the control API: its message, `status` and `reason`, such as `NOT_FOUND`."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class ControlClient:
    """A client that controls a fake in another process. Use it as a context manager, or call `close`.

    `url` is the URL of the server, such as `http://127.0.0.1:8080`, or its base URL. `http` is an optional client, for
    example one that trusts the server's certificate; `close` closes it, too. An error response raises ControlError. If
    the server cannot be reached, httpx.TransportError is raised.
    """

    def __init__(self, url: str, http: httpx.Client | None = None) -> None:
        parts = urlsplit(url)
        # A fake is never behind a proxy.
        self._http = http or httpx.Client(trust_env=False, timeout=60)
        self._root = f"{parts.scheme}://{parts.netloc}{PREFIX}"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # state and time

    def info(self) -> models.Info:
        """Return the edition and the settings, the users with their credentials, and the ids of providers and flows."""
        return self._send("GET", "/info", models.Info)

    def reset(self) -> models.Info:
        """Restore the initial state, with the same credentials and ids."""
        return self._send("POST", "/reset", models.Info)

    def seed(self, seed: Mapping[str, Any]) -> models.SeededResources:
        """Add customers, agents, providers, flows and carrier scripts, written as in a seed file."""
        return self._send("POST", "/seed", models.SeededResources, seed)

    def snapshot(self) -> models.Snapshot:
        """Save the current state."""
        return self._send("POST", "/snapshots", models.Snapshot)

    def snapshots(self) -> list[models.Snapshot]:
        """Return the snapshots, oldest first."""
        return self._send("GET", "/snapshots", list[models.Snapshot])

    def restore(self, snapshot: models.Snapshot | str) -> models.Clock:
        """Restore the state of a snapshot."""
        return self._send("POST", f"/snapshots/{_id(snapshot)}/restore", models.Clock)

    def delete_snapshot(self, snapshot: models.Snapshot | str) -> None:
        """Delete a snapshot."""
        self._send("DELETE", f"/snapshots/{_id(snapshot)}", type(None))

    def clock(self) -> models.Clock:
        """Return the fake's time."""
        return self._send("GET", "/clock", models.Clock)

    def advance(self, seconds: float) -> models.Clock:
        """Advance the clock, and process all events scheduled until then."""
        return self._send("POST", "/clock/advance", models.Clock, {"seconds": seconds})

    # calls

    def providercalls(self, limit: int = 200) -> list[models.ProviderCall]:
        """Return the records of POST /providercalls, newest first."""
        return self._send("GET", f"/providercalls?limit={limit}", list[models.ProviderCall])

    def calls(self, limit: int = 200) -> list[models.Call]:
        """Return the calls, newest first."""
        return self._send("GET", f"/calls?limit={limit}", list[models.Call])

    def recordings(self, limit: int = 200) -> list[models.Recording]:
        """Return the recordings, newest first, including deleted ones."""
        return self._send("GET", f"/recordings?limit={limit}", list[models.Recording])

    def call(self, call: models.Call | str) -> models.CallDetail:
        """Return a call with its INVITE and its ladder."""
        return self._send("GET", f"/calls/{_id(call)}", models.CallDetail)

    def ring(self, call: models.Call | str) -> models.CallDetail:
        """Simulate ringing at the callee."""
        return self._drive_call(call, "ring")

    def answer(self, call: models.Call | str) -> models.CallDetail:
        """Make the callee answer."""
        return self._drive_call(call, "answer")

    def reject(self, call: models.Call | str, sip: int = 486) -> models.CallDetail:
        """Make the carrier reject the call, with a SIP response of 300 to 699."""
        return self._drive_call(call, "reject", {"sip": sip})

    def press(self, call: models.Call | str, digits: str) -> models.CallDetail:
        """Send DTMF digits (0-9, A-D, #, *) from the callee."""
        return self._drive_call(call, "press", {"digits": digits})

    def hangup(self, call: models.Call | str, reason: str | None = None) -> models.CallDetail:
        """End the call with this hangup_reason, as if the callee, a timer or VoIPbin had ended it."""
        return self._drive_call(call, "hangup", {"reason": reason})

    # carriers and faults

    def carriers(self) -> list[models.Carrier]:
        """Return the providers with their carrier scripts."""
        return self._send("GET", "/carriers", list[models.Carrier])

    def set_script(self, provider: str, *lines: Line) -> models.Carrier:
        """Replace the script of a provider, given by id or name."""
        return self._send("PUT", f"/carriers/{_id(provider)}", models.Carrier, lines)

    def extend_script(self, provider: str, *lines: Line) -> models.Carrier:
        """Add lines to the script of a provider, given by id or name."""
        return self._send("POST", f"/carriers/{_id(provider)}", models.Carrier, lines)

    def faults(self) -> list[models.ArmedFault]:
        """Return the faults that can still be triggered."""
        return self._send("GET", "/faults", list[models.ArmedFault])

    def add_fault(self, kind: Kind, **fields: Any) -> list[models.ArmedFault]:
        """Inject a fault into a later request. `fields` are the other fields of fake_server.Fault."""
        return self._send("POST", "/faults", list[models.ArmedFault], {"kind": kind, **fields})

    def clear_faults(self) -> None:
        """Remove all faults that can still be triggered."""
        self._send("DELETE", "/faults", type(None))

    # webhooks

    def webhooks(self, limit: int = 200) -> models.Webhooks:
        """Return the number of webhooks by outcome, the newest deliveries, pending webhooks, and webhook faults."""
        return self._send("GET", f"/webhooks?limit={limit}", models.Webhooks)

    def deliveries(self, after: int = 0, limit: int = 200) -> list[models.Delivery]:
        """Return every attempt to deliver a webhook in order, starting after the delivery number `after`."""
        return self._send("GET", f"/webhooks/deliveries?after={after}&limit={limit}", list[models.Delivery])

    def pending_webhooks(self, limit: int = 200) -> list[models.PendingWebhook]:
        """Return the webhooks still to be delivered, the next one first."""
        return self._send("GET", f"/webhooks/pending?limit={limit}", list[models.PendingWebhook])

    def mount_receiver(self, uri: str, server: str) -> None:
        """Send every webhook whose URL begins with `uri` to a server on this machine: scheme, host and port."""
        self._send("POST", "/webhooks/receivers", type(None), {"uri": uri, "server": server})

    def webhook_faults(self) -> list[models.ArmedWebhookFault]:
        """Return the webhook faults that can still apply."""
        return self._send("GET", "/webhooks/faults", list[models.ArmedWebhookFault])

    def add_webhook_fault(
        self,
        kind: WebhookFaultKind,
        event: str = "*",
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
    ) -> list[models.ArmedWebhookFault]:
        """Inject a fault into a later webhook: see fake_server.WebhookFault."""
        body = {"kind": kind, "event": event, "nth": nth, "times": times, "seconds": seconds}
        return self._send("POST", "/webhooks/faults", list[models.ArmedWebhookFault], body)

    def clear_webhook_faults(self) -> None:
        """Remove all webhook faults that can still apply."""
        self._send("DELETE", "/webhooks/faults", type(None))

    # WebSockets

    def websockets(self, limit: int = 200) -> list[models.WebSocket]:
        """Return the WebSockets that clients have opened, newest first, with their subscriptions."""
        return self._send("GET", f"/websockets?limit={limit}", list[models.WebSocket])

    def websocket_messages(
        self, websocket: models.WebSocket | int, after: int = 0, limit: int = 200
    ) -> list[models.WebSocketMessage]:
        """Return the messages that were sent to a client in order, starting after the message number `after`."""
        path = f"/websockets/{_number(websocket)}/messages?after={after}&limit={limit}"
        return self._send("GET", path, list[models.WebSocketMessage])

    def close_websocket(
        self, websocket: models.WebSocket | int, code: int | None = None, reason: str = ""
    ) -> models.WebSocket:
        """Close a WebSocket as VoIPbin's end; without a code, without a close frame."""
        body = {"code": code, "reason": reason}
        return self._send("POST", f"/websockets/{_number(websocket)}/close", models.WebSocket, body)

    def websocket_faults(self) -> list[models.ArmedWebSocketFault]:
        """Return the WebSocket faults that can still apply."""
        return self._send("GET", "/websockets/faults", list[models.ArmedWebSocketFault])

    def add_websocket_fault(
        self,
        kind: WebSocketFaultKind,
        event: str = "*",
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
        code: int | None = None,
    ) -> list[models.ArmedWebSocketFault]:
        """Inject a fault into a later message of a WebSocket: see fake_server.WebSocketFault."""
        body = {"kind": kind, "event": event, "nth": nth, "times": times, "seconds": seconds, "code": code}
        return self._send("POST", "/websockets/faults", list[models.ArmedWebSocketFault], body)

    def clear_websocket_faults(self) -> None:
        """Remove all WebSocket faults that can still apply."""
        self._send("DELETE", "/websockets/faults", type(None))

    # reports

    def journal(self, after: int = 0, limit: int = 200, before: int = 0) -> list[models.Exchange]:
        """Return the requests, newest first: those after the number `after` and, unless that is 0, before `before`."""
        return self._send("GET", f"/journal?after={after}&before={before}&limit={limit}", list[models.Exchange])

    def requests(self, after: int = 0, limit: int = 200, before: int = 0) -> list[models.RequestSummary]:
        """Return the requests without bodies and rules, newest first: see `journal`."""
        return self._send("GET", f"/requests?after={after}&before={before}&limit={limit}", list[models.RequestSummary])

    def rules(self) -> dict[str, models.Rule]:
        """Return the rule catalogue, with how many requests each rule has passed and refused."""
        return self._send("GET", "/rules", dict[str, models.Rule])

    def report(self) -> models.SessionReport:
        """Return the number of requests and calls, and the rule coverage."""
        return self._send("GET", "/report", models.SessionReport)

    def ledger(self, limit: int = 200) -> models.LedgerView:
        """Return the cost of the calls."""
        return self._send("GET", f"/ledger?limit={limit}", models.LedgerView)

    def overview(self) -> models.Overview:
        """Return a summary with the newest items of each kind."""
        return self._send("GET", "/overview", models.Overview)

    def watch(self) -> Generator[models.Overview, None, None]:
        """Yield the current overview, and a new one whenever it has changed, until the server stops."""
        with self._http.stream("GET", f"{self._root}/stream", timeout=None) as response:
            if response.is_error:
                response.read()
                raise _control_error(response)
            for line in response.iter_lines():
                if line.startswith("data: "):
                    yield models.Overview.model_validate_json(line.removeprefix("data: "))

    def _drive_call(
        self, call: models.Call | str, transition: str, body: Mapping[str, Any] | None = None
    ) -> models.CallDetail:
        return self._send("POST", f"/calls/{_id(call)}/{transition}", models.CallDetail, body)

    def _send(self, method: str, path: str, response_type: type[T], body: object = None) -> T:
        response = self._http.request(method, f"{self._root}{path}", json=body)
        if response.is_error:
            raise _control_error(response)
        result: T = TypeAdapter(response_type).validate_json(response.content)
        return result


def _control_error(response: httpx.Response) -> ControlError:
    try:
        error = response.json()["error"]
        return ControlError(response.status_code, error["reason"], error["message"])
    except (ValueError, KeyError, TypeError):
        return ControlError(response.status_code, "NO_CONTROL_API", f"{response.url} is not the control API of a fake")


def _id(item: models.Call | models.Snapshot | str) -> str:
    return quote(item if isinstance(item, str) else item.id, safe="")


def _number(websocket: models.WebSocket | int) -> int:
    return websocket if isinstance(websocket, int) else websocket.number

"""A fuzz target that turns bytes into operations on one fake, and checks each response."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection
from typing import Any, Final, cast

from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.models.action_types import ACTION_TYPES
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.fake_server import FakeVoipbin, Fault, InvalidFault, InvalidTransition, Webhook
from pytest_providercalls.fake_server.calls.carriers import Carrier, InvalidScript
from pytest_providercalls.fake_server.core import Snapshot
from pytest_providercalls.fake_server.events.webhook_faults import TYPES as EVENTS
from pytest_providercalls.fake_server.world.resources.extensions import all_extensions
from pytest_providercalls.fake_server.world.resources.numbers import all_numbers

from .. import invariants
from .choices import Choices
from .oracle import send

MAX_STEPS: Final = 40
UNKNOWN: Final = "f1f2f3f4-0000-4000-8000-00000000dead"
NUMBERS: Final = ("+12025550143", *(f"+120255501{digits}" for digits in range(80, 90)), "+4930123", "alice@sip.example")
TYPES: Final = ("tel", "tel", "sip", "agent", "extension", "email", "")
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "")
IDENTITIES: Final = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
HEADERS: Final = ("Cookie", "Origin", "Host", "X-Request-Id", "Authorization", "Content-Type", "X-Forwarded-For")
ODD: Final = (b"null", b"true", b"0", b"-1", b"86400.0", b"1e400", b'""', b'"x"', b"[]", b"{}", b"[{}]", b'"\\ud800"')
METADATA: Final = {"rtp_debug": True}
CONFIG: Final = {"name": "o", "destination_whitelist": ["us", "de"], "codecs": "PCMU,G722"}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "/accesskeys": {"name": "one", "expire": 86400},
    "/flows": {"name": "one", "actions": []},
    "/providers": {"hostname": "sip.example", "tech_headers": {"X-A": "1"}, "tech_prefix": "9", "codecs": "PCMU"},
    "/providers/{id}": {"hostname": "sip.example", "name": "two"},
    "/customer": {"name": "c", "email": "a@b.example", "webhook_uri": "", "webhook_method": ""},
    "/customers/{id}": {"name": "c", "webhook_uri": "", "webhook_method": "PUT"},
    "/auth/login": {"username": "super-admin", "password": "x"},
    "/routes": {"customer_id": NIL[:-1] + "1", "provider_id": UNKNOWN, "priority": 1, "target": "+1"},
    "/routes/{id}": {"name": "r", "provider_id": UNKNOWN, "priority": 2, "target": "all"},
    **dict.fromkeys(("/outbound_config", "/outbound_configs", "/outbound_configs/{id}"), CONFIG),
    **dict.fromkeys(("/customer/metadata", "/customers/{id}/metadata"), METADATA),
    **{f"/billing_accounts/{{id}}/balance_{change}_force": {"balance": 0.1} for change in ("add", "subtract")},
    "/calls/{id}/mute": {"direction": "in"},
    "/calls/{id}/talk": {"text": "hello", "language": "en-US"},
    "/calls/{id}/recording_start": {"format": "wav", "duration": 3, "on_end_flow_id": NIL},
}
KINDS: Final = {"recordingfiles": "recordings"}
"""The tables of resources whose path has another name."""
ACTIONS: Final = tuple(sorted(ACTION_TYPES))
DURATIONS: Final = (0, 1, 500, 3000, 60_000, 4_000_000, -1)
LINES: Final = ("busy", "never_ends", "never_answers", "auth_fails", "unreachable", "clear")
TIMED: Final = ("answers", "hangs_up", "no_answer", "rejects")


class History:
    """One fake and the operations that the bytes select. `transcript` holds the responses."""

    def __init__(self, data: bytes) -> None:
        self.choices = Choices(data)
        edition, lifecycle = self.choices.pick(tuple(EDITIONS)), self.choices.pick(("on_poll", "manual"))
        self.fake = FakeVoipbin(edition, lifecycle=lifecycle, rate_limits=self.choices.byte() > 200)
        # A flow that loops a thousand times sends a thousand large webhooks, which takes seconds.
        self.jumps = self.choices.byte() < 200
        if not self.jumps:
            self.fake.webhooks.send_to(self._receive, "https://client.example/hooks")
        self.snapshots: list[Snapshot] = []
        self.transcript: list[object] = []

    def run(self) -> None:
        """Run all operations, then check the invariants."""
        steps = 0
        while self.choices.left and steps < MAX_STEPS:
            self.choices.pick(STEPS)(self)
            steps += 1
        invariants.check(self.fake)

    # operations of clients

    def request(self) -> None:
        """Send any request."""
        operation = self.choices.pick(OPERATIONS)
        short = operation.path.removeprefix("/v1.0")
        kind = self.choices.pick(("calls", "activeflows")) if "{resource_type}" in short else short.split("/")[1]
        path = operation.path.replace("{resource_type}", kind)
        path = re.sub(r"\{\w+\}", lambda _: self._id("calls" if "{call_id}" in short else kind), path)
        method = operation.method if self.choices.byte() < 230 else self.choices.pick(METHODS)
        now = self.fake.render.page_token(self.fake.clock.now())
        query = self.choices.pick(("", "", "?", "?page_size=2", f"?page_token={now}", f"?provider_id={self._id()}&"))
        tail = self.choices.text() if query or self.choices.byte() > 220 else ""
        self._send(method, path + query + tail, self._body(short, operation.request_model is not None))

    def place(self) -> None:
        """Send a request that usually places calls."""
        path = self.choices.pick(("/providercalls", "/providercalls", "/calls", "/groupcalls"))
        self._send("POST", "/v1.0" + path, self._body(path, sent=True))

    def use_call(self) -> None:
        """Poll, hang up or delete a call."""
        method, tail = self.choices.pick((("GET", ""), ("GET", ""), ("POST", "/hangup"), ("DELETE", "")))
        self._send(method, f"/v1.0/calls/{self._call_id()}{tail}", b"")

    def _send(self, method: str, target: str, body: bytes) -> None:
        headers = [(self.choices.pick(HEADERS), self.choices.text()) for _ in range(max(0, self.choices.byte() - 250))]
        target, credentials = self._authenticate(target)
        headers += credentials
        self.transcript.append(send(self.fake, Request(method, target, tuple(headers), body)))

    def _authenticate(self, target: str) -> tuple[str, list[tuple[str, str]]]:
        """Return the target and headers with valid or invalid credentials."""
        identity = getattr(self.fake, IDENTITIES[max(0, self.choices.byte() - 252)])
        agent = self.fake.state.agents[identity.id]
        kind = self.choices.byte()
        if kind < 220:
            return target, [("Authorization", f"Bearer {identity.token}")]
        if kind < 235:
            key = self.choices.pick(
                (f"accesskey={identity.accesskey}", f"token={identity.token}", "token=", "token=x.y.z")
            )
            cookie = self.choices.byte() < 100
            return (target, [("Cookie", key)]) if cookie else (f"{target}{'&' if '?' in target else '?'}{key}", [])
        token = self.fake.issue_token(agent, kind=self.choices.pick(("direct", "delegate", "agent")))
        return target, [("Authorization", self.choices.pick((f"Bearer {token}", token, "Basic x", "Bearer ")))]

    def _id(self, kind: str = "") -> str:
        own = self._ids(kind)
        if own and self.choices.byte() < 200:
            return self.choices.pick(list(own)[-16:])
        state = self.fake.state
        tables = (state.calls, state.providers, state.providercalls, state.groupcalls, state.flows, state.activeflows)
        table = self.choices.pick((*tables, state.accesskeys, state.billings, state.customers, state.agents, {}))
        return self.choices.pick(list(table)[-16:]) if table else self.choices.pick((UNKNOWN, NIL, "", "%00", "{"))

    def _ids(self, kind: str) -> Collection[str]:
        """Return the ids of the resources below a path."""
        if kind in ("routes", "outbound_configs"):
            return cast("Collection[str]", getattr(self.fake, kind))
        if kind == "billing_accounts":
            return [customer.billing_account_id for customer in self.fake.state.customers.values()]
        tables = {"numbers": all_numbers, "extensions": all_extensions}
        if kind in tables:
            return tables[kind](self.fake.world)
        return cast("Collection[str]", getattr(self.fake.state, KINDS.get(kind, kind), ()))

    def _call_id(self) -> str:
        return self.choices.pick(list(self.fake.calls)[-32:] or [UNKNOWN])

    def _body(self, path: str, sent: bool) -> bytes:
        if not sent:
            return b""
        body = self._valid_body(path)
        how = self.choices.byte()
        if how < 150:
            return json.dumps(body).encode()
        if how < 200 and body:
            fields = {name: json.dumps(value).encode() for name, value in body.items()}
            fields[self.choices.pick(list(fields))] = self.choices.pick((*ODD, self.choices.blob()))
            return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"
        if how < 240:
            text = json.dumps(body).encode()
            at = self.choices.byte() % (len(text) + 1)
            return text[:at] + self.choices.blob() + text[at + self.choices.byte() % 8 :]
        return self.choices.blob()

    def _valid_body(self, path: str) -> dict[str, Any]:
        if path == "/auth/login" and self.choices.byte() < 128:
            return {"username": "super-admin", "password": self.fake.super_admin.password}
        if path in BODIES:
            return {**BODIES[path], **({"actions": self._actions()} if path == "/flows" else {})}
        body: dict[str, Any] = {"source": {"type": "tel", "target": "+12025550100"}, "destinations": self._targets()}
        if self.choices.byte() < 128:
            body["actions"] = self._actions()
        else:
            body["flow_id"] = self.choices.pick([*list(self.fake.flows)[-4:], NIL, UNKNOWN])
        if path == "/providercalls":
            body["provider_id"] = self.choices.pick([*list(self.fake.providers)[-4:], UNKNOWN])
            body["anonymous"] = self.choices.pick(("auto", "auto", "yes", "no", "x", "x" * 17))
        if path == "/groupcalls":
            body |= {"ring_method": self.choices.pick(("ring_all", "linear", "")), "answer_method": "hangup_others"}
        return body

    def _targets(self) -> list[dict[str, str]]:
        return [self._address() for _ in range(1 + self.choices.byte() % 3)]

    def _address(self) -> dict[str, str]:
        type = self.choices.pick(TYPES)
        target = self.fake.super_admin.id if type == "agent" else self.choices.pick(NUMBERS)
        return {"type": type, "target": target, "target_name": "desk" if type == "extension" else ""}

    def _actions(self) -> list[dict[str, Any]]:
        return [self._action() for _ in range(self.choices.byte() % 4)]

    def _action(self) -> dict[str, Any]:
        ids = (UNKNOWN[:-1] + "1", UNKNOWN[:-1] + "2") if self.jumps else (NIL, UNKNOWN)
        own = self.choices.pick(ids) if self.jumps else ""
        option: dict[str, Any] = {"text": "${voipbin.call.digits}", "duration": self.choices.pick(DURATIONS)}
        option |= {"target_id": self.choices.pick(ids), "loop_count": self.choices.byte(), "length": 2, "key": "#"}
        option |= {"uri": "https://client.example/h", "data": self.choices.pick(("{}", "[1", '{"a":"${x}"}'))}
        option |= {"default_target_id": ids[0], "false_target_id": ids[1], "flow_id": self._id(), "value": "1"}
        option |= {"method": "POST", "data_type": "application/json", "variable": "x", "key_value": "x"}
        option |= {"source": {"type": "tel", "target": "+12025550100"}, "destinations": [self._address()]}
        option |= {"machine_handle": "hangup", "chained": True, "actions": [{"type": "hangup"}]}
        known = {key: value for key, value in option.items() if self.choices.byte() < 200}
        return {"id": own, "type": self.choices.pick(ACTIONS), "option": known}

    # operations of tests

    def advance(self) -> None:
        """Advance the clock."""
        seconds = self.choices.number()
        try:
            self.fake.clock.advance(seconds)
        except ValueError:
            assert not 0 <= seconds < 1e9

    def carrier(self) -> None:
        """Add a line to a carrier script."""
        provider = self.choices.pick(list(self.fake.providers)[-4:])
        carrier = self.fake.carrier(provider)
        with contextlib.suppress(InvalidScript):
            self._line(carrier)

    def _line(self, carrier: Carrier) -> None:
        method = self.choices.pick((*LINES, *TIMED))
        match = {} if method in LINES[3:] else {"destination": self.choices.pick((None, *NUMBERS))}
        if method in TIMED:
            getattr(carrier, method)(after=self.choices.number(), **match)
        else:
            getattr(carrier, method)(**match)

    def fault(self) -> None:
        """Inject a fault."""
        data: dict[str, Any] = {
            "kind": self.choices.pick(("delay", "timeout", "drop", "reset", "error", "corrupt", "x"))
        }
        optional: dict[str, Any] = {
            "when": self.choices.pick(("before", "after", "connect")),
            "seconds": self.choices.number(),
            "status": self.choices.pick((429, 500, 502, 503, 599, 200)),
            "retry_after": self.choices.pick((3, -1, "soon", "\r\n")),
            "body": self.choices.text(),
            "nth": self.choices.pick((1, 2, 0)),
            "path": self.choices.pick(("*", "/providercalls", "/calls/*", "[", "/nowhere")),
        }
        included = self.choices.byte()
        data |= {name: value for bit, (name, value) in enumerate(optional.items()) if included & 1 << bit}
        with contextlib.suppress(InvalidFault):
            self.fake.faults.add(Fault.from_dict(data))

    def control_call(self) -> None:
        """Change the status of a call."""
        call = self.fake.calls.get(self._call_id())
        method = self.choices.pick(("ring", "answer", "reject", "press", "hangup"))
        arguments = {"reject": (self.choices.pick((486, 603, 200, 99)),), "press": (self.choices.text(),)}
        if call is None:
            return
        try:
            getattr(call, method)(*arguments.get(method, ()))
        except (InvalidTransition, ValueError) as error:
            assert str(error)

    def webhook_fault(self) -> None:
        """Add a webhook fault."""
        kind = self.choices.pick(("drop", "duplicate", "delay", "jitter"))
        seconds = None if kind == "drop" else self.choices.number()
        with contextlib.suppress(ValueError):
            self.fake.webhooks.faults.add(kind, self.choices.pick(EVENTS), seconds=seconds)

    def _receive(self, webhook: Webhook) -> int:
        json.loads(webhook.body)
        return 500 if webhook.body.count(b"call_ringing") else 200

    def provider(self) -> None:
        """Add or delete a provider."""
        if self.choices.byte() < 128:
            self.fake.add_provider(hostname="sip.other.example")
        else:
            self.fake.delete_provider(self.choices.pick(list(self.fake.providers)[-4:]))

    def route(self) -> None:
        """Add a dial route, or delete one."""
        if self.choices.byte() < 200:
            provider, target = self.choices.pick([*self.fake.providers, UNKNOWN]), self.choices.pick(("all", "+1"))
            customer = self.choices.pick([None, *self.fake.state.customers])
            self.fake.add_route(provider, target=target, customer=customer, priority=self.choices.byte())
        else:
            self.fake.delete_route(self.choices.pick(list(self.fake.routes)))

    def snapshot(self) -> None:
        """Take or restore a snapshot, or reset the fake."""
        kind = self.choices.byte()
        if kind < 150:
            self.snapshots.append(self.fake.snapshot())
        elif kind < 250 and self.snapshots:
            self.fake.restore(self.choices.pick(self.snapshots[-8:]))
        elif kind >= 250:
            self.fake.reset()

    def read(self) -> None:
        """Format everything that has a text form."""
        call = self.fake.calls.get(self._call_id())
        text = [str(self.fake.ledger), self.fake.webhooks.summary(), *map(str, self.fake.requests[-3:])]
        self.transcript.append([*text, self.fake.ladder(call) if call else ""])


STEPS: Final[tuple[Callable[[History], None], ...]] = (
    *(History.request,) * 4,
    *(History.place,) * 4,
    *(History.use_call,) * 3,
    *(History.advance,) * 2,
    History.carrier,
    History.fault,
    *(History.control_call,) * 2,
    History.webhook_fault,
    History.provider,
    History.route,
    History.snapshot,
    History.read,
)


def run(data: bytes) -> None:
    """Run the operations that the bytes select."""
    History(data).run()

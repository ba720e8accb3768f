"""The client and the assertions for probes, which run against any server of the API, fake or real."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn
from urllib.parse import urlencode

from .answer import STATUS_NAMES, Answer, Body
from .http import Request, Response
from .identity import Identity
from .target import HasWebSocket, Socket, Target, deleted_id_of, provider_host_of, time_of

UNKNOWN_ID = "f1f2f3f4-0000-4000-8000-00000000dead"
"""A well-formed id that no server has issued."""
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}
UNDIALLABLE = {"type": "email", "target": "nobody@example.invalid"}
"""A destination that no edition dials, for inert probes."""
NO_NUMBER = "+1----------"
"""A text without a phone number that is as long as one."""
DIRECT_HASH = re.compile(r"direct\.[0-9a-f]{12}")
"""The direct_hash of a flow or an agent."""
UNREACHABLE_TARGETS = frozenset({"+1", NO_NUMBER, UNKNOWN_ID, UNDIALLABLE["target"]})
"""Targets that cannot be reached: a bare calling code, an unknown agent, a host below `.invalid` (RFC 6761)."""
HANDSHAKE: Final = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
"""The headers that request a WebSocket. The key is the example of RFC 6455."""
NO_WEBSOCKET: Final = "the target cannot open a WebSocket"
POLL_WAITS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
"""The seconds to wait after each time that an effect is not visible yet."""
_BUCKETS_ARE_FULL: Final = 3
"""The seconds after which each bucket of the rate limits is full again."""


class RuleBroken(AssertionError):
    """The target violates a rule."""


class ProbeUnavailable(Exception):
    """The target lacks what a probe needs, such as a credential."""


class ProbeClient:
    """The client that a probe uses to send requests to its target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.edition = target.edition

    def identity(self, role: str) -> Identity:
        """Return the target's identity in a role. Raises ProbeUnavailable if it has none."""
        return self.target.credentials.get(role) or _lacks(role)

    def token(self, kind: str) -> str:
        """Return the target's token of a kind or a role. Raises ProbeUnavailable if it has none."""
        if kind in self.target.credentials:
            return self.target.credentials[kind].token
        return self.target.tokens.get(kind) or _lacks(f"token of kind {kind}")

    def accesskey(self, role: str) -> str:
        """Return the access key of the identity in a role. Raises ProbeUnavailable if it has none."""
        return self.identity(role).accesskey or _lacks(f"access key of a {role}")

    def password(self, role: str) -> str:
        """Return the password of the identity in a role. Raises ProbeUnavailable if it has none."""
        return self.identity(role).password or _lacks(f"password of a {role}")

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        as_: str | None = "super_admin",
        raw: bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        **query: object,
    ) -> Response:
        """Send a request below /v1.0 (or below the root: `//ping`) and return the response."""
        target = path[1:] if path.startswith("//") else "/v1.0" + path
        if query:
            target += "?" + urlencode({key: str(value) for key, value in query.items()})
        if as_ is not None:
            headers = (*headers, ("Authorization", f"Bearer {self.token(as_)}"))
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        return self.target.send(Request(method, target, headers, content))

    def get(self, path: str, **options: Any) -> Response:
        return self.call("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> Response:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: object = None, **options: Any) -> Response:
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Response:
        return self.call("DELETE", path, **options)

    def open_websocket(self, as_: str = "super_admin") -> Socket:
        """Open the WebSocket. Raises ProbeUnavailable if the target has none, RuleBroken if it refuses."""
        headers = (*HANDSHAKE, ("Authorization", f"Bearer {self.token(as_)}"))
        opened = connect_to(self.target, Request("GET", "/v1.0/ws", headers))
        if isinstance(opened, Response):
            raise RuleBroken(f"expected 101, got {opened.status} {opened.body[:300]!r}")
        return opened

    def healthy_provider(self) -> str:
        """Return the id of a healthy provider that may be changed. Raises ProbeUnavailable if there is none."""
        if self.target.healthy_provider_id is None:
            raise ProbeUnavailable("the target has no healthy provider that may be changed")
        return self.target.healthy_provider_id

    def deleted(self, resource: str) -> str:
        """Return the id of a deleted record of a resource. Raises ProbeUnavailable if the target names none."""
        return deleted_id_of(self.target, resource) or _lacks(f"deleted record of /{resource}")

    def drive_call(self, call_id: str, event: str) -> None:
        """Simulate an event of a call. Raises ProbeUnavailable if the target cannot."""
        if not self.target.drive_call(call_id, event):
            raise ProbeUnavailable(f"the target cannot simulate {event!r} on a call")

    def advance(self, seconds: float) -> None:
        """Advance the target's clock. Raises ProbeUnavailable if the target cannot."""
        if not self.target.advance(seconds):
            raise ProbeUnavailable(f"the target's clock cannot be advanced by {seconds:g} s")

    def now(self) -> float:
        """Return the target's time in seconds."""
        return time_of(self.target)

    def poll(self, path: str, until: Callable[[dict[str, Any]], object] = bool) -> dict[str, Any]:
        """Read an object until it exists and a condition holds, but only for a few seconds, and return it.

        A real server produces some effects a moment after its response. The condition must be the same in each
        edition, since the requests of a probe are.
        """
        for seconds in POLL_WAITS:
            response = self.get(path)
            if response.status == 200 and until(response.json()):
                return require_success(response)
            if not self.target.advance(seconds):
                return require_success(response)
        return require_success(self.get(path))

    def ended_call(self, id: str) -> dict[str, Any]:
        """Return a call once it has ended, or as it is after a few seconds."""
        return self.poll(f"/calls/{id}", lambda call: call.get("status") == "hangup")

    @contextmanager
    def rate_limited(self) -> Iterator[None]:
        """Apply the rate limits inside the block, starting with full buckets.

        Raises ProbeUnavailable if the target cannot be flooded or its clock cannot be advanced.
        """
        if not self.target.set_rate_limits(True):
            raise ProbeUnavailable("the target cannot be flooded with requests")
        try:
            self.advance(_BUCKETS_ARE_FULL)
            yield
        finally:
            self.target.set_rate_limits(False)

    # common steps of probes

    def provider(self, **fields: object) -> dict[str, Any]:
        """Create a provider for this probe."""
        host = provider_host_of(self.target)
        return require_success(self.post("/providers", {"type": "sip", "hostname": host, **fields}))

    def place(self, *, as_: str = "super_admin", **fields: object) -> dict[str, Any]:
        """Place a providercall for this probe; by default one call from SOURCE to DESTINATION."""
        return require_success(self.post("/providercalls", self.body(**fields), as_=as_))

    def body(self, **fields: object) -> dict[str, object]:
        """Return a valid body for POST /providercalls. `fields` replaces fields; None removes one."""
        body: dict[str, object] = {"source": SOURCE, "destinations": [DESTINATION], **fields}
        if "provider_id" not in body:
            body["provider_id"] = self.provider()["id"]
        return {key: value for key, value in body.items() if value is not None}

    def undiallable_body(self, **fields: object) -> dict[str, object]:
        """Return a body for POST /providercalls that no server can dial."""
        return self.body(**{"destinations": [UNDIALLABLE], **fields})

    def first_call(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Read the first call of a providercall."""
        require_equal("the number of calls", len(record["call_ids"]) > 0, True)
        return require_success(self.get(f"/calls/{record['call_ids'][0]}"))

    def first_page(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """Read the rows of the first page of a list."""
        rows: list[dict[str, Any]] = require_success(self.get(path, **options))["result"]
        return rows

    def rows_where(self, path: str, key: str, value: object) -> list[dict[str, Any]]:
        """Read the rows of the first page of a list with a value, once there is one, but only for a few seconds."""

        def matching(page: dict[str, Any]) -> list[dict[str, Any]]:
            return [row for row in page["result"] if row[key] == value]

        return matching(self.poll(path, matching))


def connect_to(target: Target, handshake: Request) -> Socket | Response:
    """Open a WebSocket; return the response if the target refuses. Raises ProbeUnavailable if it has no WebSocket."""
    if not isinstance(target, HasWebSocket):
        raise ProbeUnavailable(NO_WEBSOCKET)
    return target.connect(handshake)


def _lacks(what: str) -> NoReturn:
    raise ProbeUnavailable(f"the target has no {what}")


def require_success(response: Response) -> dict[str, Any]:
    """Return the object of a successful response. Raises RuleBroken for any other response."""
    if response.status != 200:
        raise RuleBroken(f"expected 200, got {response.status} {response.body[:300]!r}")
    found: dict[str, Any] = response.json()
    return found


def require_equal(what: str, found: object, expected: object) -> None:
    """Raise RuleBroken unless the value is the one that the rule expects."""
    if found != expected:
        raise RuleBroken(f"{what}: expected {expected!r}, got {found!r}")


def require_answer(response: Response, answer: Answer) -> None:
    """Raise RuleBroken unless a response matches the answer: status, reason, message and body format."""
    require_equal("the status", response.status, answer.status)
    if not answer.refuses:
        return
    if answer.body is Body.EMPTY:
        require_equal("the body", response.body, b"")
    elif answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
        _require_envelope(response, answer)
    elif answer.body is Body.BINDER:
        _require_text("the message", response.json()["msg"], answer.message)
    elif answer.body is Body.MESSAGE:
        require_equal("the body", response.json(), {"message": answer.message})
    elif answer.body is Body.UNWRAPPED:
        require_equal("the body", response.json(), {"error": answer.reason, "message": answer.message})
    else:
        require_equal("the body", response.body.decode(), answer.message)


def _require_envelope(response: Response, answer: Answer) -> None:
    error = response.json()["error"]
    require_equal("the reason", error["reason"], answer.reason)
    require_equal("the error's status", error["status"], STATUS_NAMES[answer.status])
    _require_text("the message", error["message"], answer.message)
    media_type = "text/plain" if answer.body is Body.ENVELOPE_AS_TEXT else "application/json"
    require_equal("the content type", response.header("Content-Type"), f"{media_type}; charset=utf-8")


def _require_text(what: str, found: str, template: str) -> None:
    """Require the text to start with the template up to its first field."""
    prefix = template.split("{", 1)[0]
    if not found.startswith(prefix) or ("{" not in template and found != template):
        raise RuleBroken(f"{what}: expected {template!r}, got {found!r}")

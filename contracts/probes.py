"""How a probe talks to a target: any server of the API, the fake or the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol
from urllib.parse import urlencode

from .editions import Edition
from .http import Request, Response
from .identity import Identity
from .rule import STATUS_NAMES, Answer, Body, Rule

UNKNOWN_ID = "f1f2f3f4-0000-4000-8000-00000000dead"
"""A well-formed id that no server has handed out."""
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}
UNDIALLABLE = {"type": "email", "target": "nobody@example.invalid"}
"""A destination that no edition dials: what an inert probe sends."""
UNREACHABLE_TARGETS = frozenset({"+1", UNKNOWN_ID, UNDIALLABLE["target"]})
"""Targets at which nobody can be reached: a calling code alone, no agent's id, a host below `.invalid` (RFC 6761)."""


class RuleBroken(AssertionError):
    """A target does not keep a rule."""


class ProbeUnavailable(Exception):
    """The target lacks what a probe needs, such as a credential."""


class Target(Protocol):
    """A server that can be probed: where requests go, which edition it claims to be, and who may ask."""

    @property
    def edition(self) -> Edition: ...

    @property
    def credentials(self) -> Mapping[str, Identity]:
        """Identities by role: super_admin, customer_admin, customer_manager, customer_agent, and more."""
        ...

    @property
    def tokens(self) -> Mapping[str, str]:
        """Other tokens by kind: direct, delegate, expired."""
        ...

    @property
    def healthy_provider_id(self) -> str | None:
        """A provider whose health is `healthy`, which a probe may change; None for none."""
        ...

    def send(self, request: Request, /) -> Response: ...

    def drive_call(self, call_id: str, event: str, /) -> bool:
        """Make the far side of a call do something (`ring`, `answer`, `refuse 486`); False when the target cannot."""
        ...

    def advance(self, seconds: float, /) -> bool:
        """Let time pass; False when the target cannot."""
        ...

    def set_rate_limits(self, enabled: bool, /) -> bool:
        """Count requests against the rate limits, or stop; False when the target cannot be flooded with them."""
        ...


class PassiveTarget:
    """What a target can do whose far side, time and limits are not ours to move: nothing."""

    def drive_call(self, _call_id: str, _event: str, /) -> bool:
        return False

    def advance(self, _seconds: float, /) -> bool:
        return False

    def set_rate_limits(self, _enabled: bool, /) -> bool:
        return False


class ProbeClient:
    """What a probe is handed: a target, asked in few words."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.edition = target.edition

    def identity(self, role: str) -> Identity:
        """The target's identity in a role. Raises Unprobed when it has none."""
        return self.target.credentials.get(role) or _lacks(role)

    def token(self, kind: str) -> str:
        """The target's token of a kind, or of a role. Raises Unprobed when it has none."""
        if kind in self.target.credentials:
            return self.target.credentials[kind].token
        return self.target.tokens.get(kind) or _lacks(f"token of kind {kind}")

    def accesskey(self, role: str) -> str:
        """The access key of the target's identity in a role. Raises Unprobed when it has none."""
        return self.identity(role).accesskey or _lacks(f"access key of a {role}")

    def password(self, role: str) -> str:
        """The password of the target's identity in a role. Raises Unprobed when it has none."""
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
        """Send one request below /v1.0 (or, with a path like `//ping`, below the root) and return the answer."""
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

    def healthy_provider(self) -> str:
        """The id of a healthy provider that may be changed. Raises Unprobed when the target has none."""
        if self.target.healthy_provider_id is None:
            raise ProbeUnavailable("the target has no healthy provider to spare")
        return self.target.healthy_provider_id

    def drive_call(self, call_id: str, event: str) -> None:
        """Make the far side of a call do something. Raises Unprobed when the target cannot."""
        if not self.target.drive_call(call_id, event):
            raise ProbeUnavailable(f"the target cannot make a call {event}")

    def advance(self, seconds: float) -> None:
        """Let time pass on the target. Raises Unprobed when it cannot."""
        if not self.target.advance(seconds):
            raise ProbeUnavailable("the target's time cannot be moved")

    @contextmanager
    def rate_limited(self) -> Iterator[None]:
        """Meanwhile requests count against the rate limits, none of which is used up at first.

        Raises Unprobed when the target cannot be flooded, or cannot wait.
        """
        if not self.target.set_rate_limits(True):
            raise ProbeUnavailable("the target cannot be flooded with requests")
        try:
            self.advance(60)
            yield
        finally:
            self.target.set_rate_limits(False)

    # what probes do again and again

    def provider(self, **fields: object) -> dict[str, Any]:
        """A provider made for this probe."""
        return require_success(self.post("/providers", {"type": "sip", "hostname": "sip.example.invalid", **fields}))

    def place(self, *, as_: str = "super_admin", **fields: object) -> dict[str, Any]:
        """A providercall placed for this probe: by default one call from SOURCE to DESTINATION."""
        return require_success(self.post("/providercalls", self.body(**fields), as_=as_))

    def body(self, **fields: object) -> dict[str, object]:
        """A body for POST /providercalls that is dialled, with `fields` instead of its own; None removes one."""
        body: dict[str, object] = {"source": SOURCE, "destinations": [DESTINATION], **fields}
        if "provider_id" not in body:
            body["provider_id"] = self.provider()["id"]
        return {key: value for key, value in body.items() if value is not None}

    def undiallable_body(self, **fields: object) -> dict[str, object]:
        """A body for POST /providercalls that no server can dial."""
        return self.body(**{"destinations": [UNDIALLABLE], **fields})

    def first_call(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The first call of a providercall."""
        require_equal("the number of calls", len(record["call_ids"]) > 0, True)
        return require_success(self.get(f"/calls/{record['call_ids'][0]}"))

    def first_page(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """The rows of the first page of a list."""
        rows: list[dict[str, Any]] = require_success(self.get(path, **options))["result"]
        return rows


def _lacks(what: str) -> NoReturn:
    raise ProbeUnavailable(f"the target has no {what}")


def require_success(response: Response) -> dict[str, Any]:
    """The object of a successful answer. Raises Broken for any other."""
    if response.status != 200:
        raise RuleBroken(f"expected 200, got {response.status} {response.body[:300]!r}")
    found: dict[str, Any] = response.json()
    return found


def require_equal(what: str, found: object, expected: object) -> None:
    """Raise Broken unless what was found is what the rule promises."""
    if found != expected:
        raise RuleBroken(f"{what}: expected {expected!r}, got {found!r}")


def run(rule: Rule, target: Target) -> None:
    """Run a rule's probe against a target.

    Raises Broken when the target does not keep the rule, Unprobed when it cannot be asked.
    """
    response = rule.probe(ProbeClient(target))
    if response is not None:
        require_answer(response, rule.answers[target.edition.name])


def require_answer(response: Response, answer: Answer) -> None:
    """Raise Broken unless a response is the expected answer: its status, reason, message and kind of body."""
    require_equal("the status", response.status, answer.status)
    if not answer.refuses:
        return
    if answer.body is Body.EMPTY:
        require_equal("the body", response.body, b"")
    elif answer.body in (Body.ENVELOPE, Body.ENVELOPE_AS_TEXT):
        _hold_envelope(response, answer)
    elif answer.body is Body.BINDER:
        _hold_text("the message", response.json()["msg"], answer.message)
    elif answer.body is Body.UNWRAPPED:
        require_equal("the body", response.json(), {"error": answer.reason, "message": answer.message})
    else:
        require_equal("the body", response.body.decode(), answer.message)


def _hold_envelope(response: Response, answer: Answer) -> None:
    error = response.json()["error"]
    require_equal("the reason", error["reason"], answer.reason)
    require_equal("the error's status", error["status"], STATUS_NAMES[answer.status])
    _hold_text("the message", error["message"], answer.message)
    label = "text/plain" if answer.body is Body.ENVELOPE_AS_TEXT else "application/json"
    require_equal("the content type", response.header("Content-Type"), f"{label}; charset=utf-8")


def _hold_text(what: str, found: str, template: str) -> None:
    """The part of the template before its first field must open the text."""
    opening = template.split("{", 1)[0]
    if not found.startswith(opening) or ("{" not in template and found != template):
        raise RuleBroken(f"{what}: expected {template!r}, got {found!r}")

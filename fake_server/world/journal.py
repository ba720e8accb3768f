"""The journal: every request, with the rules that were checked. Reports and assertions read it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field, fields, replace
from datetime import datetime
from typing import Any

from ...contracts import redaction, rules
from ...contracts.editions import DOCUMENTED
from ...contracts.http import Request, Response
from ...contracts.light_imports import Value, dataclass, maker
from ...contracts.rule import Rule
from ...contracts.visible_text import visible_line

_MAX_JSON = 2 * 2**20
_MAX_TEXT = 2**16
"""The maximum size of a recorded body, and of one that is not JSON. Searching a text for credentials takes long."""
_MAX_TARGET = 2**14
"""The maximum length of a recorded target."""
_SHORT = 2**12
"""The maximum size of a request that is redacted when the journal is read."""
Trace = list[Rule | str]
"""The rules that were checked, in order: the rule itself if the request passed, its id if not."""


@dataclass(slots=True, repr=False)
class Exchange:
    """One request and its response, without credentials.

    `rule_trace` holds the rules that were checked (see Trace). `notes` state what a server does silently, such as
    dropping a destination. `warnings` state what the client probably did not intend.
    """

    at: datetime
    method: str
    url: str
    request_body: bytes
    status: int = 0
    response_body: bytes = b""
    principal: str = ""
    rule_trace: Trace = field(default_factory=list)
    _notes: list[str] | tuple[()] = ()
    warnings: tuple[str, ...] = ()
    fault: str = ""
    """The fault that a test injected, if any; `status` is then VoIPbin's own."""
    edition: str = DOCUMENTED.name
    """The edition of the fake."""
    checked: int | None = None
    """How many rules of the trace were checked before an error response: later ones did not refuse the request."""

    def record_response(self, response: Response) -> None:
        """Record the status, and the body of an error response."""
        self.status = response.status
        if response.status >= 400:
            self.response_body = redaction.redact_body(response.body)
            self.checked = len(self.rule_trace)

    def add_note(self, text: str) -> None:
        """Add a note."""
        # Not to a tuple: one request can have a note for each of 200,000 destinations.
        if not isinstance(self._notes, list):
            self._notes = []
        self._notes.append(redaction.redact_text(text))

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes, in order."""
        return tuple(self._notes)

    def add_warning(self, *texts: str) -> None:
        """Add warnings."""
        self.warnings = (*self.warnings, *map(redaction.redact_text, texts))

    def copy(self) -> Exchange:
        """Return a copy to which nothing is added later."""
        return replace(self, rule_trace=self.rule_trace.copy(), _notes=list(self._notes) or ())

    def json(self) -> Any:
        """Return the request body parsed as JSON, with redacted credentials.

        Raises ValueError if it is not JSON, or nested too deeply for Python.
        """
        if not self.request_body:
            raise ValueError(f"{self.method} {self.url} has no body")
        try:
            return json.loads(self.request_body)
        except RecursionError:
            raise ValueError(f"the body of {self.method} {self.url} is nested too deeply") from None

    @property
    def rule_outcomes(self) -> list[tuple[str, bool]]:
        """The ids of the rules that were checked, in order, each with whether the request passed."""
        return [(one, False) if isinstance(one, str) else (one.id, True) for one in self.rule_trace]

    @property
    def refused_by(self) -> str | None:
        """The id of the rule that refused the request, if any."""
        if self.status < 400:
            return None
        return next((id for id, passed in reversed(self.rule_outcomes[: self.checked]) if not passed), None)

    def __repr__(self) -> str:
        names = (one.name.removeprefix("_") for one in fields(self))
        shown = {name: repr(getattr(self, name)) for name in names}
        for name in ("url", "request_body", "response_body", "notes", "warnings"):
            shown[name] = redaction.redact_values(shown[name])
        return f"{type(self).__name__}({', '.join(f'{name}={text}' for name, text in shown.items())})"

    def __str__(self) -> str:
        principal = f" (as {self.principal})" if self.principal else ""
        lines = [f"{self.method} {self.url} -> {self.status or 'no response'}{principal}"]
        if self.request_body:
            lines.append(f"  body: {self.request_body[:300].decode(errors='replace')}")
        lines += [f"  {remark}" for remark in self.remarks()]
        return "\n".join(visible_line(redaction.redact_values(line)) for line in lines)

    def remarks(self) -> list[str]:
        """Return what the author of the client should know, one line each: why it was refused, the fault, the notes."""
        refusal = self.refused_by
        lines = explain(refusal, self.edition) if refusal else []
        if self.fault:
            lines.append(f"fault: {self.fault}")
        lines += [f"note: {note}" for note in self.notes]
        lines += [f"warning: {warning}" for warning in self.warnings]
        return [redaction.redact_values(line) for line in lines]


def _redact_when_read(name: str, function: str) -> None:
    """Let a function of the redaction redact a field when it is first read: few entries are ever read.

    A copy or a comparison reads it, too. Until then the field is a tuple of what was sent.
    """
    slot = vars(Exchange)[name]

    def read(entry: Exchange) -> object:
        value = slot.__get__(entry)
        if type(value) is tuple:
            value = getattr(redaction, function)(value[0])
            slot.__set__(entry, value)
        return value

    setattr(Exchange, name, property(read, slot.__set__))


_redact_when_read("url", "redact_target")
_redact_when_read("request_body", "redact_body")


def explain(id: str, edition: str) -> list[str]:
    """Return what the author of a refused request needs to know.

    That is the rule, its source, how it is known in the edition of the fake, and how to fix the request.
    """
    from ...contracts import rule_ledger

    rule = rules.RULES[id]
    lines = [f"refused by {rule.id}: {rule.statement} [{rule.source}; {rule_ledger.summary(rule, edition)}]"]
    return [*lines, f"hint: {rule.hint}"] if rule.hint else lines


class Journal:
    """The requests in order. Rules that are checked outside a request count for the latest one."""

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self.entries: list[Exchange] = []
        self.trace: Trace = []
        """The trace of the present or the latest request."""
        self._suspended = 0
        # The latest trace of each length: comparing two traces is fast, hashing one is not.
        self._shared: dict[int, Trace] = {}

    def open(self, at: datetime, request: Request) -> Exchange:
        """Add an entry for a request, whose rules count from now on."""
        if len(request.target) + len(request.body) <= _SHORT:
            redaction.learn_request(request.target, request.body)
            target: Any = (request.target,)
            body: Any = (request.body,)
            entry = maker(Exchange)(at, request.method, target, body, edition=self.edition)
        else:
            entry = Exchange(at, request.method, *redacted(request), edition=self.edition)
        if self.entries and not self._suspended:
            self._share_trace(self.entries[-1])
        self.trace = entry.rule_trace
        self.entries.append(entry)
        return entry

    def _share_trace(self, entry: Exchange) -> None:
        """Let requests that took the same path through the rules share one trace. The entry must be complete."""
        length = len(entry.rule_trace)
        if self._shared.get(length) == entry.rule_trace:
            entry.rule_trace = self._shared[length]
        else:
            self._shared[length] = entry.rule_trace

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Return to the present request after the block, in which other requests may be handled."""
        trace = self.trace
        self._suspended += 1
        try:
            yield
        finally:
            self._suspended -= 1
            self.trace = trace

    def copy(self) -> tuple[Exchange, ...]:
        """Return copies of the entries, to which nothing is added later."""
        return tuple(entry.copy() for entry in self.entries)

    def restore(self, entries: Iterable[Exchange]) -> None:
        """Replace the entries with copies of these."""
        self.entries = [entry.copy() for entry in entries]
        self.trace = []


def redacted(request: Request) -> tuple[str, bytes]:
    """Return a request's target and body without credentials.

    A very long target is cut, and a very large body is replaced by its size.
    """
    target, body = request.target, request.body
    if len(target) > _MAX_TARGET:
        target = f"{target[:_MAX_TARGET]}..."
    if len(body) > _MAX_TEXT and (len(body) > _MAX_JSON or body.lstrip()[:1] not in (b"{", b"[")):
        return redaction.redact_target(target), b"<%d bytes>" % len(body)
    return redaction.redact_target(target), redaction.redact_body(body)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleCounts(Value):
    """How often each rule passed and refused a request."""

    passed: Counter[str]
    refused: Counter[str]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> RuleCounts:
        """Count the rules of some requests."""
        counts = cls(Counter(), Counter())
        counts.add(exchanges)
        return counts

    def add(self, exchanges: Iterable[Exchange]) -> None:
        """Add the rules of more requests."""
        for exchange in exchanges:
            trace = exchange.rule_trace
            # A Counter counts a list without Python's loop: a request exercises fifty rules.
            self.passed.update([one.id for one in trace if not isinstance(one, str)])
            if refused := [one for one in trace if isinstance(one, str)]:
                self.refused.update(refused)

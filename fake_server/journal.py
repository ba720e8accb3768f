"""The journal: every exchange, with the rules that it met. Reports and assertions are its readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..contracts import hiding, rules
from ..contracts.http import Request, Response
from ..contracts.rule import Rule


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Credentials never get in here.

    `trace` has the rules that the request met, in order: the rule where it passed, its id where not. `notes` says in
    plain words what a server does in silence, such as dropping a destination; `advice` what the client hardly meant.
    """

    at: datetime
    method: str
    url: str
    body: bytes
    status: int = 0
    answer: bytes = b""
    asker: str = ""
    trace: list[Rule | str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    fault: str = ""
    """What went wrong on the way, where a test had asked for it; `status` is then what VoIPbin itself made of it."""

    def answered(self, response: Response) -> None:
        """Keep what is worth keeping of an answer."""
        self.status = response.status
        if response.status >= 400:
            self.answer = hiding.in_body(response.body)

    def note(self, text: str) -> None:
        """Add a note."""
        self.notes = (*self.notes, hiding.in_words(text))

    def advise(self, *texts: str) -> None:
        """Add advice."""
        self.advice = (*self.advice, *map(hiding.in_words, texts))

    @property
    def met(self) -> list[tuple[str, bool]]:
        """The ids of the rules that the request met, in order, each with whether it passed."""
        return [(one, False) if isinstance(one, str) else (one.id, True) for one in self.trace]

    @property
    def refused_by(self) -> str | None:
        """The id of the rule that refused the request, if one did."""
        if self.status < 400:
            return None
        return next((id for id, passed in reversed(self.met) if not passed), None)

    def __str__(self) -> str:
        asked_by = f", asked by {self.asker}" if self.asker else ""
        lines = [f"{self.method} {self.url} -> {self.status or 'nothing'}{asked_by}"]
        if self.body:
            lines.append(f"  sent {self.body[:300].decode(errors='replace')}")
        refusal = self.refused_by
        if refusal:
            lines += [f"  {line}" for line in explain(refusal)]
        if self.fault:
            lines.append(f"  fault: {self.fault}")
        return "\n".join([*lines, *(f"  note: {note}" for note in (*self.notes, *self.advice))])


def explain(id: str) -> list[str]:
    """What a refused author should know of a rule: what it says, where that stands, what to do."""
    rule = rules.RULES[id]
    lines = [f"refused by {rule.id}: {rule.statement} [{rule.source}]"]
    return [*lines, f"what to do: {rule.fix}"] if rule.fix else lines


def redacted(request: Request) -> tuple[str, bytes]:
    """A request's target and body without credentials."""
    return hiding.in_target(request.target), hiding.in_body(request.body)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each rule was passed and refused."""

    passed: Counter[str]
    refused: Counter[str]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Coverage:
        passed: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        for exchange in exchanges:
            for id, kept in exchange.met:
                (passed if kept else refused)[id] += 1
        return cls(passed, refused)

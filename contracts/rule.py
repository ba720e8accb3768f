"""What a rule of the API is: its statement, its source, its answer in each edition, and a probe that tests it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .editions import EDITIONS

if TYPE_CHECKING:
    from .http import Response
    from .probes import ProbeClient

Probe = Callable[["ProbeClient"], "Response | None"]

STATUS_NAMES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "PAYMENT_REQUIRED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""The envelope's `status` for each HTTP status (gateway.md 4.2)."""


class Safety(enum.IntEnum):
    """How dangerous a rule's probe is on a real server, from harmless to billable."""

    READ = 0
    """Only GET, HEAD and OPTIONS: requests that write nothing."""
    INERT = 1
    """A write that could not ring a phone even if the target broke every rule."""
    REFUSED = 2
    """Only the rule itself keeps the probe from ringing a phone."""
    BILLABLE = 3
    """Rings a phone by design."""


class Body(enum.Enum):
    """How an answer's body is written."""

    ENVELOPE = "the error envelope"
    EMPTY = "empty"
    TEXT = "plain text"
    BINDER = 'the binder\'s {"msg": ...}'
    ENVELOPE_AS_TEXT = "the error envelope, labelled text/plain"
    UNWRAPPED = 'JSON without the envelope: {"error": reason, "message": ...}'


@dataclass(frozen=True, slots=True)
class Answer:
    """What one edition answers when a rule is met with something that it does not allow.

    A status below 300 means that the edition does not refuse; `note` then says what it does instead.
    `message` may hold `{name}` fields, which the handler fills in.
    """

    status: int
    reason: str = ""
    message: str = ""
    body: Body = Body.EMPTY
    note: str = ""

    @property
    def refuses(self) -> bool:
        return self.status >= 300


def error(status: int, reason: str, message: str, body: Body = Body.ENVELOPE) -> Answer:
    """A refusal in the API's error envelope."""
    return Answer(status, reason, message, body)


def empty_error(status: int) -> Answer:
    """A refusal with an empty body, as the server of April 2026 sends them."""
    return Answer(status)


def accepted(note: str = "") -> Answer:
    """No refusal; `note` says what the edition does."""
    return Answer(200, note=note)


INVALID_DATA = error(400, "INVALID_ARGUMENT", "The request contains invalid data.")
DENIED = error(403, "PERMISSION_DENIED", "You do not have permission to access this resource.")
NO_DIRECT = error(403, "DIRECT_ACCESS_NOT_SUPPORTED", "Direct access is not supported for this endpoint.")
NOT_FOUND = error(404, "RESOURCE_NOT_FOUND", "The requested resource was not found.")
DELETED = error(409, "STATE_INVALID", "The operation is invalid for the current resource state.")
INTERNAL = error(500, "INTERNAL", "An internal error occurred.")
UNAVAILABLE = error(503, "SERVICE_UNAVAILABLE", "An upstream service is temporarily unavailable.")


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One promise of the API.

    `id` is stable and is what reports, `broken=` and downstream suites hold on to. `answers` has an Answer for
    every edition. `probe` asks a target and returns the response to be held against the answer, or asserts by
    itself and returns None. `fix` says what the author of a refused request can do. `point` names the field of
    Edition that decides how the rule is kept, where one does. `stands_on` are the ids of the rules without which the
    probe cannot tell: where one of those is broken, its failure says nothing of this rule.
    """

    id: str
    statement: str
    source: str
    answers: Mapping[str, Answer]
    safety: Safety
    probe: Probe = field(repr=False)
    hint: str = ""
    edition_flag: str = ""
    since: str = "1.0"
    depends_on: tuple[str, ...] = ()


def per_edition(promised: Answer, **given: Answer) -> Mapping[str, Answer]:
    """The answer of each edition: the one that is given for it (`server_2026_04=...`), or what it follows."""
    answers: dict[str, Answer] = {}
    for name, edition in EDITIONS.items():
        followed = answers[edition.based_on] if edition.based_on else promised
        if edition.empty_error_bodies and followed.refuses:
            followed = empty_error(followed.status)
        answers[name] = given.pop(name.replace("-", "_"), followed)
    if given:
        raise TypeError(f"there is no edition for {', '.join(given)}")
    return answers


def rule(
    id: str,
    source: str,
    safety: Safety,
    documented: Answer | None = None,
    *,
    hint: str = "",
    edition_flag: str = "",
    since: str = "1.0",
    depends_on: tuple[str, ...] = (),
    **others: Answer,
) -> Callable[[Probe], Rule]:
    """Make a rule of a probe: its docstring is the statement, its name the name that handlers use.

    `documented` is what the documents promise, `others` what other editions answer, by their names with underscores.
    """
    answers = per_edition(documented or accepted(), **others)

    def make(probe: Probe) -> Rule:
        statement = " ".join((probe.__doc__ or "").split())
        return Rule(id, statement, source, answers, safety, probe, hint, edition_flag, since, depends_on)

    return make


class Catalogue(Mapping[str, Rule]):
    """All rules, by id, in the order of their ids."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules: dict[str, Rule] = {}
        for one in sorted(rules, key=lambda rule: rule.id):
            if one.id in self._rules:
                raise ValueError(f"two rules have the id {one.id}")
            self._rules[one.id] = one

    def __getitem__(self, id: str) -> Rule:
        return self._rules[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

"""A trial: one rule, one client, a stage to try it on, and the verdict in words that its author can act on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from textwrap import indent
from typing import Any, NamedTuple

from ..http import Request
from ..probes import DESTINATION, SOURCE
from ..redaction import MASK
from .client_driver import Adapter, ClientDriver, OperationResult, open_client
from .client_rule import ClientRule, ClientRuleBroken, Inconclusive
from .harness import Fake, Harness, HarnessFactory, SentRequest

_SHOWN = 12
"""How many requests a verdict shows."""
ENDED = "hangup"
"""The status of a call that has ended."""
Json = dict[str, Any]


class CheckContext:
    """What a rule's check works with."""

    def __init__(self, adapter: Adapter, stages: HarnessFactory) -> None:
        self.adapter = adapter
        self.sent: list[SentRequest] = []
        """What was sent on the stage that was opened last; a verdict shows it."""
        self.tokens: list[str] = []
        self._stages = stages

    @contextmanager
    def stage(self) -> Iterator[Harness]:
        """A stage with a fresh fake."""
        with self._stages.open(self.adapter.transport) as stage:
            self.sent = stage.sent
            self.tokens.append(stage.fake.super_admin.token)
            yield stage

    @contextmanager
    def client(self, stage: Harness) -> Iterator[ClientDriver]:
        """A client on a stage, a super-admin's."""
        with open_client(self.adapter, stage, stage.fake.super_admin.token) as client:
            yield client

    @contextmanager
    def new_client(self) -> Iterator[ClientDriver]:
        """A client on a stage of its own."""
        with self.stage() as stage, self.client(stage) as client:
            yield client

    def supports(self, operation: str) -> bool:
        """Whether the adapter has an operation."""
        return callable(getattr(self.adapter, operation, None))

    def classify_error(self, error: BaseException) -> object:
        """What a program can tell an error by. Raises Broken for what cannot be compared."""
        found = self.adapter.classify_error(error)
        try:
            hash(found)
        except TypeError:
            kind = type(found).__name__
            raise ClientRuleBroken(f"what(error) gave a {kind}, which has no hash: give a tuple of its parts") from None
        return found

    def run_all_operations(self, client: ClientDriver, *numbers: str) -> dict[str, OperationResult]:
        """What comes of each operation that the adapter has, on a record of its own with a call to each number."""
        fake = client.stage.fake
        placed = client.try_call("place", body(fake, *numbers))
        found = {"place": placed}
        if placed.error is None and fake.providercalls:
            for operation, arguments in self._others(list(fake.providercalls.values())[-1], placed.value):
                if self.supports(operation):
                    found[operation] = client.try_call(operation, *arguments)
        return found

    def _others(self, record: Any, placed: Any) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield "get_record", (record.id,)
        yield "list_records", ()
        if record.call_ids:
            yield "get_call", (record.call_ids[0],)
        yield "wait_until_done", (placed,)
        yield "delete_record", (record.id,)

    def require_tolerates(self, change: Callable[[Harness], object], *numbers: str) -> None:
        """Raise Broken for an operation that fails once `change` was made to the stage, and that does not before.

        One that fails before has a rule of its own that says so. Raises Unjudged when `place` is the one.
        """
        with self.new_client() as client:
            ordinary = self.run_all_operations(client, *numbers)
        if ordinary["place"].error is not None:
            raise Inconclusive(f"`place` {ordinary['place']}, even so; see CLIENT-SEND-01")
        with self.new_client() as client:
            change(client.stage)
            found = self.run_all_operations(client, *numbers)
        for operation, outcome in found.items():
            if outcome.error is not None and operation in ordinary and ordinary[operation].error is None:
                raise ClientRuleBroken(f"{operation} {outcome}") from outcome.error

    def require_waits(self) -> None:
        """Raise Unjudged when the client cannot even wait for a single ordinary call."""
        with self.new_client() as client:
            outcome = self.run_all_operations(client).get("wait_until_done")
            early = unfinished_ladders(client.stage.fake)
        if outcome is None:
            raise Inconclusive("nothing is placed; see CLIENT-SEND-01")
        if outcome.error is not None or early:
            raise Inconclusive(f"`wait_until_done` {outcome}, for an ordinary call; see CLIENT-STATE-01")

    def require_keeps_waiting(self, change: Callable[[Harness], object], what: str) -> None:
        """Raise Broken for a client that takes `what` for the end of a call: what it sees once `change` was made."""
        with self.new_client() as client:
            placed = client.call("place", body(client.stage.fake))
            change(client.stage)
            outcome = client.try_call("wait_until_done", placed)
            left = unfinished_ladders(client.stage.fake)
        if outcome.error is None and left:
            raise ClientRuleBroken(f"wait_until_done took {what} for the end of a call{left}")


def body(fake: Fake, *numbers: str) -> Json:
    """A body for POST /providercalls, with a call to each number."""
    destinations = [{"type": "tel", "target": number} for number in numbers] or [dict(DESTINATION)]
    return {"provider_id": fake.provider.id, "source": dict(SOURCE), "destinations": destinations}


def as_other_admin(fake: Fake, method: str, path: str, sent: Json | None = None) -> Json:
    """The answer to a super-admin who is somebody else than the client."""
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    content = b"" if sent is None else json.dumps(sent).encode()
    found: Json = fake.handle(Request(method, f"/v1.0{path}", headers, content)).json()
    return found


def unfinished_ladders(fake: Fake) -> str:
    """The ladders of the calls that have not ended."""
    return "".join(f"\n{fake.ladder(call)}" for call in fake.calls.values() if call.status != ENDED)


class ClientVerdict(NamedTuple):
    """Whether a client keeps a rule, None for not judged; and why, in full."""

    rule: ClientRule
    kept: bool | None
    why: str = ""


def run_check(adapter: Adapter, rule: ClientRule, stages: HarnessFactory) -> ClientVerdict:
    """Try a client for one rule. Raises Unmade when the client cannot be made, or not be closed."""
    trial = CheckContext(adapter, stages)
    missing = _missing(trial, rule)
    if missing:
        return ClientVerdict(rule, None, f"not judged: the adapter does not offer {missing}")
    try:
        rule.check(trial)
    except Inconclusive as why:
        return ClientVerdict(rule, None, _without(trial.tokens, f"not judged: {why}"))
    except ClientRuleBroken as why:
        return ClientVerdict(rule, False, _without(trial.tokens, _complaint(rule, str(why), trial.sent)))
    return ClientVerdict(rule, True)


def _missing(trial: CheckContext, rule: ClientRule) -> str:
    """The operations that a rule needs and that the adapter does not have."""
    missing = [operation for operation in rule.requires if not trial.supports(operation)]
    if rule.requires_any and not any(map(trial.supports, rule.requires_any)):
        missing.append(" or ".join(rule.requires_any))
    return ", ".join(missing)


def _complaint(rule: ClientRule, why: str, sent: list[SentRequest]) -> str:
    parts = {
        "what happened:": why,
        "what the client sent, last of all:": "\n".join(_told(sent)),
        "what to do:": rule.hint,
    }
    lines = [f"{rule.id}: {rule.statement}", f"  [{rule.source}]"]
    for title, text in parts.items():
        if text:
            lines += [title, indent(text, "  ")]
    return "\n".join(lines)


def _told(sent: list[SentRequest]) -> Iterator[str]:
    """Requests as lines: seconds since the first one that is shown, and the journal's page."""
    shown = sent[-_SHOWN:]
    if len(sent) > len(shown):
        yield f"({len(sent) - len(shown)} requests before these)"
    for one in shown:
        first, *rest = str(one.entry).splitlines()
        yield f"{one.at - shown[0].at:10.3f} s  {first}"
        yield from (f"{'':12}  {line}" for line in rest)


def _without(tokens: list[str], text: str) -> str:
    for token in tokens:
        text = text.replace(token, MASK)
    return text

"""Find the edition of a server: run each probe once, and compare the responses with every edition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..editions import EDITIONS, Edition
from ..http import Request, Response
from ..probes import ProbeUnavailable, connect_to
from ..rule import Rule, Safety
from ..rules import RULES
from ..target import Socket, Target, deleted_id_of, provider_host_of, time_of
from .check_report import CheckReport, Verdict, explained, in_running_order, verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run, checked against several editions: a report for each edition, and the exchanges for each rule."""

    reports: Mapping[str, CheckReport]
    exchanges: Mapping[str, tuple[tuple[Request, Response], ...]]

    @property
    def closest_editions(self) -> tuple[str, ...]:
        """The editions with the fewest broken rules: several if the rules that ran cannot distinguish them."""
        least = min(len(report.broken) for report in self.reports.values())
        return tuple(name for name, report in self.reports.items() if len(report.broken) == least)


def compare_editions(
    target: Target,
    allow: Safety = Safety.READ,
    rules: Iterable[Rule] = RULES.values(),
    *,
    named: Collection[str] = (),
    editions: Iterable[Edition] = tuple(EDITIONS.values()),
) -> Comparison:
    """Run each probe once, as `check` does, and compare the responses with every edition.

    A probe may send more requests for one edition than for another. If its requests differ between editions, it is
    inconclusive for the later one, because nothing is sent twice.
    """
    editions, rules = tuple(editions), list(rules)
    verdicts: dict[Rule, list[Verdict]] = {}
    exchanges = {}
    for rule in in_running_order(rules):
        recording = _Recording(target)
        found = [verdict(rule, _ReplayTarget(recording, edition), allow, named) for edition in editions]
        verdicts[rule] = explained(rule, found, target)
        exchanges[rule.id] = tuple(recording.exchanges)
    reports = {
        edition.name: CheckReport.from_verdicts(edition.name, (verdicts[rule][place] for rule in rules))
        for place, edition in enumerate(editions)
    }
    return Comparison(reports, exchanges)


@dataclass(slots=True)
class _Recording:
    """The operations of one rule's probe so far, with their results."""

    target: Target
    events: list[tuple[tuple[str, object], Any]] = field(default_factory=list)
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        response = self.target.send(request)
        self.exchanges.append((request, response))
        return response

    def record(self, operation: tuple[str, object], perform: Callable[[], Any]) -> None:
        try:
            self.events.append((operation, perform()))
        except ProbeUnavailable as error:
            self.events.append((operation, error))


class _ReplaySocket:
    """The WebSocket of a target that replays a recording."""

    def __init__(self, socket: Socket, replay: Callable[[tuple[str, object], Callable[[], Any]], Any]) -> None:
        self._socket = socket
        self._replay = replay

    @property
    def close_code(self) -> int | None:
        code: int | None = self._replay(("close_code", None), lambda: self._socket.close_code)
        return code

    def send(self, message: str | bytes, /) -> None:
        self._replay(("socket_send", message), lambda: self._socket.send(message))

    def received(self) -> list[str]:
        messages: list[str] = self._replay(("socket_received", None), self._socket.received)
        return messages

    @property
    def pings(self) -> int:
        count: int = self._replay(("socket_pings", None), lambda: self._socket.pings)
        return count

    def ignore_pings(self) -> None:
        self._replay(("socket_ignore_pings", None), self._socket.ignore_pings)

    def close(self) -> None:
        self._replay(("socket_close", None), self._socket.close)


class _ReplayTarget:
    """A target of one edition that replays a recording, and continues it on the real target."""

    def __init__(self, recording: _Recording, edition: Edition) -> None:
        self.edition = edition
        self.credentials = recording.target.credentials
        self.tokens = recording.target.tokens
        self.healthy_provider_id = recording.target.healthy_provider_id
        self.provider_host = provider_host_of(recording.target)
        self._recording = recording
        self._position = 0

    def send(self, request: Request, /) -> Response:
        response: Response = self._next(("send", request), lambda: self._recording.send(request))
        return response

    def connect(self, request: Request, /) -> _ReplaySocket | Response:
        opened = self._next(("connect", request), lambda: connect_to(self._recording.target, request))
        return opened if isinstance(opened, Response) else _ReplaySocket(opened, self._next)

    def drive_call(self, call_id: str, event: str, /) -> bool:
        return bool(
            self._next(("drive_call", (call_id, event)), lambda: self._recording.target.drive_call(call_id, event))
        )

    def advance(self, seconds: float, /) -> bool:
        return bool(self._next(("advance", seconds), lambda: self._recording.target.advance(seconds)))

    def now(self) -> float:
        return float(self._next(("now", None), lambda: time_of(self._recording.target)))

    def set_rate_limits(self, enabled: bool, /) -> bool:
        return bool(self._next(("set_rate_limits", enabled), lambda: self._recording.target.set_rate_limits(enabled)))

    def deleted_id(self, resource: str, /) -> str | None:
        return deleted_id_of(self._recording.target, resource)

    def _next(self, operation: tuple[str, object], perform: Callable[[], Any]) -> Any:
        if self._position == len(self._recording.events):
            self._recording.record(operation, perform)
        recorded, result = self._recording.events[self._position]
        self._position += 1
        if recorded != operation:
            raise ProbeUnavailable("the probe sends other requests for this edition, and nothing is sent twice")
        if isinstance(result, ProbeUnavailable):
            raise result
        return result

"""What a session did to the fake: the story under a failed test, the summary at the end, the report in a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from .fake_server.tally import Tally, report
from .guard import Guard

if TYPE_CHECKING:
    from .fake_server.core import FakeVoipbin

FAKE: Final[pytest.StashKey[FakeVoipbin]] = pytest.StashKey()
_TITLE: Final = "VoIPbin"
_HANDED_OVER: Final = "providercalls_tally"
_SHOWN: Final = 12


class RecordingPlugin:
    """Reads the journals of the session's fakes."""

    def __init__(self, guard: Guard | None, report: Path | None) -> None:
        self.tally = Tally()
        self._guard = guard
        self._report = report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        fake = item.stash.get(FAKE, None)
        if report.failed and fake is not None and fake.requests:
            report.sections.append((f"{_TITLE} (edition {fake.edition.name})", fake.story()))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        self.tally.blocked += [
            f"{attempt.target} from {attempt.where}, {attempt.during}" for attempt in self._attempts()
        ]
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            # Plain types: pytest-xdist's channel takes nothing else.
            output[_HANDED_OVER] = {
                name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self.tally).items()
            }
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        handed_over = getattr(node, "workeroutput", {}).get(_HANDED_OVER)
        if handed_over:
            self.tally.add(handed_over)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if self._report is not None:
            guard = self._guard.layers() if self._guard else []
            self._report.write_text(json.dumps(report(self.tally) | {"guard": guard}, indent=2) + "\n")
        if not (self.tally.tests or self.tally.blocked):
            return
        terminalreporter.section(_TITLE)
        for line in summary(self.tally, everything=config.get_verbosity() > 0):
            terminalreporter.write_line(line)
        if self._report is not None:
            terminalreporter.write_line(f"report written to {self._report}")

    def _attempts(self) -> list[Any]:
        return [] if self._guard is None else list(self._guard.attempts)


def summary(tally: Tally, everything: bool) -> list[str]:
    """The lines at the end of a session: what was placed, which rules were met, what was blocked."""
    lines = []
    if tally.tests:
        by = f"by {_counted(tally.requests, 'request')} of {_counted(tally.tests, 'test')}"
        lines.append(f"placed on the fake: {_counted(tally.calls, 'call')}, {by}; no phone rang")
        lines += _rules(tally, everything)
    lines += [f"advice ({count}x): {text}" for text, count in sorted(tally.advice.items())]
    lines.append(f"attempts to reach the real VoIPbin, blocked: {len(tally.blocked)}")
    return [*lines, *(f"  {attempt}" for attempt in tally.blocked)]


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _rules(tally: Tally, everything: bool) -> list[str]:
    from .contracts.rules import RULES

    ids: dict[str, list[str]] = {"never": [], "passed": [], "refused": [], "both": []}
    for id in RULES:
        ids[tally.met(id)].append(id)
    met = len(RULES) - len(ids["never"])
    refused = _named(sorted(ids["refused"] + ids["both"]), everything=True)
    return [
        f"rules met: {met} of {len(RULES)}; refused somewhere: {refused}",
        f"rules not met: {_named(ids['never'], everything)}",
    ]


def _named(ids: list[str], everything: bool) -> str:
    if not ids:
        return "none"
    if everything or len(ids) <= _SHOWN:
        return " ".join(ids)
    return f"{' '.join(ids[:_SHOWN])} and {len(ids) - _SHOWN} more (-v names them)"

"""The report of a run: a ladder of what each task or thread did, and the phones that were called twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from ..contracts.visible_text import visible_line
from ..exception_notes import add_text
from .recorder import Recorder
from .switch import format_schedule

RUNS: Final[ContextVar[list[Recorder] | None]] = ContextVar("RUNS", default=None)
"""Collects the records of all runs, for a caller that reports a failure itself."""


@contextmanager
def publish(run: Recorder) -> Iterator[None]:
    """Show the report of a run below a failure: Hypothesis prints it for the minimal example.

    Otherwise it is added to an exception of the block.
    """
    from hypothesis import currently_in_test_context, note

    runs = RUNS.get()
    try:
        yield
    except BaseException as error:
        if runs is None and not currently_in_test_context():
            add_text(error, str(Report(run)))
        raise
    finally:
        if runs is not None:
            runs.append(run)
        elif currently_in_test_context():
            note(Report(run))


class Report:
    """The report. Its text is created only if it is printed: most examples do not fail."""

    def __init__(self, run: Recorder) -> None:
        self._run = run

    def __repr__(self) -> str:
        run = self._run
        width = max((len(str(step.actor)) for step in run.steps), default=0)
        lines = [
            f"{step.at:10.3f} s  {step.actor!s:{width}}{' -> VoIPbin' if step.switch is None else '':11}  {step.text}"
            + (f", calls {', '.join(step.calls)}" if step.calls else "")
            for step in run.steps
        ]
        title = f"{format_schedule(run.switches)}: the requests of each {run.kind}"
        return "\n".join(map(visible_line, [title, *lines, *_called_twice(run)]))


def _called_twice(run: Recorder) -> Iterator[str]:
    callers: dict[str, list[str]] = {}
    for step in run.steps:
        for number in step.calls:
            callers.setdefault(number, []).append(str(step.actor))
    for number, actors in callers.items():
        if len(actors) > 1:
            yield f"{number} was called {len(actors)} times, by {' and '.join(dict.fromkeys(actors))}"

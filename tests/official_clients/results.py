"""The results of a client's steps, and their table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from .known import reason_for
from .world import World

Outcome = Literal["passed", "not modelled", "expected", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("passed", "not modelled", "expected", "failed")
NOT_MODELLED = 501


class Step(NamedTuple):
    """One thing that a client does. `run` returns what went wrong by the client's own account, or an empty string."""

    name: str
    run: Callable[[World], str]


class Result(NamedTuple):
    """The outcome of a step of a client in an edition, and its reason unless it passed."""

    client: str
    edition: str
    step: str
    outcome: Outcome
    reason: str = ""


def run_steps(client: str, steps: Iterable[Step], world: World) -> Iterator[Result]:
    """Run each step from the same state, and yield its result."""
    for step in steps:
        world.restore()
        error = step.run(world)
        statuses = world.statuses()
        refused = [status for status in statuses if status >= 400]
        if not error and refused:
            error = f"the client reports success, although it received {refused}"
        yield Result(client, world.edition, step.name, *_judge(client, step.name, world.edition, error, statuses))


def _judge(client: str, step: str, edition: str, error: str, statuses: list[int]) -> tuple[Outcome, str]:
    if NOT_MODELLED in statuses:
        return "not modelled", error
    known = reason_for(client, step, edition)
    if known and error:
        return "expected", known
    if known:
        return "failed", f"passes, although it is known to fail: {known}"
    return ("failed", f"{statuses}: {error}") if error else ("passed", "")


def table(results: Iterable[Result]) -> str:
    """Return the number of results per client and edition."""
    counts = Counter((one.client, one.edition, one.outcome) for one in results)
    lines = [f"{'client':14}{'edition':17}{'steps':>6}" + "".join(f"{outcome:>14}" for outcome in OUTCOMES)]
    for client, edition in sorted({(client, edition) for client, edition, _ in counts}):
        numbers = [counts[client, edition, outcome] for outcome in OUTCOMES]
        lines.append(f"{client:14}{edition:17}{sum(numbers):6}" + "".join(f"{number:14}" for number in numbers))
    return "\n".join(lines)

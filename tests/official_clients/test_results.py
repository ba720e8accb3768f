"""How the result of a client's step is decided, without a client."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from .known import reason_for
from .results import OUTCOMES, Result, Step, run_steps, table
from .world import World


class OneRequest:
    """A world in which each step sends one request, with these statuses in turn."""

    edition = "server-2026-08"

    def __init__(self, *statuses: int) -> None:
        self.left = list(statuses)

    def restore(self) -> None:
        pass

    def statuses(self) -> list[int]:
        return [self.left.pop(0)]


def outcome(step: str, error: str, status: int) -> str:
    run: Callable[[World], str] = lambda _: error  # noqa: E731
    [result] = run_steps("vn", [Step(step, run)], cast(World, OneRequest(status)))
    return result.outcome


@pytest.mark.parametrize(
    ("step", "error", "status", "expected"),
    [
        ("calls list", "", 200, "passed"),
        ("calls list", "HTTP 500", 500, "failed"),
        ("calls list", "", 404, "failed"),
        ("calls list", "it crashed", 200, "failed"),
        ("ais list", "HTTP 501", 501, "not modelled"),
        ("me", "HTTP 403", 403, "expected"),
        ("me", "", 200, "failed"),
    ],
)
def test_a_step_has_an_outcome(step: str, error: str, status: int, expected: str) -> None:
    assert outcome(step, error, status) == expected


def test_a_failure_can_be_known_for_some_editions_only() -> None:
    assert "customer admin" in reason_for("vn", "providers list", "server-2026-04")
    assert reason_for("vn", "providers list", "documented") == ""


def test_the_table_counts_the_results_of_each_client_and_edition() -> None:
    results = [Result("vn", "documented", str(index), outcome) for index, outcome in enumerate((*OUTCOMES, "passed"))]
    header, row = table(results).splitlines()
    assert header.split() == ["client", "edition", "steps", "passed", "not", "modelled", "expected", "failed"]
    assert row.split() == ["vn", "documented", "5", "2", "1", "1", "1"]

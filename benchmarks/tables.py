"""What was measured, as data: each benchmark gives tables, which are printed, or written into the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Table(NamedTuple):
    """Figures of one kind. The first column says what of; `note` how they were measured."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


class Goal(NamedTuple):
    """What a figure was meant to be at most, and what it is."""

    what: str
    limit: float
    figure: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.figure <= self.limit


class Found(NamedTuple):
    """What one benchmark found."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()


def compared(title: str, costs: dict[str, float], peer: str, note: str, unit: str = "us") -> Table:
    """The cost of each contender, and its ratio to a peer's."""
    rows = tuple((name, f"{cost:,.1f} {unit}", f"{cost / costs[peer]:.2f}") for name, cost in costs.items())
    return Table(title, ("", "median", f"times {peer}"), rows, note)


def show(found: Found) -> None:
    """Print what was found, for a terminal."""
    for table in found.tables:
        print(f"\n{table.title}: {table.note}")
        width = max(len(row[0]) for row in table.rows)
        for first, *others in (table.columns, *table.rows):
            print(f"  {first:<{width}}" + "".join(f"  {cell:>16}" for cell in others))
    for goal in found.goals:
        print(f"\n{goal.what}: {said(goal)}")


def said(goal: Goal) -> str:
    """Whether a goal was met, in words."""
    figures = f"{goal.figure:,.2f} {goal.unit}, the goal is at most {goal.limit:,.2f}"
    return f"{'met' if goal.met else 'MISSED'}: {figures}"


def markdown(tables: Iterable[Table]) -> str:
    """Tables, for the documentation."""
    return "\n\n".join(map(_markdown, tables))


def _markdown(table: Table) -> str:
    lines = [_row(table.columns), _row(("---", *("---:" for _ in table.columns[1:]))), *map(_row, table.rows)]
    return "\n".join([f"### {table.title}", "", f"{table.note[0].upper()}{table.note[1:]}.", "", *lines])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

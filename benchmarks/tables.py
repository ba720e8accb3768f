"""Results of benchmarks as data, which can be printed or written into the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Table(NamedTuple):
    """Figures of one benchmark. `note` describes how they were measured."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


class Goal(NamedTuple):
    """A figure and its upper limit."""

    name: str
    limit: float
    figure: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure <= self.limit


class Results(NamedTuple):
    """The results of one benchmark."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()


def compared(title: str, costs: dict[str, float], peer: str, note: str, unit: str = "us") -> Table:
    """Return a table of the cost of each contender and its ratio to a peer."""
    rows = tuple((name, f"{cost:,.1f} {unit}", f"{cost / costs[peer]:.2f}") for name, cost in costs.items())
    return Table(title, ("", "median", f"times {peer}"), rows, note)


def show(results: Results) -> None:
    """Print the results."""
    for table in results.tables:
        print(f"\n{table.title}: {table.note}")
        width = max(len(row[0]) for row in table.rows)
        for first, *others in (table.columns, *table.rows):
            print(f"  {first:<{width}}" + "".join(f"  {cell:>16}" for cell in others))
    for goal in results.goals:
        print(f"\n{goal.name}: {format_goal(goal)}")


def format_goal(goal: Goal) -> str:
    """Return whether a goal was met, with the figures."""
    figures = f"{goal.figure:,.2f} {goal.unit}, the goal is at most {goal.limit:,.2f}"
    return f"{'met' if goal.met else 'MISSED'}: {figures}"


def markdown(tables: Iterable[Table]) -> str:
    """Return tables as Markdown."""
    return "\n\n".join(map(_markdown, tables))


def _markdown(table: Table) -> str:
    lines = [_row(table.columns), _row(("---", *("---:" for _ in table.columns[1:]))), *map(_row, table.rows)]
    return "\n".join([f"### {table.title}", "", f"{table.note[0].upper()}{table.note[1:]}.", "", *lines])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""Print the table of results, and each result that is not `passed`: `python -m tests.official_clients [CLIENT ...]`."""

from __future__ import annotations

import sys

from pytest_providercalls.contracts.editions import EDITIONS

from .results import Result, table
from .runs import RUNS
from .sources import NotAvailable


def main(names: list[str]) -> int:
    """Run the named clients, or all, and return 1 if a result is unexpected."""
    results: list[Result] = []
    for name in names or RUNS:
        try:
            for edition in EDITIONS:
                results += RUNS[name](edition)
        except NotAvailable as reason:
            print(f"{name} is skipped: {reason}", file=sys.stderr)
    for result in results:
        if result.outcome != "passed":
            print(f"{result.outcome}: {result.client}, {result.edition}: {result.step}: {result.reason}")
    print(table(results))
    return int(any(result.outcome == "failed" for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

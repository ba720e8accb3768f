"""Generate the reference: `python docs/generate FOLDER` writes one file for each entry of PAGES."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from from_api import python
from from_catalogues import client_rules, editions, magic_numbers, operations, rules
from from_commands import command_line
from from_control import control
from from_plugin import fixtures, marker, options
from from_sources import sources
from from_strategies import strategies
from markdown import GENERATED, MAKE

PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "client-rules": client_rules,
    "command-line": command_line,
    "control": control,
    "editions": editions,
    "fixtures": fixtures,
    "magic-numbers": magic_numbers,
    "marker": marker,
    "operations": operations,
    "options": options,
    "python": python,
    "rules": rules,
    "sources": sources,
    "strategies": strategies,
}


def render(page: Callable[[], Iterator[str]]) -> str:
    """Return the text of a page, with one line that says that it is generated."""
    title, *rest = page()
    note = [] if any(MAKE in line for line in rest) else ["", GENERATED]
    return "\n".join([title, *note, *rest, ""])


if __name__ == "__main__":
    for name, page in PAGES.items():
        (Path(sys.argv[1]) / f"{name}.md").write_text(render(page), encoding="utf-8")

"""Make the reference: one page for each entry of PAGES, into the folder that is named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from from_api import python
from from_catalogues import client_rules, editions, numbers, rules
from from_commands import command_line
from from_control import control
from from_plugin import fixtures, marker, options
from from_sources import sources
from markdown import MADE

PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "client-rules": client_rules,
    "command-line": command_line,
    "control": control,
    "editions": editions,
    "fixtures": fixtures,
    "marker": marker,
    "numbers": numbers,
    "options": options,
    "python": python,
    "rules": rules,
    "sources": sources,
}


def made(make: Callable[[], Iterator[str]]) -> str:
    """A page, with the line below its title that says where it is from."""
    title, *rest = make()
    note = [] if MADE in rest else ["", MADE]
    return "\n".join([title, *note, *rest, ""])


if __name__ == "__main__":
    for name, make in PAGES.items():
        (Path(sys.argv[1]) / f"{name}.md").write_text(made(make), encoding="utf-8")

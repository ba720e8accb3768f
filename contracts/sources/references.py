"""What a source leads to: a section's title, and the public places where anybody can verify it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REPOSITORY = "https://github.com/voipbin/monorepo"
"""The servers' code and the text of VoIPbin's documentation, under the MIT licence."""
APRIL = "c0e9601a3c931e75363767fdc2507b4b55f52df7"
AUGUST = "2bf22fa4e87d077a69442aa02f74b0c18e2915dd"
COMMITS: Mapping[str, str] = {APRIL: "April 2026", AUGUST: "August 2026"}
"""The commits at which files were read, and when they were made: of 22 April and of 22 August 2026."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the repository at one of the commits; `lines`, such as `13-27`, are the ones to look at."""

    path: str
    lines: str = ""
    commit: str = AUGUST

    @property
    def name(self) -> str:
        at = f":{self.lines}" if self.lines else ""
        return f"{self.path}{at}, {COMMITS[self.commit]}"

    @property
    def url(self) -> str:
        at = f"#L{self.lines.replace('-', '-L')}" if self.lines else ""
        return f"{REPOSITORY}/blob/{self.commit}/{self.path}{at}"


@dataclass(frozen=True, slots=True)
class Page:
    """Something else with an address: a page of documentation, an RFC, a file of a library at its version."""

    name: str
    url: str


Reference = File | Page


@dataclass(frozen=True, slots=True)
class Section:
    """What rules cite: what it is about, and where that can be read."""

    title: str
    references: tuple[Reference, ...]

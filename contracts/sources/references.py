"""Cited sections, and their references to public files and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REPOSITORY = "https://github.com/voipbin/monorepo"
"""The servers' code and the text of VoIPbin's documentation, under the MIT licence."""
APRIL = "c0e9601a3c931e75363767fdc2507b4b55f52df7"
AUGUST = "2bf22fa4e87d077a69442aa02f74b0c18e2915dd"
COMMITS: Mapping[str, str] = {APRIL: "April 2026", AUGUST: "August 2026"}
"""The commits at which the files were read, with their dates: 22 April and 22 August 2026."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the repository at one of the commits; `lines` is the relevant range, such as `13-27`."""

    path: str
    lines: str = ""
    commit: str = AUGUST

    @property
    def name(self) -> str:
        at = f":{self.lines}" if self.lines else ""
        return f"{self.path}{at}, {COMMITS[self.commit]}"

    @property
    def is_code(self) -> bool:
        """Whether it is source code; otherwise it is documentation."""
        return not self.path.endswith(".rst")

    @property
    def url(self) -> str:
        at = f"#L{self.lines.replace('-', '-L')}" if self.lines else ""
        return f"{REPOSITORY}/blob/{self.commit}/{self.path}{at}"


@dataclass(frozen=True, slots=True)
class Page:
    """Any other page: documentation, an RFC, or a file of a library at one version."""

    name: str
    url: str

    @property
    def is_code(self) -> bool:
        """Whether it is source code or a Go package that the servers use; otherwise it is documentation."""
        return "/blob/" in self.url or self.url.startswith("https://pkg.go.dev/")


Reference = File | Page


@dataclass(frozen=True, slots=True)
class Section:
    """A section that rules cite: its title, and the references that verify it."""

    title: str
    references: tuple[Reference, ...]

"""The sources of the rules: for each section that a rule cites, the public pages and files that verify it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from . import accounts, calls, flows, gateway, pages, providers
from .references import COMMITS, REPOSITORY, File, Page, Reference, Section

__all__ = ["COMMITS", "REPOSITORY", "SECTIONS", "Citation", "File", "Page", "Reference", "Section", "parse_citations"]

SECTIONS: Mapping[str, Section] = {
    **pages.SECTIONS,
    **gateway.SECTIONS,
    **providers.SECTIONS,
    **calls.SECTIONS,
    **flows.SECTIONS,
    **accounts.SECTIONS,
}
"""The sections by the name used in a rule's `source`."""


class Citation(NamedTuple):
    """One section cited by a rule's source; `remark` names the part or the purpose."""

    name: str
    remark: str
    section: Section


def parse_citations(source: str) -> Iterator[Citation]:
    """Parse a rule's `source`: sections separated by semicolons, each with an optional remark in brackets.

    Raises KeyError if a section is unknown.
    """
    for one in source.split("; "):
        name, _, remark = one.removesuffix(")").partition(" (")
        yield Citation(name, remark, SECTIONS[name])

"""Where the rules are from: for each section that a rule cites, the public places where it can be verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from . import calls, flows, gateway, pages, providers
from .references import COMMITS, REPOSITORY, File, Page, Reference, Section

__all__ = ["COMMITS", "REPOSITORY", "SECTIONS", "Citation", "File", "Page", "Reference", "Section", "parse_citations"]

SECTIONS: Mapping[str, Section] = {
    **pages.SECTIONS,
    **gateway.SECTIONS,
    **providers.SECTIONS,
    **calls.SECTIONS,
    **flows.SECTIONS,
}
"""Every section by the name that a rule's `source` calls it."""


class Citation(NamedTuple):
    """One section that a rule's source names; `remark` says which part of it, or what for."""

    name: str
    remark: str
    section: Section


def parse_citations(source: str) -> Iterator[Citation]:
    """What a rule's `source` names: semicolons stand between the sections, and a remark in brackets may follow each.

    Raises KeyError for a section that is not there.
    """
    for one in source.split("; "):
        name, _, remark = one.removesuffix(")").partition(" (")
        yield Citation(name, remark, SECTIONS[name])

"""The rule ledger: how each rule is known in each edition. Was it run on a server, read in its source, or documented?

A rule is `run` only as long as it is the same rule: if its fingerprint changes, it is `read` again until its probe has
been run on a server once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..editions import EDITIONS, get_edition
from ..rule import Rule
from .fingerprint import fingerprint
from .server_run import Basis, Result, ServerRun, published_runs

if TYPE_CHECKING:
    from ..sources import Citation

__all__ = ["Basis", "Entry", "Result", "ServerRun", "entries", "entry", "published_runs", "summary", "without_run"]

_COMMIT_LENGTH = 9


@dataclass(frozen=True, slots=True)
class Entry:
    """How a rule is known in an edition.

    A `run` has a date, and a commit if it is known. Otherwise `sections` names the cited sections that state the rule,
    and `remark` says why the rule is not `run`, if a run included it.
    """

    basis: Basis
    date: str = ""
    commit: str = ""
    sections: tuple[str, ...] = ()
    remark: str = ""

    def __str__(self) -> str:
        if self.basis is Basis.RUN:
            commit = f", commit {self.commit[:_COMMIT_LENGTH]}" if self.commit else ""
            return f"run on {self.date}{commit}"
        word = "read in" if self.basis is Basis.READ else "documents:"
        where = f"{word} {', '.join(self.sections)}"
        return f"{where} ({self.remark})" if self.remark else where


def entries(rule: Rule) -> Mapping[str, Entry]:
    """Return the ledger's entry of a rule for each edition."""
    return {edition: entry(rule, edition) for edition in EDITIONS}


def entry(rule: Rule, edition: str) -> Entry:
    """Return the ledger's entry of a rule for an edition.

    It is `run` if the rule, as it is now, passed in a run and did not fail in a newer one.
    """
    remark = ""
    for run, result in _results(rule, edition):
        if result.fingerprint != fingerprint(rule, EDITIONS[edition]):
            remark = remark or f"changed since the run of {run.date}"
        elif result.basis is Basis.RUN:
            return Entry(Basis.RUN, run.date, run.commit)
        else:
            remark = remark or f"on {run.date}, {result}"
            if result.outcome == "failed":
                break
    return without_run(rule, edition, remark)


def _results(rule: Rule, edition: str) -> Iterator[tuple[ServerRun, Result]]:
    for run in published_runs():
        if run.edition == edition and rule.id in run.results:
            yield run, run.results[rule.id]


def without_run(rule: Rule, edition: str, remark: str = "") -> Entry:
    """Return the entry of a rule that was not run: `read` or `documents`, depending on the sections that it cites.

    The documents come first for the edition that they describe, the source code for a server. A server whose answer
    no document gives was read, even if the rule cites documents only.
    """
    from ..sources import parse_citations  # large, and needed for reports only

    cited = list(parse_citations(rule.source))
    documents = [one.name for one in cited if _has_reference(one, is_code=False)]
    code = [one.name for one in cited if _has_reference(one, is_code=True)]
    if not EDITIONS[edition].based_on:
        basis = Basis.DOCUMENTS if documents else Basis.READ
    else:
        basis = Basis.READ if code or not _same_claim(rule, edition, EDITIONS[edition].based_on) else Basis.DOCUMENTS
    sections = documents if basis is Basis.DOCUMENTS else code or documents
    return Entry(basis, sections=tuple(dict.fromkeys(sections)), remark=remark)


def _has_reference(citation: Citation, *, is_code: bool) -> bool:
    return any(one.is_code is is_code for one in citation.section.references)


def _same_claim(rule: Rule, edition: str, other: str) -> bool:
    """Whether a rule has the same answer and the same flags in two editions, so that a run in one covers both."""
    return fingerprint(rule, EDITIONS[edition]) == fingerprint(rule, EDITIONS[other])


def summary(rule: Rule, edition: str) -> str:
    """Return in a few words how a rule is known in an edition.

    The edition of the documents has not been run. Its summary says whether the newest servers do the same, and how
    that is known.
    """
    found = entry(rule, edition)
    if found.basis is Basis.RUN:
        return f"run on {edition}, {found.date}"
    if EDITIONS[edition].based_on:
        return f"read in the source of {edition}" if found.basis is Basis.READ else found.basis.value
    deployed = get_edition("deployed").name
    return summary(rule, deployed) if _same_claim(rule, edition, deployed) else f"{deployed} differs"

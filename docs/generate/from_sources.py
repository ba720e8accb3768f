"""Where the rules are from: each section that they cite, who cites it, and where it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from markdown import code
from pytest_providercalls.contracts import CLIENT_RULES, RULES
from pytest_providercalls.contracts.sources import COMMITS, REPOSITORY, SECTIONS, parse_citations


def sources() -> Iterator[str]:
    """A heading for each section that a rule's source names."""
    yield from ("# Sources", "")
    yield "Each [rule](rules.md), and each [rule for clients](client-rules.md), names what it is taken from:"
    yield "sections of VoIPbin's tutorial, of RFCs, and of notes on the servers' code (`gateway.md`, `providers.md`,"
    yield "`calls.md`, `flows.md`). The notes are not published; what they were made from is. Below each section stand"
    yield "the files and pages where anybody can verify it, and the rules that cite it. `providercalls rules PC-PRE-04`"
    yield "tells the same of one rule."
    yield ""
    commits = " and ".join(f"[{day}]({REPOSITORY}/tree/{commit})" for commit, day in COMMITS.items())
    yield f"Files are those of [voipbin/monorepo]({REPOSITORY}), as they were in {commits}: the editions"
    yield "`server-2026-04` and `server-2026-08`. Where no line of April's is named, the notes found the same there,"
    yield "but with errors that are bare statuses ([gateway.md 4.1](#gatewaymd-41)), or nothing of the kind."
    for name, section in SECTIONS.items():
        yield from ("", f"## {name}", "", f"{section.title}.", "")
        yield from (f"* [{place.name}]({place.url})" for place in section.references)
        yield from ("", f"Cited by {', '.join(map(code, _citing(name)))}.")


def _citing(name: str) -> Iterator[str]:
    for rule in chain(RULES.values(), CLIENT_RULES.values()):
        if name in (one.name for one in parse_citations(rule.source)):
            yield rule.id

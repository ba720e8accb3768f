"""The page about sources: each section that rules cite, the rules that cite it, and where to read it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from markdown import code
from pytest_providercalls.contracts import CLIENT_RULES, RULES
from pytest_providercalls.contracts.sources import COMMITS, REPOSITORY, SECTIONS, parse_citations


def sources() -> Iterator[str]:
    """Yield a heading for each section that a rule cites."""
    yield from ("# Sources", "")
    yield "Each [rule](rules.md) and each [client rule](client-rules.md) names its source: a section of VoIPbin's"
    yield "tutorial, of an RFC, or of notes on the servers' code (`gateway.md`, `providers.md`, `calls.md`,"
    yield "`flows.md`, `accounts.md`). The notes are not published, but the files and pages behind them are. This page"
    yield "lists, for each section, the files and pages where you can verify it, and the rules that cite it."
    yield "`providercalls rules PC-PRE-04` shows the same for one rule."
    yield ""
    commits = " and ".join(f"[{day}]({REPOSITORY}/tree/{commit})" for commit, day in COMMITS.items())
    yield f"Files are those of [voipbin/monorepo]({REPOSITORY}) in {commits}: the editions"
    yield "`server-2026-04` and `server-2026-08`. If no lines of April are listed, the code of April either was the"
    yield "same, except for errors without a body ([gateway.md 4.1](#gatewaymd-41)), or had nothing of this kind."
    for name, section in SECTIONS.items():
        yield from ("", f"## {name}", "", f"{section.title}.", "")
        yield from (f"* [{reference.name}]({reference.url})" for reference in section.references)
        yield from ("", f"Cited by {', '.join(map(code, _citing(name)))}.")


def _citing(name: str) -> Iterator[str]:
    for rule in chain(RULES.values(), CLIENT_RULES.values()):
        if name in (one.name for one in parse_citations(rule.source)):
            yield rule.id

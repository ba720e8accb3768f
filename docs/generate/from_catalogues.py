"""What is data: the rules, the rules for clients, the editions, the numbers that choose an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from markdown import code, table
from pytest_providercalls.contracts import CLIENT_RULES, EDITIONS, Edition
from pytest_providercalls.contracts.editions import ALIASES
from pytest_providercalls.fake_server.calls.carriers import MAGIC_NUMBERS
from sources import attribute_docs

from pytest_providercalls.cli.rules import as_markdown


def rules() -> Iterator[str]:
    """What `providercalls rules` prints."""
    yield from as_markdown()


def client_rules() -> Iterator[str]:
    """What `ClientConformance` holds a client to."""
    yield f"# The rules for clients: {len(CLIENT_RULES)}"
    yield from ("", "[The conformance suite](../how-to/conformance.md) has a test for each; as data they are")
    yield from ("`contracts.CLIENT_RULES`. Where each source can be read: [sources](sources.md).", "")
    rows = [(code(one.id), one.statement, _needs(one), one.hint, one.source) for one in CLIENT_RULES.values()]
    yield from table(["rule", "a client that keeps it", "needs", "what to do", "source"], rows)


def _needs(rule: Any) -> str:
    needs = [code(name) for name in rule.needs]
    either = " or ".join(code(name) for name in rule.one_of)
    return ", ".join([*needs, either] if either else needs)


def editions() -> Iterator[str]:
    """Each point where they behave differently; what they refuse stands with the rules."""
    yield from ("# Editions", "")
    aliases = {name: f", also called `{alias}`" for alias, name in ALIASES.items()}
    for edition in EDITIONS.values():
        yield f"* `{edition.name}`{aliases.get(edition.name, '')}: {edition.description}"
    yield from ("", "What an edition refuses, and how, stands with each [rule](rules.md). How it behaves besides:", "")
    docs = attribute_docs(Edition)
    points = [one.name for one in fields(Edition) if one.name not in ("name", "about")]
    rows = [
        (code(name), docs.get(name, ""), *(_decided(getattr(one, name)) for one in EDITIONS.values()))
        for name in points
    ]
    yield from table(["point", "means", *EDITIONS], rows)


def _decided(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(map(code, sorted(value))) or "none"
    return code(str(value))


def numbers() -> Iterator[str]:
    """The destinations whose last digits choose what becomes of the call."""
    yield from ("# Numbers that choose what becomes of a call", "")
    yield "Where a test has no script for the carrier the dialled number decides, for clients in any language."
    yield "In place of `202` stands any area code; every other number answers. All are reserved for fiction."
    yield ""
    yield from table(
        ["number", "the call"], [(code(f"+120255501{digits}"), says) for digits, (says, _) in MAGIC_NUMBERS.items()]
    )

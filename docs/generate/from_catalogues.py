"""Pages about data: the rules, the client rules, the editions, the magic numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from markdown import code, table
from pytest_providercalls.contracts import CLIENT_RULES, EDITIONS, Edition
from pytest_providercalls.contracts.editions import ALIASES
from pytest_providercalls.contracts.operations.api_operations import PREFIX, api_operations
from pytest_providercalls.contracts.operations.table import OPERATIONS
from pytest_providercalls.fake_server.calls.carriers import MAGIC_NUMBERS
from sources import attribute_docs

from pytest_providercalls.cli.rules import as_markdown


def rules() -> Iterator[str]:
    """Yield the output of `providercalls rules`."""
    yield from as_markdown()


def client_rules() -> Iterator[str]:
    """Yield the rules that `ClientConformance` checks."""
    yield f"# Client rules: {len(CLIENT_RULES)}"
    yield from (
        "",
        "[The conformance suite](../how-to/conformance.md) contains one test per rule. As data, the rules are in",
    )
    yield from ("`contracts.CLIENT_RULES`. [Sources](sources.md) lists where you can read each source.", "")
    rows = [
        (code(one.id), one.statement, _required_operations(one), one.hint, one.source) for one in CLIENT_RULES.values()
    ]
    yield from table(["rule", "statement", "requires", "hint", "source"], rows)


def _required_operations(rule: Any) -> str:
    all_of = [code(name) for name in rule.requires]
    any_of = " or ".join(code(name) for name in rule.requires_any)
    return ", ".join([*all_of, any_of] if any_of else all_of)


def editions() -> Iterator[str]:
    """Yield the editions and their flags. Their answers are on the page of the rules."""
    yield from ("# Editions", "")
    aliases = {name: f", also called `{alias}`" for alias, name in ALIASES.items()}
    for edition in EDITIONS.values():
        yield f"* `{edition.name}`{aliases.get(edition.name, '')}: {edition.description}"
    yield from (
        "",
        "Each [rule](rules.md) lists its answer in each edition. All other differences are edition flags:",
        "",
    )
    docs = attribute_docs(Edition)
    flags = [one.name for one in fields(Edition) if one.name not in ("name", "description")]
    rows = [
        (code(name), docs.get(name, ""), *(_flag_value(getattr(one, name)) for one in EDITIONS.values()))
        for name in flags
    ]
    yield from table(["flag", "meaning", *EDITIONS], rows)


def _flag_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(map(code, sorted(value))) or "none"
    return code(str(value))


def operations() -> Iterator[str]:
    """Yield all operations of the API, and which of them the fake models."""
    modelled = {one.name.replace(PREFIX, "") for one in OPERATIONS}
    known = api_operations()
    servers = [edition for edition in EDITIONS.values() if edition.based_on]
    counts = " and ".join(f"{sum(one.is_in(server) for one in known)} in `{server.name}`" for server in servers)
    yield from (f"# Operations: {len(known)}", "")
    yield f"VoIPbin's API has {counts}. Paths are below `{PREFIX}`. The fake models those that are marked *yes*."
    yield "All others return 501 and fail the test that used them. Any other path returns 404, as on VoIPbin."
    yield ""
    rows = [
        (
            code(one.name),
            one.purpose,
            ", ".join(server.name for server in servers if one.is_in(server)),
            "yes" if one.name in modelled else "",
        )
        for one in known
    ]
    yield from table(["operation", "purpose", "editions", "modelled"], rows)


def magic_numbers() -> Iterator[str]:
    """Yield the destinations whose last digits select the outcome of a call."""
    yield from ("# Magic numbers", "")
    yield "If a carrier has no script, the dialled number selects the outcome of the call, for clients in any language."
    yield "Any area code works instead of `202`. All other numbers answer. All of them are reserved for fiction."
    yield ""
    yield from table(
        ["number", "outcome"],
        [(code(f"+120255501{digits}"), description) for digits, (description, _) in MAGIC_NUMBERS.items()],
    )

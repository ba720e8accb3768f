"""Helpers that write Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MAKE = "`make reference`"
GENERATED = f"This page is generated from the code. Do not edit it; run {MAKE}."


def cell(text: str) -> str:
    """Return the text as one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return the text as code, or an empty string."""
    return f"`{text}`" if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    for line in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(map(cell, line))} |"


def sentence(text: str) -> str:
    """Return a help text as a sentence."""
    return text[:1].upper() + text[1:].removesuffix(".") + "." if text else ""


def items(descriptions: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of a list: each name as code, with its description."""
    for name, description in descriptions:
        text = " ".join(description.split())
        yield f"* `{name}`: {text}" if text else f"* `{name}`"

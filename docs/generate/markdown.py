"""Markdown, as far as the pages need it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

MADE = "This page is made from the code; do not edit it, run `make reference`."


def cell(text: str) -> str:
    """A text for one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """A text as code, or nothing where there is none."""
    return f"`{text}`" if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table."""
    for line in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(map(cell, line))} |"


def sentence(text: str) -> str:
    """A help text, written like a sentence."""
    return text[:1].upper() + text[1:].removesuffix(".") + "." if text else ""


def items(heads: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The lines of a list: each thing as code, and what is said of it."""
    for head, says in heads:
        said = " ".join(says.split())
        yield f"* `{head}`: {said}" if said else f"* `{head}`"

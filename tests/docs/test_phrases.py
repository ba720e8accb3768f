"""Code, docs and messages are in plain English: no file contains a phrase from the list below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUFFIXES = {".css", ".html", ".js", ".md", ".py", ".yaml"}
FOLDERS = ("contracts", "fake_server", "pytest_providercalls", "docs", "examples", "benchmarks")
FILES = (
    *("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md", "tests/README.md"),
    *("Makefile", "noxfile.py"),
)
PHRASES = {
    r"\breads? over\b": "ignores",
    r"\bin silence\b": "silently",
    r"\bfar side\b": "callee, carrier or remote party",
    r"\bmoved by hand\b": "driven by the test",
    r"\bbec(?:o|a)mes? of\b": "outcome",
    r"\baskers?\b": "principal",
    r"\bfor want of\b": "without",
    r"\bunless told\b": "by default",
    r"\bmischiefs?\b": "webhook fault",
    r"\bat the (?:most|least)\b": "at most, at least",
    r"\ball the same\b": "anyway",
    r"\bas ever\b": "as before",
    r"\bin the place of\b": "instead of",
    r"\bfor ever\b": "indefinitely",
    r"\bthe wall\b(?! clock)": "the wall clock",
    r"\bmend(?:ed|s|ing)?\b": "fix",
    r"\bgo(?:es)? by the\b": "uses the",
    r"\bdoes not do\b": "is not accepted",
    r"\bwhoever\b": "name the actor",
    r"\bmeanwhile\b": "while ...",
    r"\bbesides\b": "also",
    r"\bby (?:its|their) looks\b": "by pattern",
    r"\btells? (?:all|of)\b": "shows",
    r"\bwho may ask\b": "credentials",
    r"\bplanted\b": "seeded",
    r"\b(?-i:it is none)\b": "it is not a ...",
    r"\bis no (?:JSON|UUID|text|object|address)\b": "is not",
    r"\bwhat to do:": "hint:",
    r"\btime-outs?\b": "timeout",
    r"\bcan not\b": "cannot",
    r"\bto and fro\b": "name both actions",
}
"""Each phrase, as a regular expression, with a replacement."""
ALLOWED = {
    ("CHANGELOG.md", "`Mischief(s)` →"): "an earlier name",
    ("CHANGELOG.md", "`mischief` →"): "an earlier name",
    ("CHANGELOG.md", "`asker` →"): "an earlier name",
    ("CHANGELOG.md", "`Planted`, "): "an earlier name",
}
"""Lines that may contain a phrase: the file, a part of the line, and the reason."""
_ANY = re.compile("|".join(f"({phrase})" for phrase in PHRASES), re.IGNORECASE)


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                yield path
    yield from (ROOT / name for name in FILES if (ROOT / name).exists())


def occurrences(path: Path) -> Iterator[str]:
    name = str(path.relative_to(ROOT))
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if any(file == name and text in line for file, text in ALLOWED):
            continue
        for match in _ANY.finditer(line):
            advice = list(PHRASES.values())[(match.lastindex or 1) - 1]
            yield f"{name}:{number}: {match[0]!r}; better: {advice}"


def test_no_file_contains_a_phrase_of_the_list() -> None:
    phrases = [line for path in files() for line in occurrences(path)]
    assert phrases == [], f"{len(phrases)} phrases:\n" + "\n".join(phrases)


@pytest.mark.parametrize("text", ["An unknown field is read over.", "healthy unless told", "The far side answers."])
def test_a_phrase_is_found(text: str) -> None:
    assert _ANY.search(text)


def test_every_exception_is_needed() -> None:
    for name, text in ALLOWED:
        lines = (ROOT / name).read_text("utf-8").splitlines()
        assert any(text in line and _ANY.search(line) for line in lines), f"{name}: {text!r}"

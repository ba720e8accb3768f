"""Parts of the HTML page that summarise a session: the outcomes of its tests, and the legend of the bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .html_elements import Element, element

BAR_PARTS: Final[Mapping[str, str]] = {
    "both": "passed and refused",
    "refused": "refused only",
    "passed": "passed only",
    "untested": "passed only, refusal not tested",
    "uncovered": "not covered",
}
"""The label of each part of a bar, in the order of the parts."""


def outcomes_tile(outcomes: Mapping[str, int]) -> tuple[str, str, str, str]:
    """Return the tile with the number of tests that passed, and of those with each other outcome."""
    passed, total = outcomes.get("passed", 0), sum(outcomes.values())
    others = [f"{count} {outcome}" for outcome, count in sorted(outcomes.items()) if outcome != "passed"]
    more = f"of {total} with a fake" + (f"; {', '.join(others)}" if others else "")
    mood = "bad" if outcomes.get("failed") else "good" if passed else "plain"
    return "Tests passed", f"{passed}", more, mood


def legend() -> Element:
    """Return the legend of the bars."""
    swatch = "\u25a0"
    entries = [
        element("li", element("span", swatch, class_=f"swatch {name}", aria_hidden="true"), f" {label}")
        for name, label in BAR_PARTS.items()
    ]
    return element("ul", *entries, class_="legend", aria_label="Legend of the bars")

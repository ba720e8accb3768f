"""An SVG of terminal text, which follows the light or dark scheme of the reader's system."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

_LINE, _WIDTH, _MARGIN = 20, 7.83, 16
_STYLE = """
text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1b1f24; white-space: pre; }
rect { fill: #f6f8fa; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } rect { fill: #161b22; } }
"""


def terminal_svg(text: str) -> str:
    """Return the text as an SVG."""
    lines = text.splitlines()
    width = max(map(len, lines)) * _WIDTH + 2 * _MARGIN
    height = len(lines) * _LINE + 2 * _MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">'
    # The reader's font may be wider than ours, so each line sets its own width.
    return "\n".join(
        [head, f"<style>{_STYLE}</style>", '<rect width="100%" height="100%" rx="6"/>', *_rows(lines), "</svg>\n"]
    )


def _rows(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line.strip():
            at = f'x="{_MARGIN}" y="{_MARGIN + (number + 0.7) * _LINE:.0f}"'
            yield f'<text {at} textLength="{len(line) * _WIDTH:.1f}" xml:space="preserve">{escape(line)}</text>'

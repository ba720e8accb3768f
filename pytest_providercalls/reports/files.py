"""Report files: JSON or an HTML page, depending on the file name's ending."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

ENDINGS = (".json", ".html")


def write(paths: Collection[Path], data: dict[str, Any], suite: str) -> dict[Path, str]:
    """Write the report to each path; return an error message for each path that failed.

    `suite` is the name of the tested project.
    """
    failed = {}
    for path in paths:
        text = _page(data, suite) if path.name.endswith(".html") else _json(data)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", "backslashreplace")
        except OSError as error:
            failed[path] = f"cannot write the report to {path}: {error.strerror}"
    return failed


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def _page(data: dict[str, Any], suite: str) -> str:
    from .html import page

    return page(data, suite)

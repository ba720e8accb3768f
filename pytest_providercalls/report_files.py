"""The report in files: JSON or a page, as each file's name ends."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

ENDINGS = (".json", ".html")


def write(paths: Collection[Path], data: dict[str, Any], suite: str) -> None:
    """Write the report's data to each path. `suite` is the name of what was tested."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_page(data, suite) if path.suffix == ".html" else _json(data), "utf-8", "backslashreplace")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2) + "\n"


def _page(data: dict[str, Any], suite: str) -> str:
    from .html import page

    return page(data, suite)

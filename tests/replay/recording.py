"""The recorded exchanges: requests to running builds of the servers, and their responses.

`README.md` describes the format.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
EDITIONS = ("server-2026-04", "server-2026-08")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded exchange."""

    number: int
    group: str
    method: str
    path: str
    principal: str | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    capture: Mapping[str, str]
    settle: float
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: str


def recordings() -> tuple[str, ...]:
    """Return the names of all recordings: the edition and the subject."""
    return tuple(sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz")))


def edition_of(name: str) -> str:
    """Return the edition of the server that a recording is of."""
    return next(edition for edition in EDITIONS if name.startswith(edition))


def load(name: str) -> list[Recorded]:
    """Return the exchanges of a recording."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_recorded(json.loads(line)) for line in lines]


def _recorded(line: Mapping[str, Any]) -> Recorded:
    response = line["response"]
    return Recorded(
        number=line["n"],
        group=line["group"],
        method=line["method"],
        path=line["path"],
        principal=line["as"],
        headers=tuple((name, value) for name, value in line["headers"]),
        body=_bytes(line["body"], latin1=line.get("body_latin1", False)),
        capture=line.get("capture") or {},
        settle=line.get("settle") or 0,
        status=response["status"],
        response_headers=tuple((name, value) for name, value in response["headers"]),
        response_body=response["body"],
    )


def _bytes(text: str | None, *, latin1: bool) -> bytes:
    if text is None:
        return b""
    return text.encode("latin-1") if latin1 else text.encode("utf-8", "surrogatepass")

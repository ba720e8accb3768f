"""Findings of the fuzzers: the input bytes and the traceback, one for each failing line."""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(".fuzz")
"""The folder of corpora and findings, below the working directory; git ignores it."""
Target = Callable[[bytes], object]


class Findings:
    """A target that never raises. Each new failure is stored with the input that caused it."""

    def __init__(self, name: str, target: Target) -> None:
        self.executions = 0
        self.seen: Counter[str] = Counter()
        self._target = target
        self._folder = ROOT / "findings" / name

    def run(self, data: bytes) -> None:
        """Run the target on the bytes."""
        self.executions += 1
        try:
            self._target(data)
        except Exception as error:
            key = _key(error)
            self.seen[key] += 1
            if self.seen[key] == 1:
                self._keep(key, data)

    def _keep(self, key: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:12]
        (self._folder / name).write_bytes(data)
        (self._folder / f"{name}.txt").write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        print(f"FOUND {self._folder / name}: {key}", file=sys.stderr, flush=True)


def _key(error: Exception) -> str:
    """Return the line and the message of an error, without numbers and ids."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    text = re.sub("[0-9a-f]{2,}|[0-9]|'[^']*'", "#", str(error)[:300])[:60]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}: {text!a}"

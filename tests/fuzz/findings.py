"""What fuzzing finds, kept apart by where it went wrong: the bytes, and the traceback."""

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
"""Where corpora and findings go, below the present directory; git does not look there."""
Target = Callable[[bytes], object]


class Findings:
    """A target that never raises. Each failure that is new is written down with the bytes that led to it."""

    def __init__(self, name: str, target: Target) -> None:
        self.executions = 0
        self.seen: Counter[str] = Counter()
        self._target = target
        self._folder = ROOT / "findings" / name

    def run(self, data: bytes) -> None:
        """Run the target on some bytes."""
        self.executions += 1
        try:
            self._target(data)
        except Exception as why:
            key = _key(why)
            self.seen[key] += 1
            if self.seen[key] == 1:
                self._keep(key, data)

    def _keep(self, key: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:12]
        (self._folder / name).write_bytes(data)
        (self._folder / f"{name}.txt").write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
        print(f"FOUND {self._folder / name}: {key}", file=sys.stderr, flush=True)


def _key(why: Exception) -> str:
    """Where and how something went wrong, whatever numbers and ids were in it."""
    frame = traceback.extract_tb(why.__traceback__)[-1]
    text = re.sub("[0-9a-f]{2,}|[0-9]|'[^']*'", "#", str(why)[:300])[:60]
    return f"{type(why).__name__} at {Path(frame.filename).name}:{frame.lineno}: {text!a}"

"""Waiting for another process."""

from __future__ import annotations

import time
from pathlib import Path


def wait_for(path: Path) -> None:
    """Return when the file exists, or after twenty seconds."""
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)

"""Waiting for what another process does."""

from __future__ import annotations

import time
from pathlib import Path


def wait_for(path: Path) -> None:
    """Return once a file is there, or after twenty seconds."""
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)

"""The environment that makes a Python child process guard itself."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Final

VARIABLE: Final = "PROVIDERCALLS_GUARD"
"""The environment variable with the settings of the guard in a child process."""
FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child_site")
"""A folder for the PYTHONPATH of child processes: Python runs its sitecustomize module at start-up."""


def keep_first(environment: MutableMapping[str, str] | None) -> None:
    """Move our folder to the front of the PYTHONPATH of a process that is about to start, if it has lost that place.

    Python runs only the first sitecustomize module that it finds, and ours runs the next one.
    """
    if environment is os.environ or isinstance(environment, dict):
        folders = str(environment.get("PYTHONPATH", "")).split(os.pathsep)
        if FOLDER in folders[1:] and folders[0] != FOLDER:
            folders.remove(FOLDER)
            environment["PYTHONPATH"] = os.pathsep.join([FOLDER, *folders])

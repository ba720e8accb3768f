"""The machine's own clocks, for measurements of the plugin itself: virtual time and freezegun do not replace them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any


def _wrapped(name: str) -> Callable[..., Any]:
    # If freezegun is active while this module is imported, `time` contains its replacements.
    real = getattr(sys.modules.get("freezegun.api"), f"real_{name}", getattr(time, name))

    # A function of our own: these tools look for the original one in every module, and replace it there too.
    def call(*arguments: Any) -> Any:
        return real(*arguments)

    return call


monotonic: Callable[[], float] = _wrapped("monotonic")
sleep: Callable[[float], None] = _wrapped("sleep")

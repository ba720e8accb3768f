"""What can be fuzzed with bytes, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from . import history
from .findings import Target

TARGETS: Final[Mapping[str, Target]] = {"core": history.run}

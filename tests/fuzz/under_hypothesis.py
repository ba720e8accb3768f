"""Fuzz a target with bytes from Hypothesis: `python -m tests.fuzz.under_hypothesis TARGET SECONDS`."""

from __future__ import annotations

import sys
import time

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .findings import Findings
from .targets import TARGETS

_BATCH = settings(
    max_examples=1000, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


def main(name: str, seconds: int) -> int:
    """Fuzz for some seconds and return 1 if there are findings."""
    findings = Findings(name, TARGETS[name])
    batch = _BATCH(given(st.binary(max_size=600))(findings.run))
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        batch()
    print(f"{findings.executions} executions in {time.monotonic() - start:.0f} s, {len(findings.seen)} findings")
    return bool(findings.seen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

"""Fuzz a target with atheris, guided by coverage: `python -m tests.fuzz.under_atheris TARGET SECONDS`."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pytest_providercalls"]):
    from . import targets
from .findings import ROOT, Findings

_MOST_BYTES = 1500
_SEEDS = 60


def main(name: str, seconds: int) -> None:
    """Fuzz for some seconds. The exit status is 1 if there are findings."""
    findings = Findings(name, targets.TARGETS[name])
    corpus = ROOT / "corpus" / name
    _write_seeds(corpus)
    threading.Thread(target=_end, args=(findings, seconds), daemon=True).start()
    # libFuzzer would end the process before the findings are printed.
    options = ["-max_total_time=0", f"-max_len={_MOST_BYTES}", "-timeout=300", "-rss_limit_mb=4096", "-len_control=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={ROOT}/", str(corpus)], findings.run)
    atheris.Fuzz()


def _write_seeds(corpus: Path) -> None:
    """Write random inputs, because libFuzzer would start with empty ones."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number in range(_SEEDS):
        (corpus / f"seed-{number}").write_bytes(random.Random(number).randbytes(400))


def _end(findings: Findings, seconds: int) -> None:
    start = time.monotonic()
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    print(f"{findings.executions} executions in {elapsed:.0f} s, {len(findings.seen)} findings", flush=True)
    os._exit(bool(findings.seen))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

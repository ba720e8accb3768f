"""Inner pytest sessions, which start at once in this process; a controller of workers needs a process of its own."""

from __future__ import annotations

import pytest


def run_session(bare_pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run an inner session without a cache: in its own process if it has workers (`-n`), otherwise in this one."""
    options = ("-p", "no:cacheprovider", *options)
    if "-n" in options:
        return bare_pytester.runpytest_subprocess("-p", "xdist", *options)
    return bare_pytester.runpytest_inprocess(*options)

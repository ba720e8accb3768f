"""Tracebacks of failed tests without the frames of this package."""

from __future__ import annotations

import sys
from typing import Final

import pytest

_PACKAGE: Final = __name__.partition(".")[0] + "."


class TracebackPlugin:
    """Hides the frames below an exception that this package raises deliberately: its message says what is wrong.

    An exception that is a bug of this package keeps them. `--full-trace` shows all frames.
    """

    # Before pytest's own implementation, which formats the traceback.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        if call.excinfo is not None:
            for name, module in sys.modules.copy().items():
                if name.startswith(_PACKAGE):
                    vars(module).setdefault("__tracebackhide__", _is_deliberate)


def _is_deliberate(error: pytest.ExceptionInfo[BaseException]) -> bool:
    raised = error.traceback[-1]
    own = str(raised.frame.f_globals.get("__name__")).startswith(_PACKAGE)
    return own and str(raised.statement).lstrip().startswith("raise ")

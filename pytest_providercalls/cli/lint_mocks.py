"""Run pytest and list the mocked responses that VoIPbin would never send."""

from __future__ import annotations

import argparse
from typing import Final

_FOUND: Final = 1
_OPTIONS: Final = (
    "--providercalls-lint-mocks=list",
    # This command has already imported the plugin, about which pytest warns; a suite may turn warnings into errors.
    "-Wignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "providercalls lint-mocks -- PYTEST ARGS ..."
    parser.epilog = "The exit code is pytest's, or 1 if the tests passed but a mocked response is impossible."
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="PYTEST ARGS", help="arguments for pytest, after --")


def run(options: argparse.Namespace) -> int:
    """Run pytest in this process; return its exit code, or 1 instead of 0 if a mocked response is impossible."""
    import pytest

    from ..analyses.mock_lint import FindingCounter

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    counter = FindingCounter()
    code = int(pytest.main([*_OPTIONS, *words], plugins=[counter]))
    return _FOUND if code == 0 and counter.count else code

"""Run pytest, and list what the suite's own stubs answer that VoIPbin could not."""

from __future__ import annotations

import argparse
from typing import Final

_FOUND: Final = 1
_OPTIONS: Final = (
    "--providercalls-lint-mocks=list",
    # This command is in the plugin, which pytest would rather have imported itself; a suite may make that an error.
    "-Wignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "providercalls lint-mocks -- PYTEST ARGS ..."
    parser.epilog = "The exit code is pytest's; 1 when its tests passed, but a stub's answer is impossible."
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="PYTEST ARGS", help="what pytest is given, after --")


def run(options: argparse.Namespace) -> int:
    """Run pytest in this process; gives its exit code, or 1 where it would have been 0 but for an answer."""
    import pytest

    from ..analyses.mock_lint import FindingCounter

    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    reader = FindingCounter()
    code = int(pytest.main([*_OPTIONS, *words], plugins=[reader]))
    return _FOUND if code == 0 and reader.impossible else code

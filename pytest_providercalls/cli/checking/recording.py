"""Write the result of a check to a file, in the format of the rule ledger."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import UsageError

if TYPE_CHECKING:
    from .credentials import Credentials
    from .output import CheckOutput

_OPTION: Final = "--record"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of recordings."""
    parser.add_argument(
        _OPTION, type=Path, metavar="FILE", help="also write how each rule is known on this server to a file, as JSON"
    )
    parser.add_argument(
        "--commit", default="", metavar="COMMIT", help="the commit that the server was built from, for --record"
    )


def check_options(options: argparse.Namespace) -> None:
    """Raise UsageError unless the file can be written: a check of a server cannot simply be repeated."""
    if options.commit and options.record is None:
        raise UsageError(f"--commit is only used with {_OPTION} FILE")
    if options.record is not None:
        if options.dry_run:
            raise UsageError(f"--dry-run checks nothing that {_OPTION} could write")
        existed = options.record.exists()
        try:
            with options.record.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            raise _unwritable(options.record, error) from None
        if not existed:
            options.record.unlink()


def write(options: argparse.Namespace, output: CheckOutput, known: Credentials) -> None:
    """Write the recording, if there is to be one. Raises UsageError if it cannot be written."""
    if options.record is None:
        return
    from ...contracts.checker.recording import record

    today = datetime.now(timezone.utc).date().isoformat()
    run = record(output.verdicts, output.edition, server=options.url, date=today, commit=options.commit)
    try:
        options.record.write_text(known.masked(run.to_json()), encoding="utf-8")
    except OSError as error:
        raise _unwritable(options.record, error) from None


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{_OPTION} {path}: {error.strerror}")

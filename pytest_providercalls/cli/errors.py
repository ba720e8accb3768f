"""What a command says when it cannot do as it was told."""

from __future__ import annotations


class UsageError(Exception):
    """The command line, or this machine, does not allow what was asked; the text says why, and what to do."""

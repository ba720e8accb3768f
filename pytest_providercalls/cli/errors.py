"""The exception for commands that cannot run."""

from __future__ import annotations


class UsageError(Exception):
    """A command cannot run with these options or on this machine. The message says why, and how to fix it."""

"""Exceptions of the client checks."""

from __future__ import annotations


class ClientRuleBroken(AssertionError):
    """A client breaks a rule. The message says what the client did."""


class ClientSetupError(Exception):
    """A client could not be created or closed. The message shows what the author's code raised, and where."""


class Inconclusive(Exception):
    """A check could not decide whether a client complies with a rule. The message gives the reason."""

"""What the reader of a request body needs to know of its models."""

from __future__ import annotations

UNION = "|"
"""The label of a union in the location of a pydantic error."""


class NullKeepsValue:
    """Marks a field that is not a pointer in Go: if its key is repeated, a later null keeps the earlier value."""

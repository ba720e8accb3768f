"""The model of a response that is not JSON."""

from __future__ import annotations

from .responses import WireModel


class File(WireModel):
    """A file, or the redirect to one."""

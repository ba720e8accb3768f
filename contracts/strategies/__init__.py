"""Hypothesis strategies for everything that is sent to VoIPbin, for the worlds it lives in, and for what goes wrong.

They are written by hand: they draw fast, what they draw is plain data that reads well in a failure, and they shrink to
the simplest request. Whom they name is nobody: numbers reserved for fiction, hosts below `.invalid`.
"""

from __future__ import annotations

from .action import actions
from .address import ADDRESS_TYPES, addresses, fiction_numbers
from .fault import faults
from .providercall import INVALID, Invalid, invalid_providercall_requests, providercall_requests
from .world import carriers, seeds

__all__ = [
    "ADDRESS_TYPES",
    "INVALID",
    "Invalid",
    "actions",
    "addresses",
    "carriers",
    "faults",
    "fiction_numbers",
    "invalid_providercall_requests",
    "providercall_requests",
    "seeds",
]

"""Hypothesis strategies for everything that is sent to VoIPbin, for the worlds it lives in, and for what goes wrong.

They are written by hand: they draw fast, what they draw is plain data that reads well in a failure, and they shrink to
the simplest request. Whom they name is nobody: numbers reserved for fiction, hosts below `.invalid`.
"""

from __future__ import annotations

from .action import actions
from .address import ADDRESS_TYPES, addresses, fictional_numbers
from .fault import faults
from .providercall import BREAKABLE_RULES, InvalidBody, invalid_providercall_bodies, providercall_bodies
from .seed_file import carrier_scripts, seed_files

__all__ = [
    "ADDRESS_TYPES",
    "BREAKABLE_RULES",
    "InvalidBody",
    "actions",
    "addresses",
    "carrier_scripts",
    "faults",
    "fictional_numbers",
    "invalid_providercall_bodies",
    "providercall_bodies",
    "seed_files",
]

"""Hypothesis strategies for request bodies, seed files, carrier scripts and faults.

They are written by hand: they are fast, generate plain data that reads well in a failure, and shrink to the simplest
request. They use only numbers reserved for fiction and host names below `.invalid`.
"""

from __future__ import annotations

from .action import actions
from .address import ADDRESS_TYPES, addresses, fictional_numbers
from .fault import faults
from .providercall import BREAKABLE_RULES, InvalidBody, invalid_providercall_bodies, providercall_bodies
from .seed_file import carrier_scripts, seed_files

# What a test calls them when it regards a body as the request that its client sends.
providercall_requests = providercall_bodies
invalid_providercall_requests = invalid_providercall_bodies

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

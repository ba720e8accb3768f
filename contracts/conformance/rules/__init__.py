"""The catalogue of rules for clients, one module per subject."""

from __future__ import annotations

from collections.abc import Mapping

from ..rule import ClientRule
from . import closing, paging, reading, refusals, retrying, secrecy, sending, states

MODULES = (closing, paging, reading, refusals, retrying, secrecy, sending, states)

CLIENT_RULES: Mapping[str, ClientRule] = {
    rule.id: rule
    for rule in sorted(
        (value for module in MODULES for value in vars(module).values() if isinstance(value, ClientRule)),
        key=lambda rule: rule.id,
    )
}
"""Every rule for clients by its id."""

"""The catalogue of rules for clients: one module per subject."""

from __future__ import annotations

from collections.abc import Mapping

from ..client_rule import ClientRule
from . import call_status, cleanup, credentials, errors, hangups, pagination, requests, responses, retries

MODULES = (cleanup, pagination, responses, errors, retries, credentials, requests, call_status, hangups)

CLIENT_RULES: Mapping[str, ClientRule] = {
    rule.id: rule
    for rule in sorted(
        (value for module in MODULES for value in vars(module).values() if isinstance(value, ClientRule)),
        key=lambda rule: rule.id,
    )
}
"""Every rule for clients by its id."""

"""The call without any values that the servers send where there is none (calls.md 1.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..formats.go_uuids import NIL

ZERO_CALL: Mapping[str, Any] = {
    "id": NIL,
    "customer_id": NIL,
    "owner_type": "",
    "owner_id": NIL,
    "flow_id": NIL,
    "activeflow_id": NIL,
    "master_call_id": NIL,
    "recording_id": NIL,
    "groupcall_id": NIL,
    "source": {},
    "destination": {},
    "status": "",
    "action": {"id": NIL, "next_id": NIL, "tm_execute": None},
}
"""Its fields in their order; those that Go omits are absent."""

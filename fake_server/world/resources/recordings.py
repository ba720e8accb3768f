"""Recordings that are not made by a call: of an earlier one, in any status (calls.md 1.11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ..names import unknown
from ..records import Recording
from ..world import World

STATUSES: Final = ("initiating", "recording", "stopping", "ended")
"""In the order in which a recording has them."""


def add_recording(
    world: World, customer_id: str, status: str, duration: float, deleted: bool, fields: Mapping[str, Any]
) -> Recording:
    """Add a recording that began `duration` seconds ago. Raises ValueError for an unknown status."""
    if status not in STATUSES:
        raise ValueError(unknown("status", status, STATUSES))
    now = world.clock.timestamp()
    started = now - timedelta(seconds=duration)
    times = {
        "tm_start": None if status == "initiating" else started,
        "tm_end": now if status == "ended" else None,
        "tm_update": {"initiating": None, "ended": now}.get(status, started),
        "tm_delete": now if deleted else None,
    }
    recording = Recording(
        id=world.ids.uuid(),
        tm_create=started,
        customer_id=customer_id,
        status=status,
        **{"activeflow_id": world.ids.uuid(), "reference_id": world.ids.uuid(), "format": "wav", **times, **fields},
    )
    table = world.state.recordings
    later = table.created_after(started)
    for one in reversed(later):
        table.remove(one)
    table.add(recording)
    for one in later:
        table.add(one)
    return recording

"""The snapshots that were taken through the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import models
from .errors import NotFound

if TYPE_CHECKING:
    from ..core import Snapshot
    from ..seed_files import SeededResources


class SnapshotStore:
    """Snapshots of a fake by id (`1`, `2`, ...), each with the resources that were seeded until then."""

    def __init__(self) -> None:
        self._snapshots: dict[str, tuple[Snapshot, SeededResources]] = {}
        self._count = 0

    def add(self, snapshot: Snapshot, seeded: SeededResources) -> models.Snapshot:
        """Store a snapshot under a new id."""
        self._count += 1
        id = str(self._count)
        self._snapshots[id] = snapshot, seeded
        return models.Snapshot(id=id, now=snapshot.clock)

    def all(self) -> list[models.Snapshot]:
        """Return the stored snapshots, oldest first."""
        return [models.Snapshot(id=id, now=snapshot.clock) for id, (snapshot, _) in self._snapshots.items()]

    def get(self, id: str) -> tuple[Snapshot, SeededResources]:
        """Return a snapshot and its seeded resources. Raises NotFound if the id is unknown."""
        if id not in self._snapshots:
            raise NotFound(f"unknown snapshot {id!r}; expected {', '.join(self._snapshots) or 'none: there are none'}")
        return self._snapshots[id]

    def delete(self, id: str) -> None:
        """Delete a snapshot. Raises NotFound if the id is unknown."""
        self.get(id)
        del self._snapshots[id]

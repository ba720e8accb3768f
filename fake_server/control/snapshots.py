"""The snapshots that are kept for those who ask from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import models
from .errors import NotFound

if TYPE_CHECKING:
    from ..core import Snapshot
    from ..seed_files import SeededResources
    from .api import ControlApi


class SnapshotStore:
    """Moments of a fake, and of what was planted in it until then, by their ids: `1`, `2`, ..."""

    def __init__(self, control: ControlApi) -> None:
        self._control = control
        self._kept: dict[str, tuple[Snapshot, SeededResources]] = {}
        self._taken = 0

    def take(self) -> models.Snapshot:
        """Keep this moment."""
        self._taken += 1
        snapshot = self._control.fake.snapshot()
        self._kept[str(self._taken)] = snapshot, self._control.planted
        return models.Snapshot(id=str(self._taken), now=snapshot.clock)

    def all(self) -> list[models.Snapshot]:
        """The moments that are kept, in the order in which they were taken."""
        return [models.Snapshot(id=id, now=snapshot.clock) for id, (snapshot, _) in self._kept.items()]

    def restore(self, id: str) -> None:
        """Come back to a moment. Raises NotFound."""
        snapshot, self._control.planted = self._found(id)
        self._control.fake.restore(snapshot)

    def delete(self, id: str) -> None:
        """Let a moment go. Raises NotFound."""
        self._found(id)
        del self._kept[id]

    def _found(self, id: str) -> tuple[Snapshot, SeededResources]:
        if id not in self._kept:
            raise NotFound(f"there is no snapshot {id!r}; there is {', '.join(self._kept) or 'none'}")
        return self._kept[id]

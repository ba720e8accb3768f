"""The fake behind a control API, with its snapshots and its seed: everything that the operations work on."""

from __future__ import annotations

from ..core import FakeVoipbin
from ..seed_files import Seed, SeededResources, apply_seed
from .snapshots import SnapshotStore


class ControlledFake:
    """A fake, the resources that were seeded into it, and its snapshots.

    `seed` is the seed that was applied to the new fake, and `seeded` are the resources that it created.
    """

    def __init__(self, fake: FakeVoipbin, seed: Seed | None = None, seeded: SeededResources | None = None) -> None:
        self.fake = fake
        self.seeded = seeded or SeededResources()
        self.snapshots = SnapshotStore()
        self._seed = seed or Seed()

    def reset(self) -> None:
        """Restore the initial state of the fake, and apply its seed again."""
        self.fake.reset()
        self.seeded = apply_seed(self.fake, self._seed)

    def scratch_copy(self) -> FakeVoipbin:
        """Return a copy of the fake, to try out a change that must be applied completely or not at all."""
        copy = FakeVoipbin(self.fake.edition.name, self.fake.seed)
        copy.restore(self.fake.snapshot())
        return copy

    def restore(self, snapshot_id: str) -> None:
        """Restore a snapshot. Raises NotFound if the id is unknown."""
        snapshot, self.seeded = self.snapshots.get(snapshot_id)
        self.fake.restore(snapshot)

"""The records of the fake under test to which generated requests refer: its provider, flows and agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple


class FakeRecords(NamedTuple):
    """The ids to which a request may refer. The super-admin may use each of them."""

    provider_id: str
    flow_ids: tuple[str, ...] = ()
    agent_ids: tuple[str, ...] = ()
    """The agents that have an address, so that they can be called."""
    deleted_provider_id: str | None = None


WITHOUT_FAKE: Final = FakeRecords(
    "06501d7a-135a-4471-9ef3-84dd9a6e7785", agent_ids=("7d35e1b4-4998-431f-aa16-258c3a232f55",)
)
"""The records of a new fake with the seed 0."""
_own: Final[list[Callable[[], FakeRecords]]] = []
_shared: Final[list[Callable[[], FakeRecords]]] = []


def fake_records() -> FakeRecords:
    """Return the records of the fake that responds at present; without one, those of a new fake with the seed 0."""
    for sources in (_own, _shared):
        if sources:
            return sources[-1]()
    return WITHOUT_FAKE


# Not a context variable: like the interception, it applies to every thread and every task.
class UnderTest:
    """Lets `fake_records` call a function inside a block. Blocks nest, and may end in any order.

    The records of a fake that several tests have in common are `shared`: those of a test's own fake take precedence.
    """

    # Each test enters one. A generator, as of `contextmanager`, would take three times as long.
    __slots__ = ("_records", "_sources")

    def __init__(self, records: Callable[[], FakeRecords], *, shared: bool = False) -> None:
        self._records = records
        self._sources = _shared if shared else _own

    def __enter__(self) -> None:
        self._sources.append(self._records)

    def __exit__(self, *_: object) -> None:
        self._sources.remove(self._records)

"""The fuzz targets by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from . import history, readers, wire
from .choices import Choices
from .findings import Target

_EACH: Final[Mapping[str, Target]] = {"core": history.run, **{one.__name__: one for one in readers.READERS}}


def every(data: bytes) -> None:
    """Run the target that the first byte selects."""
    choices = Choices(data)
    choices.pick(tuple(_EACH.values()))(choices.take(choices.left))


@cache
def _conversations() -> wire.Conversations:
    """Return the server, which runs until the process ends."""
    return wire.Conversations().__enter__()


def broken_http(data: bytes) -> None:
    """Run a conversation over a real socket."""
    _conversations().run(data)


TARGETS: Final[Mapping[str, Target]] = {**_EACH, "every": every, "wire": broken_http}

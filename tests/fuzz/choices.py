"""Bytes as decisions: any bytes are valid input for a fuzz target."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_NUMBERS = (0.0, 0.2, 1.0, 5.9, 31.0, 59.999, 60.0, 3601.0, -1.0, 1e-9, 1e9, 1e18, 1e300, float("inf"), float("nan"))


class Choices:
    """Decisions read from bytes, in order. After the last byte, every decision is the first option."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """The number of bytes left."""
        return max(0, len(self._data) - self._at)

    def take(self, count: int) -> bytes:
        """Return the next bytes unchanged."""
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def byte(self) -> int:
        """Return a number from 0 to 255."""
        return self.take(1)[0] if self.left else 0

    def pick(self, options: Sequence[T]) -> T:
        """Return one of at most 256 options."""
        return options[self.byte() % len(options)]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Return up to `most` of the options."""
        return [self.pick(options) for _ in range(self.byte() % (most + 1))]

    def blob(self) -> bytes:
        """Return up to 63 bytes."""
        return self.take(self.byte() % 64)

    def text(self) -> str:
        """Return up to 63 characters; bytes that are not UTF-8 become lone surrogates."""
        return self.blob().decode("utf-8", "surrogateescape")

    def number(self) -> float:
        """Return a boundary value, or 8 bytes as a float."""
        index = self.byte() % (len(_NUMBERS) + 1)
        if index < len(_NUMBERS):
            return _NUMBERS[index]
        return float(struct.unpack("<d", self.take(8).ljust(8, b"\0"))[0])

"""Bytes as decisions: whatever a fuzzer makes of them, they say something."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_NUMBERS = (0.0, 0.2, 1.0, 5.9, 31.0, 59.999, 60.0, 3601.0, -1.0, 1e-9, 1e9, 1e18, 1e300, float("inf"), float("nan"))


class Choices:
    """What is decided by bytes, from the first to the last; once they are used up, every decision is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return max(0, len(self._data) - self._at)

    def take(self, count: int) -> bytes:
        """The next bytes, as they are."""
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def byte(self) -> int:
        """A number from 0 to 255."""
        return self.take(1)[0] if self.left else 0

    def pick(self, options: Sequence[T]) -> T:
        """One of at most 256."""
        return options[self.byte() % len(options)]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Up to `most` of them."""
        return [self.pick(options) for _ in range(self.byte() % (most + 1))]

    def blob(self) -> bytes:
        """Up to 63 bytes."""
        return self.take(self.byte() % 64)

    def text(self) -> str:
        """Up to 63 characters: any of UTF-8, and halves of surrogate pairs for what is none."""
        return self.blob().decode("utf-8", "surrogateescape")

    def number(self) -> float:
        """A telling number, or whatever 8 bytes are."""
        index = self.byte() % (len(_NUMBERS) + 1)
        if index < len(_NUMBERS):
            return _NUMBERS[index]
        return float(struct.unpack("<d", self.take(8).ljust(8, b"\0"))[0])

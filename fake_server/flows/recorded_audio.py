"""The audio of a recording: WAV files as long as the recording, with one tone for each direction."""

from __future__ import annotations

import io
import math
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from struct import Struct

from ..world.records import Recording
from . import recordings

SAMPLE_RATE = 8000
_SAMPLE_WIDTH = 2
_TONES = {"in": 400, "out": 500}
"""The frequency in Hz of each direction's tone: of the callee, and of VoIPbin."""
_AMPLITUDE = 8000
_HEADER = Struct("<4sI4s4sIHHIIHH4sI")
"""The chunks RIFF, fmt and data of a WAV file."""
_PART = 1 << 20
"""The size in bytes of the parts in which a file is made, about."""
_FASTEST = 1
"""The compression level: a tone repeats, so that a higher one takes twice as long, and saves little."""


def frames(recording: Recording) -> int:
    """Return the number of samples between the start and the end of a recording; 0 if it has not ended."""
    if recording.tm_start is None or recording.tm_end is None:
        return 0
    return round((recording.tm_end - recording.tm_start).total_seconds() * SAMPLE_RATE)


def mixed_wav(recording: Recording) -> bytes:
    """Return one WAV file with both directions."""
    return b"".join(_wav(frames(recording), tuple(_TONES.values())))


def archive(ended: Sequence[Recording]) -> bytes:
    """Return a ZIP archive with the files of recordings that have ended: a WAV file for each direction."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_FASTEST) as files:
        for recording in ended:
            for name, frequency in zip(recordings.file_names(recording), _TONES.values(), strict=True):
                # Opened by its name, it has no date of its own: the same recording has the same bytes.
                with files.open(name, "w") as file:
                    for part in _wav(frames(recording), (frequency,)):
                        file.write(part)
    return buffer.getvalue()


def _wav(count: int, frequencies: tuple[int, ...]) -> Iterator[bytes]:
    """Yield the parts of a WAV file with so many samples of a sum of tones: an hour has 60 megabytes."""
    size = count * _SAMPLE_WIDTH
    yield _HEADER.pack(
        *(b"RIFF", 36 + size, b"WAVE"),
        *(b"fmt ", 16, 1, 1, SAMPLE_RATE, SAMPLE_RATE * _SAMPLE_WIDTH, _SAMPLE_WIDTH, 8 * _SAMPLE_WIDTH),
        *(b"data", size),
    )
    period = _period(frequencies)
    part = period * (_PART // len(period))
    for _ in range(size // len(part)):
        yield part
    yield part[: size % len(part)]


def _period(frequencies: tuple[int, ...]) -> bytes:
    """Return the samples after which a sum of tones repeats."""
    length = math.lcm(*(SAMPLE_RATE // frequency for frequency in frequencies))
    angles = [[2 * math.pi * frequency * i / SAMPLE_RATE for frequency in frequencies] for i in range(length)]
    return array("h", [round(_AMPLITUDE * sum(map(math.sin, one))) for one in angles]).tobytes()

"""The audio of a recording: WAV files as long as the recording, with one tone for each direction."""

from __future__ import annotations

import io
import math
import wave
import zipfile
from array import array
from collections.abc import Sequence

from ..world.records import Recording
from . import recordings

SAMPLE_RATE = 8000
_SAMPLE_WIDTH = 2
_TONES = {"in": 400, "out": 500}
"""The frequency in Hz of each direction's tone: of the callee, and of VoIPbin."""
_AMPLITUDE = 8000


def frames(recording: Recording) -> int:
    """Return the number of samples between the start and the end of a recording; 0 if it has not ended."""
    if recording.tm_start is None or recording.tm_end is None:
        return 0
    return round((recording.tm_end - recording.tm_start).total_seconds() * SAMPLE_RATE)


def mixed_wav(recording: Recording) -> bytes:
    """Return one WAV file with both directions."""
    return _wav(frames(recording), tuple(_TONES.values()))


def archive(ended: Sequence[Recording]) -> bytes:
    """Return a ZIP archive with the files of recordings that have ended: a WAV file for each direction."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as files:
        for recording in ended:
            for name, frequency in zip(recordings.file_names(recording), _TONES.values(), strict=True):
                # Without a date of its own, so that the same recording has the same bytes.
                entry = zipfile.ZipInfo(name)
                files.writestr(entry, _wav(frames(recording), (frequency,)), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _wav(count: int, frequencies: tuple[int, ...]) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE_WIDTH)
        file.setframerate(SAMPLE_RATE)
        period = _period(frequencies)
        file.writeframes((period * (count * _SAMPLE_WIDTH // len(period) + 1))[: count * _SAMPLE_WIDTH])
    return buffer.getvalue()


def _period(frequencies: tuple[int, ...]) -> bytes:
    """Return the samples after which a sum of tones repeats."""
    length = math.lcm(*(SAMPLE_RATE // frequency for frequency in frequencies))
    angles = [[2 * math.pi * frequency * i / SAMPLE_RATE for frequency in frequencies] for i in range(length)]
    return array("h", [round(_AMPLITUDE * sum(map(math.sin, one))) for one in angles]).tobytes()

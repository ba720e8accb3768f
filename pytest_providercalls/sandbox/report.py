"""The receipt: what a command attempted, which layers saw it, and what they cannot see."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..contracts.redaction import redact_target, redact_text


@dataclass(frozen=True, slots=True)
class ObservedAttempt:
    """One attempt to reach a host, as a layer saw it."""

    at: datetime
    host: str
    port: int | None
    layer: str
    verdict: str
    guarded: bool
    where: str = ""
    """Line and process, where they are known."""

    def __str__(self) -> str:
        target = self.host if self.port is None else f"{self.host}:{self.port}"
        where = f"  {self.where}" if self.where else ""
        return f"{self.at:%H:%M:%S}  {target}  {self.layer}: {self.verdict}{where}"


@dataclass(slots=True)
class SandboxReport:
    """Filled in while a command runs, by any thread."""

    command: list[str]
    layers: list[str] = field(default_factory=list)
    sightings: list[ObservedAttempt] = field(default_factory=list)
    exit_code: int = 0
    fake: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record(self, layer: str, host: str, port: int | None, verdict: str, *, guarded: bool) -> None:
        """Note an attempt that is made now. One that is made again and again, as retries are, is noted each time."""
        with self._lock:
            now = datetime.now(timezone.utc)
            self.sightings.append(ObservedAttempt(now, host, port, layer, verdict, guarded))

    @property
    def guarded(self) -> list[ObservedAttempt]:
        """The attempts to reach a guarded host, in the order of their times."""
        return sorted((one for one in self.sightings if one.guarded), key=lambda one: one.at)

    @property
    def others(self) -> list[ObservedAttempt]:
        """Hosts that are not guarded, but were out of reach too."""
        return sorted((one for one in self.sightings if not one.guarded), key=lambda one: one.at)

    def lines(self) -> list[str]:
        """The receipt for people."""
        others = sorted({one.host for one in self.others})
        beside = [f"out of reach as well, though not guarded: {', '.join(others)}"] if others else []
        return [
            f"providercalls guard: attempts to reach the real VoIPbin, stopped: {len(self.guarded)}",
            *(f"  {one}" for one in self.guarded),
            *beside,
            f"the fake beside it: {', '.join(f'{count} {what}' for what, count in self.fake.items())}",
            "layers:",
            *(f"  {layer}" for layer in self.layers),
        ]

    def as_json(self) -> str:
        """The receipt for programs."""
        written: dict[str, Any] = {
            "command": [redact_text(redact_target(word)) for word in self.command],
            "exit_code": self.exit_code,
            "attempts": [_written(one) for one in self.guarded],
            "others": [_written(one) for one in self.others],
            "fake": self.fake,
            "layers": self.layers,
        }
        return json.dumps(written, indent=2)


def _written(one: ObservedAttempt) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat()}

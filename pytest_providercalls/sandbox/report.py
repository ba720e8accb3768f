"""The report of a sandbox: the attempts of a command, the layers that saw them, and the limits of each layer."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from ..contracts.redaction import redact_command
from ..contracts.visible_text import visible_line


@dataclass(frozen=True, slots=True)
class ObservedAttempt:
    """One attempt to reach a host, as seen by one layer."""

    at: datetime
    host: str
    port: int | None
    layer: str
    verdict: str
    guarded: bool
    where: str = ""
    """The line and the process, if they are known."""

    def __str__(self) -> str:
        target = self.host if self.port is None else f"{self.host}:{self.port}"
        where = f"  {self.where}" if self.where else ""
        return f"{self.at:%H:%M:%S}  {target}  {self.layer}: {self.verdict}{where}"


@dataclass(slots=True)
class SandboxReport:
    """The report of one command. Any thread may add attempts while the command runs."""

    command: list[str]
    layers: list[str] = field(default_factory=list)
    observed: list[ObservedAttempt] = field(default_factory=list)
    exit_code: int = 0
    fake: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record(self, layer: str, host: str, port: int | None, verdict: str, *, guarded: bool) -> None:
        """Record an attempt that is made now. Every retry is recorded."""
        with self._lock:
            now = datetime.now(timezone.utc)
            self.observed.append(ObservedAttempt(now, host, port, layer, verdict, guarded))

    @property
    def guarded(self) -> list[ObservedAttempt]:
        """The attempts to reach a guarded host, in the order of time."""
        return sorted((one for one in self.observed if one.guarded), key=lambda one: one.at)

    @property
    def others(self) -> list[ObservedAttempt]:
        """The attempts to reach other hosts, which the sandbox also blocked."""
        return sorted((one for one in self.observed if not one.guarded), key=lambda one: one.at)

    def lines(self) -> list[str]:
        """Return the report as text."""
        others = sorted({one.host for one in self.others})
        also_blocked = [f"also blocked, although not guarded: {', '.join(others)}"] if others else []
        lines = [
            f"providercalls guard: blocked attempts to reach the real VoIPbin: {len(self.guarded)}",
            *(f"  {one}" for one in self.guarded),
            *also_blocked,
            f"fake VoIPbin: {', '.join(f'{count} {noun}' for noun, count in self.fake.items())}",
            "layers:",
            *(f"  {layer}" for layer in self.layers),
        ]
        return list(map(visible_line, lines))

    def as_json(self) -> str:
        """Return the report as JSON."""
        data: dict[str, Any] = {
            "command": redact_command(self.command),
            "exit_code": self.exit_code,
            "attempts": [_to_dict(one) for one in self.guarded],
            "others": [_to_dict(one) for one in self.others],
            "fake": self.fake,
            "layers": self.layers,
        }
        return json.dumps(data, indent=2)


def _to_dict(one: ObservedAttempt) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat()}

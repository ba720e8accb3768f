"""WebSocket faults: messages that are lost, late or duplicated, and connections that close or fall silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from ...contracts.light_imports import dataclass
from ..events.armed_faults import ArmedFaults
from ..events.event_faults import EVENT_TYPES, EventFault, EventFaults, FaultKind, again, later, never
from ..world.state import Section
from ..world.world import World

Kind = Literal["drop", "duplicate", "delay", "close", "silence"]
_CODES = range(1000, 5000)
_RESERVED = (1004, 1005, 1006, 1015)
"""The close codes that no close frame may contain (RFC 6455, section 7.4.1)."""


@dataclass(frozen=True, slots=True)
class WebSocketFault(EventFault):
    """A fault of WebSockets, as plain data. Raises ValueError for an impossible one.

    It applies to the `nth` message whose event matches the glob `event`, counted over all connections from when it is
    added, and to `times` messages in all; `times=None` means unlimited. The kinds: `drop` (the message is lost),
    `duplicate` (it is sent again `seconds` later, by default at once), `delay` (it is sent `seconds` later), `close`
    (the connection is closed instead, with a close frame if `code` is given), `silence` (from then on, the connection
    stays open, but nothing arrives: no event, no ping and no pong).
    """

    _noun: ClassVar[str] = "message"
    _kinds: ClassVar[Mapping[str, FaultKind]] = {
        "drop": FaultKind("is lost", never, "never", "a lost message is never sent"),
        "duplicate": FaultKind("is sent again", again, "optional"),
        "delay": FaultKind("is sent {seconds:g} s later", lambda due_times, seconds, _: later(due_times, seconds)),
        "close": FaultKind("closes its connection", never, "never", "the connection closes at once"),
        "silence": FaultKind("silences its connection", never, "never", "the connection stays silent"),
    }
    _types: ClassVar[tuple[str, ...]] = EVENT_TYPES

    kind: Kind
    code: int | None = None
    """The close code of `close`; None closes the connection without a close frame, as VoIPbin does."""

    def __post_init__(self) -> None:
        # Not super(): a dataclass with slots is a new class, which the old one's super() does not know.
        EventFault.__post_init__(self)
        if self.code is None:
            return
        if self.kind != "close":
            raise ValueError(f"{self.kind} does not accept code; only close does")
        check_close_code(self.code)


def check_close_code(code: object) -> None:
    """Raise ValueError unless a close frame may contain the code."""
    if type(code) is not int or code not in _CODES or code in _RESERVED:
        raise ValueError(f"code={code!r} is not a close code, such as 1000, 1001 or 1012")


ARMED: Section[ArmedFaults[WebSocketFault]] = Section.late("WebSocket faults", ArmedFaults)
"""The WebSocket faults that may still apply, in the order in which they were added."""


class WebSocketFaults(EventFaults[WebSocketFault]):
    """The WebSocket faults of one fake. All that apply to the same message are applied, in the order of adding."""

    def __init__(self, world: World) -> None:
        super().__init__(world, ARMED, "websockets.faults")

    def add(
        self,
        kind: Kind | WebSocketFault,
        event: str = "*",
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
        code: int | None = None,
    ) -> WebSocketFault:
        """Add a WebSocket fault: see WebSocketFault. Raises ValueError for an impossible one."""
        if isinstance(kind, WebSocketFault):
            return self.arm(kind)
        return self.arm(WebSocketFault(kind, event, nth, times, seconds, code))

"""Parses the status as an enum of the documented values."""

from __future__ import annotations

from enum import Enum

from ..correct import Dialer, Json

BREAKS = "CLIENT-READ-03"


class Status(Enum):
    DIALING = "dialing"
    RINGING = "ringing"
    PROGRESSING = "progressing"
    TERMINATING = "terminating"
    CANCELING = "canceling"
    HANGUP = "hangup"


class Client(Dialer):
    def get_call(self, id: str) -> Json:
        call = super().get_call(id)
        return {**call, "status": Status(call["status"]).value}

"""Raises if a hangup reason is not documented."""

from __future__ import annotations

from ..correct import Dialer, DialerError

BREAKS = "CLIENT-STATE-06"
UNDOCUMENTED = ("noanswer",)


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        reason = super().wait_for(call_id)
        if reason in UNDOCUMENTED:
            raise DialerError(f"unknown hangup reason {reason}")
        return reason

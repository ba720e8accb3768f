"""Waits while a call is one that is under way."""

from __future__ import annotations

import time

from .right import Dialer

BREAKS = "CLIENT-READ-03"
UNDER_WAY = ("dialing", "ringing", "progressing", "terminating", "canceling")


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        while (call := self.get_call(call_id))["status"] in UNDER_WAY:
            time.sleep(self.poll_seconds)
        return call.get("hangup_reason") or "unknown"

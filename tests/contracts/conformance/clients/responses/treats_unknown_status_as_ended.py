"""Waits only while a call has one of the known statuses of a call in progress."""

from __future__ import annotations

import time

from ..correct import Dialer

BREAKS = "CLIENT-READ-03"
IN_PROGRESS = ("dialing", "ringing", "progressing", "terminating", "canceling")


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        while (call := self.get_call(call_id))["status"] in IN_PROGRESS:
            time.sleep(self.poll_seconds)
        return call.get("hangup_reason") or "unknown"

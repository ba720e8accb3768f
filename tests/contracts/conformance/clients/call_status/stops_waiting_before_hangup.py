"""Stops waiting when a call is about to end."""

from __future__ import annotations

import time

from ..correct import Dialer

BREAKS = "CLIENT-STATE-01"
ENDING = ("terminating", "canceling", "hangup")


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        while (call := self.get_call(call_id))["status"] not in ENDING:
            time.sleep(self.poll_seconds)
        return call.get("hangup_reason") or "unknown"

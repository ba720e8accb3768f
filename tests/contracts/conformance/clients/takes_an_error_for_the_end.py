"""Is not kept waiting by a call that cannot be read: it will be gone."""

from __future__ import annotations

from .right import Dialer, Refused

BREAKS = "CLIENT-STATE-05"


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        try:
            return super().wait_for(call_id)
        except Refused:
            return "unknown"

"""Knows the documented hangup reasons only."""

from __future__ import annotations

from ..correct import Dialer

BREAKS = "CLIENT-STATE-06"
OUTCOMES = {"no_answer": "not answered", "busy": "busy", "normal": "answered"}


class Client(Dialer):
    def wait_for(self, call_id: str) -> str:
        return OUTCOMES.get(super().wait_for(call_id), "failed")

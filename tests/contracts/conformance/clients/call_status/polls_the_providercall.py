"""Polls the providercall instead of its calls."""

from __future__ import annotations

import time

from ..correct import Dialer, DialerError, Json

BREAKS = "CLIENT-STATE-01"


class Client(Dialer):
    def wait_until_done(self, record: Json) -> dict[str, str]:
        for _ in range(120):
            found = self.get_record(record["id"])
            if found.get("status") == "hangup":
                return dict.fromkeys(record["call_ids"], found["hangup_reason"])
            time.sleep(2)
        raise DialerError("the call did not end")

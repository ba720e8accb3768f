"""Leaves what it may not do: the operator's token decides, and others need not be troubled."""

from __future__ import annotations

from .right import Dialer, Json, Refused

BREAKS = "CLIENT-ERR-01"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        try:
            return super().place(body)
        except Refused as refused:
            if refused.status == 403:
                return {"call_ids": []}
            raise

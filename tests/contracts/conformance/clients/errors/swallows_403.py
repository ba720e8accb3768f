"""Treats 403 as success, because the user cannot do anything about it."""

from __future__ import annotations

from ..correct import Dialer, Json, Refused

BREAKS = "CLIENT-ERR-01"


class Client(Dialer):
    def place(self, body: Json) -> Json:
        try:
            return super().place(body)
        except Refused as refused:
            if refused.status == 403:
                return {"call_ids": []}
            raise

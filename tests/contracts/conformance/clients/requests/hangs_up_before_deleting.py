"""Hangs up the calls of a record before it deletes the record."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-DELETE-01"


class Client(Dialer):
    def delete_record(self, id: str) -> Json:
        for call_id in self.get_record(id)["call_ids"]:
            self.request("POST", f"/calls/{call_id}/hangup")
        return super().delete_record(id)

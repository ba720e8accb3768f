"""Leaves nothing behind: whoever deletes a record wants its calls ended."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-DELETE-01"


class Client(Dialer):
    def delete_record(self, id: str) -> Json:
        for call_id in self.get_record(id)["call_ids"]:
            self.ask("POST", f"/calls/{call_id}/hangup")
        return super().delete_record(id)

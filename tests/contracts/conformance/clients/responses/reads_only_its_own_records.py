"""Returns records from its own cache, because they never change."""

from __future__ import annotations

from ..correct import Dialer, Json

BREAKS = "CLIENT-GET-01"


class Client(Dialer):
    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, token)
        self.placed: dict[str, Json] = {}

    def place(self, body: Json) -> Json:
        record = super().place(body)
        self.placed[record["id"]] = record
        return record

    def get_record(self, id: str) -> Json:
        return self.placed[id]

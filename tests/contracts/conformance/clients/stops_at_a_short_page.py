"""Saves a request: a page that is not full must be the last one."""

from __future__ import annotations

from .right import Dialer, Json

BREAKS = "CLIENT-PAGE-01"


class Client(Dialer):
    def list_records(self) -> list[Json]:
        found: list[Json] = []
        query: Json = {"page_size": 100}
        while True:
            page = self.ask("GET", "/providercalls", params=query)
            found += page["result"]
            if len(page["result"]) < query["page_size"]:
                return found
            query["page_token"] = page["next_page_token"]

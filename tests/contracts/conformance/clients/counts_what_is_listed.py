"""Makes sure that nothing was lost: the newest record must still be the first one."""

from __future__ import annotations

from .right import Dialer, DialerError, Json

BREAKS = "CLIENT-PAGE-02"


class Client(Dialer):
    def list_records(self) -> list[Json]:
        found = super().list_records()
        newest = self.ask("GET", "/providercalls", params={"page_size": 1})["result"]
        if [record["id"] for record in newest] != [record["id"] for record in found[:1]]:
            raise DialerError("the list is not whole")
        return found

"""Clients with one mistake each that a machine is to find; those of the conformance suite's tests are used as well."""

from __future__ import annotations

import time
from typing import Any

from ..contracts.conformance.clients import (
    polls_the_record,
    retries_post,
    stops_at_a_short_page,
    waits_for_the_first_call,
)
from ..contracts.conformance.clients.right import AsyncDialer, Dialer, Json, OutcomeUnknown

RetriesPost = retries_post.Client
StopsAtAShortPage = stops_at_a_short_page.Client
PollsTheRecord = polls_the_record.Client
WaitsForTheFirstCall = waits_for_the_first_call.Client


class _GoesOnByTime(Dialer):
    """Has no use for tokens: rows have times."""

    def list_records(self) -> list[Json]:
        found: list[Json] = []
        query: Json = {"page_size": 100}
        while rows := self.ask("GET", "/providercalls", params=query)["result"]:
            found += rows
            query["page_token"] = self.boundary(rows)
        return found

    def boundary(self, rows: list[Json]) -> str:
        raise NotImplementedError


class LosesRowsAtABoundary(_GoesOnByTime):
    """Seconds are fine enough."""

    def boundary(self, rows: list[Json]) -> str:
        return str(rows[-1]["tm_create"])[:19]


class DoublesRowsAtABoundary(_GoesOnByTime):
    """Better one row too many than one too few."""

    def boundary(self, rows: list[Json]) -> str:
        return str(rows[-2:][0]["tm_create"])


class TakesRingingForEnded(Dialer):
    """What is not dialing any more has come to its end."""

    def wait_until_done(self, record: Json) -> dict[str, str]:
        found = {}
        for id in record["call_ids"]:
            while self.get_call(id)["status"] == "dialing":
                pass
            found[id] = "done"
        return found


class ReadsAStaleState(Dialer):
    """Asks once for each call."""

    def __init__(self, base_url: str, token: str) -> None:
        super().__init__(base_url, token)
        self.calls: dict[str, Json] = {}

    def get_call(self, id: str) -> Json:
        if id not in self.calls:
            self.calls[id] = super().get_call(id)
        return self.calls[id]

    def wait_for(self, call_id: str) -> str:
        while super().get_call(call_id)["status"] != "hangup":
            time.sleep(self.poll_seconds)
        return "done"


class ReadsStatesFromTheRecord(Dialer):
    """Takes what stands in the record for the state of its calls, and there stands nothing."""

    def wait_until_done(self, record: Json) -> dict[str, str]:
        found = self.get_record(record["id"])
        return {id: found.get("status", "hangup") for id in found["call_ids"]}


class SwallowsSilence(Dialer):
    """No answer is no bad news."""

    def place(self, body: Json) -> Json:
        try:
            return super().place(body)
        except OutcomeUnknown:
            return {"id": "", "call_ids": []}


class ThinksItIsDeleted(Dialer):
    """Deleting may fail, and who minds?"""

    def delete_record(self, id: str) -> Any:
        try:
            return super().delete_record(id)
        except OutcomeUnknown:
            return None


class AsyncRetriesPost(AsyncDialer):
    """Once more cannot hurt."""

    async def place(self, body: Json) -> Json:
        try:
            return await super().place(body)
        except OutcomeUnknown:
            return await super().place(body)

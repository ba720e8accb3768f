"""Clients with one bug each for the state machine to find. Some are the faulty clients of the conformance tests."""

from __future__ import annotations

import time
from typing import Any

from ..contracts.conformance.clients.call_status import polls_the_providercall, waits_for_first_call_only
from ..contracts.conformance.clients.correct import AsyncDialer, Dialer, Json, OutcomeUnknown
from ..contracts.conformance.clients.pagination import stops_at_a_short_page
from ..contracts.conformance.clients.retries import retries_post_after_lost_response

RetriesPost = retries_post_after_lost_response.Client
StopsAtAShortPage = stops_at_a_short_page.Client
PollsTheProvidercall = polls_the_providercall.Client
WaitsForFirstCallOnly = waits_for_first_call_only.Client


class _PagesByTimestamp(Dialer):
    """Uses the timestamps of rows instead of next_page_token."""

    def list_records(self) -> list[Json]:
        found: list[Json] = []
        query: Json = {"page_size": 100}
        while rows := self.request("GET", "/providercalls", params=query)["result"]:
            found += rows
            query["page_token"] = self.boundary(rows)
        return found

    def boundary(self, rows: list[Json]) -> str:
        raise NotImplementedError


class MissesRowsBetweenPages(_PagesByTimestamp):
    """Rounds timestamps down to seconds."""

    def boundary(self, rows: list[Json]) -> str:
        return str(rows[-1]["tm_create"])[:19]


class DuplicatesRowsBetweenPages(_PagesByTimestamp):
    """Requests each page from the last row but one."""

    def boundary(self, rows: list[Json]) -> str:
        return str(rows[-2:][0]["tm_create"])


class TreatsRingingAsEnded(Dialer):
    """Waits only while a call is dialing."""

    def wait_until_done(self, record: Json) -> dict[str, str]:
        found = {}
        for id in record["call_ids"]:
            while self.get_call(id)["status"] == "dialing":
                pass
            found[id] = "done"
        return found


class CachesCallStatus(Dialer):
    """Reads each call once, and then returns it from a cache."""

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


class ReadsStatusFromTheRecord(Dialer):
    """Reads the status of calls from the record, which has no such field."""

    def wait_until_done(self, record: Json) -> dict[str, str]:
        found = self.get_record(record["id"])
        return {id: found.get("status", "hangup") for id in found["call_ids"]}


class IgnoresLostResponses(Dialer):
    """Reports success if the response is lost."""

    def place(self, body: Json) -> Json:
        try:
            return super().place(body)
        except OutcomeUnknown:
            return {"id": "", "call_ids": []}


class IgnoresFailedDeletes(Dialer):
    """Ignores it if the response to a deletion is lost."""

    def delete_record(self, id: str) -> Any:
        try:
            return super().delete_record(id)
        except OutcomeUnknown:
            return None


class AsyncRetriesPost(AsyncDialer):
    """Retries a POST whose response was lost."""

    async def place(self, body: Json) -> Json:
        try:
            return await super().place(body)
        except OutcomeUnknown:
            return await super().place(body)

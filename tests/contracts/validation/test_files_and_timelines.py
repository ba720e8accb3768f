"""Responses that are files or redirects, timelines, and errors that have only a message."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts import validate_exchange
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID

from .exchanges import SIGNED, call, violations

FILE = Request("GET", f"/v1.0/recordingfiles/{UNKNOWN_ID}", SIGNED)
PCAP = Request("GET", f"/v1.0/timelines/calls/{UNKNOWN_ID}/pcap", SIGNED)
EVENTS = Request("GET", f"/v1.0/timelines/calls/{UNKNOWN_ID}/events", SIGNED)
CAPTURE = "application/vnd.tcpdump.pcap"


@pytest.mark.parametrize(
    ("request_", "status", "media_type", "message"),
    [
        (FILE, 307, "text/html; charset=utf-8", None),
        (FILE, 307, "application/json", "File: the content type of this response is text/html (every edition)"),
        (FILE, 200, "audio/wav", "File: GET /v1.0/recordingfiles/{id} returns 307, never 200 (every edition)"),
        (PCAP, 200, CAPTURE, None),
        (
            PCAP,
            200,
            "application/octet-stream",
            f"File: the content type of this response is {CAPTURE} (every edition)",
        ),
        (
            PCAP,
            307,
            "text/html",
            "File: GET /v1.0/timelines/calls/{call_id}/pcap returns 200, never 307 (every edition)",
        ),
    ],
)
def test_a_file_has_a_status_and_a_media_type(
    request_: Request, status: int, media_type: str, message: str | None
) -> None:
    found = validate_exchange(request_, Response(status, (("Content-Type", media_type),), b"\0"))
    assert [str(one) for one in found] == ([] if message is None else [message])


def event(**change: object) -> dict[str, object]:
    return {"timestamp": "2026-04-21T23:15:00.000Z", "event_type": "call_ringing", "data": call(), **change}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"result": [event()]}, ""),
        ({"result": [event()], "next_page_token": "2026-04-21T23:15:00.000000Z"}, ""),
        ({"result": [event(data=call(id=UNKNOWN_ID[:-1] + "0"))]}, "id differs from the id in the path"),
        ({"result": [event(timestamp="2026-04-21T23:15:00Z")]}, "timestamp"),
        ({"result": [], "next_page_token": "2026-04-21 23:15:00.000000"}, "next_page_token"),
        ({"events": []}, "result"),
    ],
)
def test_a_timeline_has_the_events_of_the_resource(body: dict[str, object], problem: str) -> None:
    found = violations(EVENTS, 200, body)
    assert any(problem in one for one in found) if problem else found == []


@pytest.mark.parametrize(
    ("status", "body", "possible"),
    [
        (500, {"message": "internal error"}, True),
        (500, {"message": 7}, False),
        (500, {"message": "internal error", "code": 1}, False),
        (404, {"message": "resource not found"}, True),
        (403, {"message": "permission denied"}, False),
    ],
)
def test_an_error_of_april_has_only_a_message(status: int, body: object, possible: bool) -> None:
    assert (violations(EVENTS, status, body) == []) is possible


@pytest.mark.parametrize(("id", "rule"), [("nope", "GW-ID-02"), (NIL, None)])
def test_success_for_an_id_that_every_edition_refuses(id: str, rule: str | None) -> None:
    found = violations(Request("GET", f"/v1.0/timelines/calls/{id}/events", SIGNED), 200, {"result": []})
    assert [one.partition(":")[0] for one in found] == ([rule] if rule else [])

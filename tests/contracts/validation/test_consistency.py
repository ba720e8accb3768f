"""Responses that do not fit their request: records, calls, pages and access keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts import validate_exchange
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import DESTINATION, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin

from .exchanges import CALL, SIGNED, call, each_edition, place, violations


@pytest.fixture
def exchange() -> tuple[Request, dict[str, Any]]:
    """A request that places a call, and the body of the response."""
    fake = FakeVoipbin()
    request = place(fake)
    return request, fake.handle(request).json()


@pytest.mark.parametrize(
    ("change", "source"),
    [
        ({"call_ids": []}, "PC-NEW-28"),
        ({"call_ids": [UNKNOWN_ID, UNKNOWN_ID]}, "PC-NEW-14"),
        ({"provider_id": UNKNOWN_ID}, "PC-NEW-06"),
        ({"destinations": [{"type": "tel", "target": "+1", "target_name": ""}]}, "PC-NEW-10"),
        ({"source": {"type": "tel", "target": "+1", "target_name": ""}}, "PC-NEW-09"),
        ({"anonymous": "yes"}, "PC-NEW-11"),
        ({"flow_id": UNKNOWN_ID}, "PC-NEW-07"),
        ({"tm_update": None}, "PC-NEW-18"),
        ({"tm_create": "2026-04-21T23:15:00Z"}, "ProviderCall"),
        ({"tm_create": "yesterday"}, "ProviderCall"),
        ({"id": "nope"}, "ProviderCall"),
        ({"status": "dialing"}, "ProviderCall"),
    ],
)
def test_impossible_record(exchange: tuple[Request, dict[str, Any]], change: Any, source: str) -> None:
    request, record = exchange
    assert violations(request, 200, record) == []
    assert [
        one for one in violations(request, 200, record | change) if one.startswith(f"{source}:") and "documented" in one
    ] or [
        one
        for one in violations(request, 200, record | change)
        if one.startswith(f"{source}:") and "every edition" in one
    ]


LOWEST, HIGHEST = f"{0:08x}{UNKNOWN_ID[8:]}", f"{2**32 - 1:08x}{UNKNOWN_ID[8:]}"


@each_edition
@pytest.mark.parametrize(
    ("sent", "change", "source"),
    [
        ({"flow_id": UNKNOWN_ID}, lambda _: {"flow_id": LOWEST}, "PC-PRE-06"),
        ({"flow_id": UNKNOWN_ID}, lambda _: {"flow_id": HIGHEST}, "PC-PRE-06"),
        ({"actions": [{"type": "answer"}]}, lambda record: {"flow_id": record["id"]}, "PC-NEW-08"),
        ({"actions": [{"type": "answer"}]}, lambda _: {"flow_id": NIL}, "PC-NEW-08"),
        ({"anonymous": "auto"}, lambda _: {"anonymous": "yes"}, "PC-NEW-13"),
        ({"anonymous": "yes"}, lambda _: {"anonymous": "auto"}, "PC-NEW-13"),
        ({}, lambda record: {"tm_delete": record["tm_create"]}, "PC-NEW-19"),
        ({}, lambda record: {"groupcall_ids": [record["id"]]}, "PC-NEW-14"),
    ],
)
def test_record_that_does_not_fit_the_request(
    edition: str, sent: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]], source: str
) -> None:
    fake = FakeVoipbin(edition)
    request = place(fake)
    record = fake.handle(request).json()
    request = request._replace(body=json.dumps({**json.loads(request.body), **sent}).encode())
    response = Response(200, (), json.dumps({**record, **change(record)}).encode())
    has_id = fake.edition.record_has_temporary_flow_id
    possible = source == "PC-NEW-08" and has_id is (change(record)["flow_id"] != NIL)
    assert (source in {one.source for one in validate_exchange(request, response, [fake.edition])}) is not possible


END = {"status": "hangup", "hangup_by": "remote", "tm_hangup": "2026-04-21 23:15:00.000000"}


@pytest.mark.parametrize(
    "change",
    [
        {"status": "completed"},
        {"status": "hangup"},
        {**END, "hangup_reason": "noanswer"},
        {**END, "hangup_reason": "cancel"},
        {"hangup_reason": "busy"},
        {"status": "progressing"},
        {"id": NIL},
        {"tm_delete": "2026-04-21 23:15:00.000000"},
        {"status": 1},
        {"direction": "sideways"},
    ],
)
def test_impossible_call(change: dict[str, Any]) -> None:
    request = Request("GET", CALL, SIGNED)
    assert violations(request, 200, call(**END, hangup_reason="no_answer")) == []
    assert violations(request, 200, call(**change)) != []


def test_calls_in_a_response_to_post_calls_are_checked() -> None:
    request = Request("POST", "/v1.0/calls", SIGNED, json.dumps({"destinations": [DESTINATION]}).encode())
    assert violations(request, 200, {"calls": [call()], "groupcalls": []}) == []
    assert violations(request, 200, {"calls": [call(status="hangup")], "groupcalls": []}) != []
    assert violations(request, 200, {"calls": [], "groupcalls": []})[0].startswith("CL-NEW-05:")
    assert violations(request, 200, {"calls": [call()] * 2, "groupcalls": []})[0].startswith("CL-NEW-01:")


@pytest.mark.parametrize("name", ["", "aaa", "zzz"])
def test_deleted_record_needs_tm_delete(name: str) -> None:
    fake = FakeVoipbin()
    id = fake.add_flow(name=name).id
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    request = Request("DELETE", f"/v1.0/flows/{id}", headers)
    deleted = fake.handle(request).json()
    assert violations(request, 200, deleted) == []
    assert any(one.startswith("FL-DEL-01:") for one in violations(request, 200, deleted | {"tm_delete": None}))


ROW = "2026-04-21 23:15:0{}.000000"


def listed(*times: int, token: str | None = None, **change: object) -> dict[str, Any]:
    rows = [call(tm_create=ROW.format(time), **change) for time in times]
    return {"result": rows, "next_page_token": token if token is not None else ROW.format(times[-1]) if times else ""}


@pytest.mark.parametrize(
    ("page", "source"),
    [
        (listed(2, 1, token=""), "PC-LIST-04"),
        (listed(token=ROW.format(1)), "PC-LIST-04"),
        (listed(2, 1, token=ROW.format(2)), "PC-LIST-04"),
        (listed(1, 2), "PC-LIST-06"),
        (listed(3, 2, 1), "PC-LIST-05"),
        (listed(5, 2), "LS-TOKEN-01"),
        (listed(1, tm_delete=ROW.format(1)), "PC-LIST-03"),
        ({"result": []}, "Page of Call"),
        ([call()], "Page of Call"),
        (call(), "Page of Call"),
    ],
)
def test_impossible_page(page: Any, source: str) -> None:
    request = Request("GET", "/v1.0/calls?page_size=2&page_token=2026-04-21%2023:15:04.000000", SIGNED)
    assert violations(request, 200, listed(2, 1)) == []
    assert any(one.startswith(f"{source}:") for one in violations(request, 200, page))


def test_a_page_has_at_most_100_rows() -> None:
    rows = listed(*[1] * 101)
    assert any(one.startswith("PC-LIST-05:") for one in violations(Request("GET", "/v1.0/calls", SIGNED), 200, rows))
    rows["result"].pop()
    assert violations(Request("GET", "/v1.0/calls", SIGNED), 200, rows) == []


def test_only_post_returns_an_access_keys_value() -> None:
    fake = FakeVoipbin()
    signed = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    post = Request("POST", "/v1.0/accesskeys", signed, b'{"name": "k", "expire": 86400}')
    created = fake.handle(post).json()
    get = Request("GET", f"/v1.0/accesskeys/{created['id']}", signed)
    read = fake.handle(get).json()
    assert (violations(post, 200, created), violations(get, 200, read)) == ([], [])
    for request, body in ((post, read), (get, read | {"token": created["token"]})):
        assert any(one.startswith("AK-NEW-01:") for one in violations(request, 200, body))


@each_edition
def test_message_for_an_impossible_flow_id(edition: str) -> None:
    fake = FakeVoipbin(edition)
    request = place(fake)
    request = request._replace(body=json.dumps({**json.loads(request.body), "actions": [{"type": "answer"}]}).encode())
    record = fake.handle(request).json()
    other = UNKNOWN_ID if record["flow_id"] == NIL else NIL
    response = Response(200, (), json.dumps({**record, "flow_id": other}).encode())
    (violation,) = validate_exchange(request, response, [fake.edition])
    assert str(violation).startswith(f"PC-NEW-08: flow_id is {'' if other == NIL else 'not '}the nil UUID")

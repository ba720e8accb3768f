"""What the fake answers could be an edition's answer, in every edition; what is made wrong in it could not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import Safety, Violation, check, validate_exchange
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.operations import OPERATIONS
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNDIALLABLE, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.gateway.pipeline import routing
from pytest_providercalls.fake_server.probe_target import FakeTarget

each_edition = pytest.mark.parametrize("edition", EDITIONS)
SIGNED = (("Authorization", "Bearer t"),)


class Judged(FakeTarget):
    """A fake whose every answer is judged, by all editions and by its own, and kept if it is a success."""

    def __init__(self, fake: FakeVoipbin) -> None:
        super().__init__(fake)
        self.successes: list[tuple[Request, Response]] = []

    def send(self, request: Request, /) -> Response:
        response = super().send(request)
        assert validate_exchange(request, response) == []
        assert validate_exchange(request, response, [self.edition]) == []
        if response.status == 200 and response.body.startswith(b"{") and request.target != "/ping":
            self.successes.append((request, response))
        return response


@each_edition
def test_whatever_the_probes_are_answered_is_possible(edition: str) -> None:
    judged = Judged(FakeVoipbin(edition))
    check(judged, Safety.BILLABLE)
    assert len(judged.successes) > 300


# whatever the fake is asked, and whatever is made wrong in its answers

TARGETS = st.sampled_from(
    [DESTINATION, UNDIALLABLE, {"type": "sip", "target": "x@y.example"}, {}, {"target_name": "x"}]
)
ACTION = {"type": st.sampled_from(["answer", "talk", "hangup", "nonsense"])}
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "provider_id": st.sampled_from(["{provider}", "{provider}", NIL, UNKNOWN_ID, "nope", None, 7]),
    "flow_id": st.sampled_from([None, "{flow}", NIL, UNKNOWN_ID]),
    "source": st.sampled_from([SOURCE, {}, None, {"type": "tel"}]),
    "destinations": st.lists(TARGETS, max_size=3),
    "actions": st.lists(st.fixed_dictionaries({}, optional=ACTION), max_size=2),
    "anonymous": st.sampled_from([None, "yes", "auto", "banana", "x" * 20]),
    "name": st.sampled_from(["", "x", "tmp"]),
    "hostname": st.just("sip.example.invalid"),
    "expire": st.sampled_from([0, 86400]),
}
BODIES = st.one_of(st.fixed_dictionaries({}, optional=FIELDS).map(json.dumps), st.sampled_from(["", "{", "[]", "null"]))
QUERIES = st.sampled_from(["", "page_size=1", "page_size=0", "page_size=x", "page_token=now", "provider_id=nope"])
STEPS = st.tuples(
    st.sampled_from(routing.ROUTES),
    st.sampled_from(["{provider}", "{made}", "{made}", "{made}", UNKNOWN_ID, "nope", NIL]),
    QUERIES,
    BODIES,
    st.sampled_from(["super_admin"] * 4 + ["customer_admin", "customer_agent", "direct", ""]),
)


@each_edition
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=12), data=st.data())
def test_what_the_fake_answers_is_possible_and_what_is_made_wrong_in_it_is_not(
    edition: str, steps: list[Any], data: st.DataObject
) -> None:
    judged = Judged(FakeVoipbin(edition))
    flow = judged.fake.add_flow().id
    call = judged.fake.handle(place(judged.fake)).json()["call_ids"][0]
    made = {"calls": call, "flows": flow, "providercalls": next(iter(judged.fake.providercalls))}
    for route, id, query, body, role in steps:
        names = {"provider": judged.fake.provider.id, "flow": flow, "made": made.get(route.path.split("/")[1], NIL)}
        path = route.path.replace("{id}", id)
        for name, value in names.items():
            path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
        token = judged.tokens.get(role) or (judged.credentials[role].token if role else "")
        headers = (("Authorization", f"Bearer {token}"),) if token else ()
        judged.send(Request(route.method, f"/v1.0{path}?{query}", headers, body.encode()))
    if judged.successes:
        request, response = data.draw(st.sampled_from(judged.successes))
        assert validate_exchange(request, response._replace(**data.draw(st.sampled_from(WRONGS))(response))) != []


def place(fake: FakeVoipbin) -> Request:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]}
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode())


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Response], dict[str, Any]]:
    def wrong(response: Response) -> dict[str, Any]:
        body = response.json()
        change(body)
        return {"body": json.dumps(body).encode()}

    return wrong


WRONGS: list[Callable[[Response], dict[str, Any]]] = [
    lambda response: {"status": 201},
    lambda response: {"status": 302},
    lambda response: {"body": b""},
    lambda response: {"body": b"[" + response.body + b"]"},
    lambda response: {"status": 418},
    lambda response: {"status": 404, "body": b'{"error": "not found"}'},
    changed(lambda body: body.pop(next(iter(body)))),
    changed(lambda body: body.update(surprise=1)),
    changed(lambda body: body.update({next(iter(body)): 7})),
]


# one by one


def test_every_operation_of_the_fake_is_known() -> None:
    routes = {(route.method, "/v1.0" + route.path) for route in routing.ROUTES}
    assert {(one.method, one.path) for one in OPERATIONS} == routes | {("POST", "/auth/login"), ("GET", "/ping")}


@pytest.fixture
def exchange() -> tuple[Request, dict[str, Any]]:
    """A request that places a call, and its answer."""
    fake = FakeVoipbin()
    request = place(fake)
    return request, fake.handle(request).json()


def told(request: Request, status: int, body: object) -> list[str]:
    found = validate_exchange(
        request, Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
    )
    assert all(isinstance(one, Violation) and one.editions for one in found)
    return [str(one) for one in found]


@pytest.mark.parametrize(
    ("change", "by"),
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
def test_a_record_that_no_edition_makes(exchange: tuple[Request, dict[str, Any]], change: Any, by: str) -> None:
    request, record = exchange
    assert told(request, 200, record) == []
    assert [one for one in told(request, 200, record | change) if one.startswith(f"{by}:") and "documented" in one] or [
        one for one in told(request, 200, record | change) if one.startswith(f"{by}:") and "every edition" in one
    ]


LOWEST, HIGHEST = f"{0:08x}{UNKNOWN_ID[8:]}", f"{2**32 - 1:08x}{UNKNOWN_ID[8:]}"


@each_edition
@pytest.mark.parametrize(
    ("sent", "change", "by"),
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
def test_a_record_that_an_edition_does_not_make_of_what_was_sent(
    edition: str, sent: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]], by: str
) -> None:
    fake = FakeVoipbin(edition)
    request = place(fake)
    record = fake.handle(request).json()
    request = request._replace(body=json.dumps({**json.loads(request.body), **sent}).encode())
    wrong = Response(200, (), json.dumps({**record, **change(record)}).encode())
    named = fake.edition.record_has_temporary_flow_id
    possible = by == "PC-NEW-08" and named is (change(record)["flow_id"] != NIL)
    assert (by in {one.source for one in validate_exchange(request, wrong, [fake.edition])}) is not possible


CALL = f"/v1.0/calls/{UNKNOWN_ID}"


def call(**change: object) -> dict[str, Any]:
    """A call as the documents show it, ringing."""
    fake = FakeVoipbin()
    id = fake.handle(place(fake)).json()["call_ids"][0]
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    found: dict[str, Any] = fake.handle(Request("GET", f"/v1.0/calls/{id}", headers)).json()
    return {**found, "id": UNKNOWN_ID, **change}


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
def test_a_call_that_no_edition_shows(change: dict[str, Any]) -> None:
    request = Request("GET", CALL, SIGNED)
    assert told(request, 200, call(**END, hangup_reason="no_answer")) == []
    assert told(request, 200, call(**change)) != []


def test_the_calls_in_the_answer_to_a_batch_are_looked_at() -> None:
    request = Request("POST", "/v1.0/calls", SIGNED, json.dumps({"destinations": [DESTINATION]}).encode())
    assert told(request, 200, {"calls": [call()], "groupcalls": []}) == []
    assert told(request, 200, {"calls": [call(status="hangup")], "groupcalls": []}) != []
    assert told(request, 200, {"calls": [], "groupcalls": []})[0].startswith("CL-NEW-05:")
    assert told(request, 200, {"calls": [call()] * 2, "groupcalls": []})[0].startswith("CL-NEW-01:")


@pytest.mark.parametrize("name", ["", "aaa", "zzz"])
def test_what_was_deleted_says_so(name: str) -> None:
    fake = FakeVoipbin()
    id = fake.add_flow(name=name).id
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    request = Request("DELETE", f"/v1.0/flows/{id}", headers)
    deleted = fake.handle(request).json()
    assert told(request, 200, deleted) == []
    assert any(one.startswith("FL-DEL-01:") for one in told(request, 200, deleted | {"tm_delete": None}))


ROW = "2026-04-21 23:15:0{}.000000"


def listed(*times: int, token: str | None = None, **change: object) -> dict[str, Any]:
    rows = [call(tm_create=ROW.format(time), **change) for time in times]
    return {"result": rows, "next_page_token": token if token is not None else ROW.format(times[-1]) if times else ""}


@pytest.mark.parametrize(
    ("page", "by"),
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
def test_a_page_that_no_edition_answers(page: Any, by: str) -> None:
    request = Request("GET", "/v1.0/calls?page_size=2&page_token=2026-04-21%2023:15:04.000000", SIGNED)
    assert told(request, 200, listed(2, 1)) == []
    assert any(one.startswith(f"{by}:") for one in told(request, 200, page))


@pytest.mark.parametrize(
    ("request_", "by"),
    [
        (Request("GET", "/v1.0/calls"), "AU-01"),
        (Request("GET", "/v1.0/calls?page_size=many", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/calls?page_size=1&page_size=1", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/calls?page_size=", SIGNED), "LS-SIZE-01"),
        (Request("GET", "/v1.0/providercalls?provider_id=nope", SIGNED), "PC-LIST-07"),
        (Request("GET", f"/v1.0/providercalls?{2 * f'provider_id={UNKNOWN_ID}&'}", SIGNED), "PC-LIST-07"),
        (Request("GET", "/v1.0/calls/nope", SIGNED), "GW-ID-01"),
        (Request("GET", f"/v1.0/calls/{NIL}", SIGNED), "GW-ID-01"),
        (Request("GET", f"/v1.0/providercalls/{NIL}", SIGNED), "GW-ID-03"),
        (Request("GET", "/v1.0/providercalls/nope", SIGNED), "GW-ID-02"),
        (Request("GET", "/providercalls", SIGNED), "GW-ROUTE-01"),
        (Request("PUT", f"/v1.0/providercalls/{UNKNOWN_ID}", SIGNED, b"{}"), "GW-ROUTE-01"),
        (Request("POST", "/v1.0/flows", SIGNED, b"name=x"), "PC-NEW-33"),
        (Request("POST", "/v1.0/flows", SIGNED, b"[]"), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"provider_id": 7}'), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b"{}"), "PC-NEW-34"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"destinations": []}'), "PC-PRE-04"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"destinations": {}}'), "PC-NEW-33"),
        (Request("POST", "/v1.0/providercalls", SIGNED, b'{"actions": [{"type": "sing"}]}'), "PC-NEW-27"),
    ],
)
def test_a_request_that_every_edition_refuses_is_not_answered(request_: Request, by: str) -> None:
    assert any(one.startswith(f"{by}:") and one.endswith("(every edition)") for one in told(request_, 200, {}))


def test_of_what_is_nested_too_deeply_to_be_read_nothing_is_said() -> None:
    deep = Request("POST", "/v1.0/flows", SIGNED, b"[" * 200_000)
    assert not [one for one in told(deep, 200, {}) if one.startswith("PC-NEW-33")]


def test_a_page_has_a_hundred_rows_at_most() -> None:
    rows = listed(*[1] * 101)
    assert any(one.startswith("PC-LIST-05:") for one in told(Request("GET", "/v1.0/calls", SIGNED), 200, rows))
    rows["result"].pop()
    assert told(Request("GET", "/v1.0/calls", SIGNED), 200, rows) == []


def test_a_keys_value_is_shown_by_post_alone() -> None:
    fake = FakeVoipbin()
    signed = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    post = Request("POST", "/v1.0/accesskeys", signed, b'{"name": "k", "expire": 86400}')
    made = fake.handle(post).json()
    get = Request("GET", f"/v1.0/accesskeys/{made['id']}", signed)
    read = fake.handle(get).json()
    assert (told(post, 200, made), told(get, 200, read)) == ([], [])
    for request, answer in ((post, read), (get, read | {"token": made["token"]})):
        assert any(one.startswith("AK-NEW-01:") for one in told(request, 200, answer))


@each_edition
def test_what_is_wrong_with_a_flow_id_is_said(edition: str) -> None:
    fake = FakeVoipbin(edition)
    request = place(fake)
    request = request._replace(body=json.dumps({**json.loads(request.body), "actions": [{"type": "answer"}]}).encode())
    record = fake.handle(request).json()
    other = UNKNOWN_ID if record["flow_id"] == NIL else NIL
    answer = Response(200, (), json.dumps({**record, "flow_id": other}).encode())
    (complaint,) = validate_exchange(request, answer, [fake.edition])
    assert str(complaint).startswith(f"PC-NEW-08: flow_id is {'' if other == NIL else 'not '}the nil UUID")


ENVELOPE = {"error": {"status": "NOT_FOUND", "reason": "CALL_NOT_FOUND", "message": "No such call."}}


@pytest.mark.parametrize(
    ("status", "body", "possible"),
    [
        (404, json.dumps(ENVELOPE), True),
        (404, json.dumps({"error": ENVELOPE["error"] | {"reason": "NOT_FOUND"}}), False),
        (404, json.dumps({"error": ENVELOPE["error"] | {"status": "INVALID_ARGUMENT"}}), False),
        (404, '{"message": "not found"}', False),
        (404, "", False),
        (400, "", True),
        (400, '{"error": "bad"}', False),
        (401, "", True),
        (402, "", False),
        (409, "", False),
        (422, "", False),
        (429, "", False),
        (500, "", True),
        (500, '{"error": "boom"}', False),
        (502, "bad gateway", True),
        (504, "", True),
    ],
)
def test_refusals(status: int, body: str, possible: bool) -> None:
    found = validate_exchange(Request("GET", CALL, SIGNED), Response(status, (), body.encode()))
    assert (found == []) is possible


def test_a_path_that_leads_nowhere_may_be_refused() -> None:
    request = Request("GET", "/providercalls", SIGNED)
    assert [validate_exchange(request, Response(status)) == [] for status in (200, 302, 399, 400, 404)] == [
        False, False, False, True, True
    ]  # fmt: skip


APRIL = "server-2026-04"
BINDER = Request("GET", "/v1.0/providercalls?page_size=x", SIGNED), 400
LIMITED = Request("POST", "/auth/login", body=b"{}"), 429


@pytest.mark.parametrize(
    ("asked", "body", "possible"),
    [
        (BINDER, {"msg": "Invalid format"}, True),
        (BINDER, {"msg": 1}, False),
        (BINDER, {"message": "Invalid format"}, False),
        (LIMITED, {"error": "rate_limit_exceeded", "message": "Slow down."}, True),
        (LIMITED, {"error": "rate_limit_exceeded", "message": 1}, False),
        (LIMITED, {"error": "rate_limit", "message": "Slow down."}, False),
        (LIMITED, {"error": "too_many", "message": "Slow down."}, False),
        (LIMITED, {"error": "a_limit", "message": "Slow down."}, False),
    ],
)
def test_refusals_of_april_have_shapes_of_their_own(
    asked: tuple[Request, int], body: dict[str, Any], possible: bool
) -> None:
    request, status = asked
    found = [
        one
        for one in validate_exchange(request, Response(status, (), json.dumps(body).encode()))
        if APRIL in one.editions
    ]
    assert (found == []) is possible


def test_a_complaint_shows_each_shape_that_there_is() -> None:
    (binder,) = (one for one in validate_exchange(BINDER[0], Response(400, (), b"?")) if APRIL in one.editions)
    assert str(binder).endswith(f'with 400 it answers {{"msg": "..."}} or an empty body ({APRIL})')
    (limited,) = (one for one in validate_exchange(LIMITED[0], Response(429, (), b"?")) if APRIL in one.editions)
    assert '{"error": "rate_limit_exceeded", "message": "..."}' in str(limited)


@pytest.mark.parametrize(
    ("status", "is_page", "body", "possible"),
    [
        (403, True, "<html>Blocked</html>", True),
        (429, True, "<html>Slow down</html>", True),
        (500, True, "<html>Oops</html>", True),
        (503, True, "<html>Oops</html>", True),
        (403, False, "<html>Blocked</html>", False),
        (404, True, "<html>Lost</html>", False),
        (418, True, "<html>Lost</html>", False),
        (430, True, "<html>Lost</html>", False),
        (499, True, "<html>Lost</html>", False),
        (500, False, "Oops", False),
        (501, False, "Oops", True),
        (502, False, " {} and the like", False),
        (503, False, "Oops", False),
        (520, False, "Oops", True),
    ],
)
def test_an_edge_may_answer_in_its_own_words(status: int, is_page: bool, body: str, possible: bool) -> None:
    headers = (("Content-Type", "text/html; charset=UTF-8"),) if is_page else ()
    found = validate_exchange(Request("GET", CALL, SIGNED), Response(status, headers, body.encode()))
    assert (found == []) is possible


@pytest.mark.parametrize(
    "request_", [Request("GET", "/v1.0/queues", SIGNED), Request("HEAD", CALL), Request("OPTIONS", CALL)]
)
def test_what_nobody_knows_is_possible(request_: Request) -> None:
    assert validate_exchange(request_, Response(299)) == []


def test_a_mixture_of_editions_is_told_edition_by_edition() -> None:
    answer = call(tm_create="2026-04-21T23:15:00Z")
    assert any("documented" in one and "tm_create" in one for one in told(Request("GET", CALL, SIGNED), 200, answer))
    assert any("server-2026-08" in one for one in told(Request("GET", CALL, SIGNED), 200, answer))


def test_no_value_is_repeated_in_a_complaint() -> None:
    body = {"username": "x", "token": 7, "s3cret": "s3cret-value"}
    assert "s3cret-value" not in "".join(told(Request("POST", "/auth/login", body=b"{}"), 200, body))

"""Whatever a client sends, the API's own error comes back: nothing is raised, and nothing changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pytest_providercalls.contracts.http import Headers, Request, Response
from pytest_providercalls.contracts.models.responses import Envelope
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin

Dump = Callable[[FakeVoipbin], dict[str, Any]]

EDITIONS = ("documented", "server-2026-04", "server-2026-08")
PROVIDER = FakeVoipbin().provider.id
TOKENS = {edition: FakeVoipbin(edition).super_admin.token for edition in EDITIONS}
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}
GOOD: dict[str, Any] = {"provider_id": PROVIDER, "source": SOURCE, "destinations": [DESTINATION]}
WRITES = {
    "/v1.0/providercalls": GOOD,
    "/v1.0/calls": {"source": SOURCE, "destinations": [DESTINATION]},
    "/v1.0/flows": {"name": "one", "actions": [{"type": "answer"}]},
    "/v1.0/providers": {"hostname": "sip.example", "tech_headers": {"X-A": "1"}},
    "/v1.0/accesskeys": {"name": "one", "expire": 86400},
    "/auth/login": {"username": "super-admin", "password": "x"},
}


def bearer(fake: FakeVoipbin) -> tuple[str, str]:
    return "Authorization", f"Bearer {fake.super_admin.token}"


def is_own_error(fake: FakeVoipbin, response: Response) -> bool:
    """Whether an answer is one of the shapes in which the API refuses."""
    if response.status < 400:
        return False
    # HEAD has the headers of a body that does not come.
    if not response.body or response.body in (b"404 page not found", b"400 Bad Request"):
        return True
    if fake.edition.name == "server-2026-04":
        return list(response.json()) == ["msg"]
    try:
        Envelope.model_validate_json(response.body)
    except ValidationError:
        return False
    return True


def left_behind(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a refused request changed, but for what the servers leave behind too.

    Those are orphan calls with their activeflows (calls.md 3.9) and temporary flows (providers.md 3.3).
    """
    orphans = {key for key, call in after["calls"].items() if call.orphan}
    activeflows = {key for key, one in after["activeflows"].items() if one.reference_id in orphans}
    allowed = {
        "calls": orphans,
        "activeflows": activeflows,
        "flows": {key for key, flow in after["flows"].items() if flow.temporary},
        "events": {key for key, event in after["events"].items() if event.resource_id in orphans | activeflows},
    }
    return [
        f"{name}: {key}"
        for name, table in after.items()
        for key in table.keys() | before[name].keys()
        if table.get(key) != before[name].get(key) and not (key not in before[name] and key in allowed.get(name, set()))
    ]


@pytest.fixture
def refused(fake: FakeVoipbin, tables: Dump) -> Callable[..., Response]:
    """Sends what is to be refused, and checks that it was, and that nothing changed."""

    def send(method: str, target: str, body: bytes = b"", headers: Headers | None = None) -> Response:
        before = tables(fake)
        sent = (bearer(fake),) if headers is None else headers
        response = fake.handle(Request(method, target, sent, body))
        assert is_own_error(fake, response), response
        assert tables(fake) == before
        assert fake.requests[-1].status == response.status
        return response

    return send


# bodies

BROKEN_JSON = {
    "empty": b"",
    "blank": b" \r\n\t",
    "open": b"{",
    "open string": b'{"provider_id": "4dbe',
    "trailing comma": b'{"destinations": [],}',
    "single quotes": b"{'provider_id': 1}",
    "comment": b"/* hello */ {}",
    "NaN": b'{"surprise": NaN}',
    "Infinity": b'{"surprise": -Infinity}',
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "raw control character": b'{"name": "a\x01b"}',
    "raw NUL": b'{"name": "a\x00b"}',
    "NUL": b"\x00",
    "a form": b"provider_id=1&destinations=2",
    "array": b"[]",
    "string": b'"provider_id"',
    "number": b"7",
    "boolean": b"true",
    "leading zero": b'{"surprise": 01}',
    "bare word": b"{provider_id: 1}",
    "escape": b'{"name": "\\x41"}',
    "half an escape": b'{"name": "\\u12"}',
}


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("body", BROKEN_JSON.values(), ids=BROKEN_JSON)
def test_broken_json_is_refused(refused: Callable[..., Response], path: str, body: bytes) -> None:
    assert refused("POST", path, body).status == 400


WRONG_TYPES: list[tuple[str, str, Any]] = [
    ("/v1.0/providercalls", "provider_id", 7),
    ("/v1.0/providercalls", "provider_id", "nope"),
    ("/v1.0/providercalls", "provider_id", ""),
    ("/v1.0/providercalls", "provider_id", [PROVIDER]),
    ("/v1.0/providercalls", "flow_id", "nope"),
    ("/v1.0/providercalls", "flow_id", False),
    ("/v1.0/providercalls", "source", "+12025550100"),
    ("/v1.0/providercalls", "source", [SOURCE]),
    ("/v1.0/providercalls", "source", {"target": 12025550100}),
    ("/v1.0/providercalls", "destinations", DESTINATION),
    ("/v1.0/providercalls", "destinations", "+12025550143"),
    ("/v1.0/providercalls", "destinations", ["+12025550143"]),
    ("/v1.0/providercalls", "destinations", [{"target": 1e300}]),
    ("/v1.0/providercalls", "destinations", [[DESTINATION]]),
    ("/v1.0/providercalls", "actions", {"type": "answer"}),
    ("/v1.0/providercalls", "actions", [{"type": 1}]),
    ("/v1.0/providercalls", "actions", [{"type": "talk", "option": "hello"}]),
    ("/v1.0/providercalls", "anonymous", True),
    ("/v1.0/calls", "flow_id", 7),
    ("/v1.0/calls", "variables", {"a": 1}),
    ("/v1.0/calls", "variables", ["a"]),
    ("/v1.0/flows", "name", 7),
    ("/v1.0/flows", "actions", "answer"),
    ("/v1.0/providers", "hostname", False),
    ("/v1.0/providers", "tech_headers", ["X-A"]),
    ("/v1.0/providers", "tech_headers", {"X-A": 1}),
    ("/v1.0/providers", "tech_headers", {"X-A": None}),
    ("/v1.0/accesskeys", "expire", "86400"),
    ("/v1.0/accesskeys", "expire", 86400.5),
    ("/v1.0/accesskeys", "expire", 2**63),
    ("/v1.0/accesskeys", "expire", -(2**63) - 1),
    ("/v1.0/accesskeys", "expire", 10**400),
    ("/auth/login", "username", 7),
    ("/auth/login", "password", None),
]


@pytest.mark.parametrize(("path", "key", "value"), WRONG_TYPES)
def test_a_wrong_type_is_refused(refused: Callable[..., Response], path: str, key: str, value: Any) -> None:
    assert refused("POST", path, json.dumps(WRITES[path] | {key: value}).encode()).status == 400


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000, "1e" + "9" * 30, "0." + "9" * 5000])
def test_a_giant_number_for_a_text_is_refused(refused: Callable[..., Response], number: str) -> None:
    assert refused("POST", "/v1.0/providercalls", f'{{"anonymous": {number}}}'.encode()).status == 400


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":[', b'{"destinations":[', b'{"actions":[{"option":'])
def test_deep_nesting_is_refused(refused: Callable[..., Response], opening: bytes) -> None:
    assert refused("POST", "/v1.0/providercalls", opening * 100_000).status == 400


@pytest.mark.parametrize("depth", [9_000, 200_000])
def test_deep_nesting_that_is_closed_again_is_refused(refused: Callable[..., Response], depth: int) -> None:
    body = b'{"surprise":' + b"[" * depth + b"]" * depth + b"}"
    assert refused("POST", "/v1.0/flows", body).status == 400


TEN_MB = 10 * 2**20
BIG = {
    "text": b'{"destinations": [], "surprise": "' + b"a" * TEN_MB + b'"}',
    "unclosed text": b'{"a": "' + b"a" * TEN_MB,
    "no JSON": b"a" * TEN_MB,
    "spaces": b" " * TEN_MB,
    "NULs": b"\x00" * TEN_MB,
    "brackets": b"[" * TEN_MB,
    "quotes": b'"' * TEN_MB,
    "wrong elements": b'{"destinations": [' + b"1," * (TEN_MB // 2) + b"1]}",
}


@pytest.mark.parametrize("fake", ["server-2026-08"], indirect=True)
@pytest.mark.parametrize("body", BIG.values(), ids=BIG)
def test_ten_megabytes_are_refused(refused: Callable[..., Response], body: bytes) -> None:
    assert refused("POST", "/v1.0/providercalls", body).status == 400


# ids, paths, queries

BAD_IDS = [
    "nope",
    "0",
    "-",
    "%20",
    "%00",
    "%ff",
    "%C3%28",
    "..",
    "*",
    "00000000-0000-0000-0000-000000000000",
    UNKNOWN_ID[:-1],
    UNKNOWN_ID + "0",
    UNKNOWN_ID.replace("f", "g"),
    "x" * 10_000,
    "%25zz",
    "%252F",
    "'%22%3Cscript%3E",
    "{" + UNKNOWN_ID,
]
ITEMS = ("providers", "providercalls", "calls", "groupcalls", "flows", "activeflows", "accesskeys")


@pytest.mark.parametrize("resource", ITEMS)
@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_id_is_refused(refused: Callable[..., Response], resource: str, id: str) -> None:
    assert refused("GET", f"/v1.0/{resource}/{id}").status == 400


@pytest.mark.parametrize("resource", ["providers", "providercalls", "calls", "flows", "accesskeys"])
@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_id_deletes_nothing(refused: Callable[..., Response], resource: str, id: str) -> None:
    assert refused("DELETE", f"/v1.0/{resource}/{id}").status == 400


@pytest.mark.parametrize(
    "method", ["PATCH", "HEAD", "TRACE", "CONNECT", "OPTIONS", "get", "", "GET ", "G\x00T", "\u0130"]
)
@pytest.mark.parametrize("path", ["/v1.0/providercalls", "/auth/login", "/ping", "/v1.0/nothing"])
def test_an_unknown_method_is_not_found(refused: Callable[..., Response], method: str, path: str) -> None:
    assert refused(method, path).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/v1.0",
        "/v1.0/",
        "/v1/providercalls",
        "/V1.0/providercalls",
        "/v1.0/ProviderCalls",
        "//v1.0/providercalls",
        "/v1.0//providercalls",
        "/v1.0/../v1.0/providercalls",
        "/v1.0/providercalls/a/b",
        f"/v1.0/calls/{UNKNOWN_ID}/hangup/now",
        "/v1.0/calls//hangup",
        "/v1.0/%2e",
        "/v1.0/providercalls%00",
        "/v1.0/providercalls;token=x",
        "/" + "a/" * 10_000,
    ],
)
def test_an_unknown_path_is_not_found(refused: Callable[..., Response], path: str) -> None:
    assert refused("GET", path).status == 404


@pytest.mark.parametrize(
    "target",
    ["", "v1.0/calls", "?", "*", "/v1.0/calls%", "/v1.0/calls%z", "/%", "/\u00e9", "/\ud800", " /ping"],
)
def test_a_target_that_is_none_is_refused(refused: Callable[..., Response], target: str) -> None:
    assert refused("GET", target).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "page_size=abc",
        "page_size=",
        "page_size",
        "page_size=1.0",
        "page_size=1e2",
        "page_size=5&page_size=5",
        "page_size=99999999999999999999",
        "page_size=" + "9" * 100_000,
        "page_size=%00",
        "page_size=%F0%9F%98%80",
        "provider_id=",
        "provider_id=nope",
        "provider_id=4dbeabd6-f397-4375-95d2-a38411e07ed1&provider_id=4dbeabd6-f397-4375-95d2-a38411e07ed1",
        "page_token=yesterday",
        "page_token=%00",
        "page_token=2026-13-45",
        "page_token=" + "9" * 100_000,
        "page_token=9999-12-31T23:59:59.999999-23:59",
        "page_token=0001-01-01T00:00:00%2B23:59",
    ],
)
def test_a_bad_query_is_refused(refused: Callable[..., Response], query: str) -> None:
    assert refused("GET", f"/v1.0/providercalls?{query}").status == 400


@pytest.mark.parametrize("query", ["page_size=5%", "%zz", "page_size=abc;a", "&&&", "=", "a=%C3%28", "PAGE_SIZE=abc"])
def test_what_go_cannot_read_in_a_query_is_read_over(api: ProbeClient, query: str) -> None:
    assert api.call("GET", f"/providercalls?{query}").status == 200


# headers

ODD_HEADERS: dict[str, Headers] = {
    "none": (),
    "empty names": (("", ""), ("", "x")),
    "empty bearer": (("Authorization", "Bearer "),),
    "basic": (("Authorization", "Basic YWRtaW46YWRtaW4="),),
    "no token": (("Authorization", "Bearer"),),
    "two bearers": (("Authorization", "Bearer Bearer Bearer "),),
    "control characters": (("Authorization", "Bearer \x00\r\n\t"),),
    "surrogates": (("Authorization", "Bearer \udcff\ud800"),),
    "megabyte": (("Authorization", "Bearer " + "a" * 2**20),),
    "cookie without a name": (("Cookie", "=x; ; ;; token"),),
    "cookie with an odd value": (("Cookie", 'token="; accesskey=%zz'),),
    "cookie of surrogates": (("Cookie", "token=\udcff"),),
    "many cookies": (("Cookie", ";".join(["a=b"] * 5000)),),
    "cookie of a token that is none": (("Cookie", "token=x"), ("Cookie", "token=y")),
    "unicode request id": (("X-Request-Id", "\u00e9\u2028"),),
    "origin": (("Origin", ""), ("Origin", "null")),
}


@pytest.mark.parametrize("headers", ODD_HEADERS.values(), ids=ODD_HEADERS)
def test_odd_headers_are_no_credential(refused: Callable[..., Response], headers: Headers) -> None:
    assert refused("GET", "/v1.0/calls", headers=headers).status == 401


@pytest.mark.parametrize("id", ["", " ", "a b", "a" * 65, "req_\n", "\u00e9", "a\x00"])
def test_an_odd_request_id_never_comes_back(api: ProbeClient, id: str) -> None:
    response = api.get("/calls", headers=(("X-Request-Id", id),))
    assert response.status == 200
    assert response.header("X-Request-Id") != id


# whatever

_TARGET_TEXT = st.text(st.characters(), max_size=30)
_ID = st.sampled_from([PROVIDER, UNKNOWN_ID, "nope", "%00", "%ff", "{", "%2525"])
_KNOWN = [*WRITES, "/ping", "/v1.0/me", "/v1.0/customer", "/v1.0/groupcalls", "/v1.0/activeflows"]
_TAILS = st.sampled_from(["", "/", "/hangup", "/stop"])
_PATHS = st.one_of(
    st.sampled_from(_KNOWN),
    st.builds("/v1.0/{}/{}{}".format, st.sampled_from(ITEMS), _ID, _TAILS),
    _TARGET_TEXT.map("/v1.0/".__add__),
    _TARGET_TEXT,
)
_NAMES = st.sampled_from(["page_size", "page_token", "provider_id", "token", "%74oken", "x"])
_PAIRS = st.builds("{}={}".format, _NAMES, _TARGET_TEXT)
_TARGETS = st.one_of(_PATHS, st.builds("{}?{}".format, _PATHS, st.lists(_PAIRS, max_size=3).map("&".join)))
_METHODS = st.one_of(st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]), _TARGET_TEXT)
_HEADER = st.one_of(st.sampled_from(["Cookie", "Authorization", "Origin", "Host", "X-Request-Id"]), _TARGET_TEXT)
_HEADERS = st.lists(st.tuples(_HEADER, _TARGET_TEXT), max_size=3).map(tuple)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_BODIES = st.one_of(st.binary(max_size=60), _JSON.map(lambda value: json.dumps(value).encode()))


@settings(max_examples=400, deadline=None)
@given(
    edition=st.sampled_from(EDITIONS),
    known=st.booleans(),
    method=_METHODS,
    target=_TARGETS,
    headers=_HEADERS,
    body=_BODIES,
)
def test_nothing_is_raised_and_nothing_changes_but_by_a_success(
    tables: Dump, edition: str, known: bool, method: str, target: str, headers: Headers, body: bytes
) -> None:
    fake = FakeVoipbin(edition)
    before = tables(fake)
    response = fake.handle(Request(method, target, (*headers, bearer(fake)) if known else headers, body))
    assert 200 <= response.status < 300 or response.status in (301, 307) or is_own_error(fake, response)
    assert 200 <= response.status < 300 or left_behind(before, tables(fake)) == []


_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "provider_id": st.sampled_from([PROVIDER, PROVIDER.upper(), UNKNOWN_ID, "{" + PROVIDER + "}"]),
    "flow_id": st.sampled_from([None, "00000000-0000-0000-0000-000000000000", UNKNOWN_ID]),
    "source": st.sampled_from([None, SOURCE, {}, {"type": "tel", "target": "202"}]),
    "destinations": st.lists(
        st.sampled_from(
            [
                DESTINATION,
                None,
                {},
                {"type": "tel", "target": "+"},
                {"type": "sip", "target": "a@b"},
                {"type": "agent", "target": UNKNOWN_ID},
                {"type": "extension", "target_name": "x"},
                {"type": "email", "target": "a@b"},
            ]
        ),
        max_size=3,
    ),
    "actions": st.lists(st.sampled_from([None, {}, {"type": "answer"}, {"type": "no_such"}]), max_size=2),
    "anonymous": st.sampled_from(["yes", "no", "auto", "", "banana"]),
}
_NEARLY = st.builds(
    lambda good, bad: good | bad,
    st.fixed_dictionaries({}, optional=_FIELDS),
    st.dictionaries(st.sampled_from([*_FIELDS, "x"]), _JSON, max_size=1),
)


@settings(max_examples=400, deadline=None)
@given(
    edition=st.sampled_from(EDITIONS),
    body=_NEARLY,
    path=st.sampled_from(["/v1.0/providercalls", "/v1.0/calls"]),
)
def test_a_nearly_good_request_rings_somebody_or_changes_nothing(
    tables: Dump, edition: str, body: dict[str, Any], path: str
) -> None:
    fake = FakeVoipbin(edition)
    before = tables(fake)
    response = fake.handle(Request("POST", path, (bearer(fake),), json.dumps(body).encode()))
    if response.status == 200:
        assert tables(fake) != before
    else:
        assert is_own_error(fake, response)
        assert left_behind(before, tables(fake)) == []


@settings(max_examples=300, deadline=None)
@given(edition=st.sampled_from(EDITIONS), path=st.sampled_from(list(WRITES)), data=st.data())
def test_a_body_with_a_few_other_bytes_is_refused_or_read(
    tables: Dump, edition: str, path: str, data: st.DataObject
) -> None:
    fake = FakeVoipbin(edition)
    body = json.dumps(WRITES[path]).encode()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 5)))
    body = body[:start] + data.draw(st.binary(max_size=4)) + body[end:]
    before = tables(fake)
    response = fake.handle(Request("POST", path, (bearer(fake),), body))
    assert response.status == 200 or is_own_error(fake, response)
    assert response.status == 200 or left_behind(before, tables(fake)) == []

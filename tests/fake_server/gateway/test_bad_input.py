"""Invalid ids, methods, paths, queries and headers: the API's own error is returned, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_providercalls.contracts.http import Headers, Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient

from .bad_requests import RESOURCES

Send = Callable[..., Response]

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


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_id_is_refused(refuse: Send, resource: str, id: str) -> None:
    assert refuse("GET", f"/v1.0/{resource}/{id}").status == 400


@pytest.mark.parametrize("resource", ["providers", "providercalls", "calls", "flows", "accesskeys"])
@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_id_deletes_nothing(refuse: Send, resource: str, id: str) -> None:
    assert refuse("DELETE", f"/v1.0/{resource}/{id}").status == 400


@pytest.mark.parametrize(
    "method", ["PATCH", "HEAD", "TRACE", "CONNECT", "OPTIONS", "get", "", "GET ", "G\x00T", "\u0130"]
)
@pytest.mark.parametrize("path", ["/v1.0/providercalls", "/auth/login", "/ping", "/v1.0/nothing"])
def test_an_unknown_method_is_not_found(refuse: Send, method: str, path: str) -> None:
    assert refuse(method, path).status == 404


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
def test_an_unknown_path_is_not_found(refuse: Send, path: str) -> None:
    assert refuse("GET", path).status == 404


@pytest.mark.parametrize(
    "target",
    ["", "v1.0/calls", "?", "*", "/v1.0/calls%", "/v1.0/calls%z", "/%", "/\u00e9", "/\ud800", " /ping"],
)
def test_an_invalid_target_is_refused(refuse: Send, target: str) -> None:
    assert refuse("GET", target).status == 400


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
def test_a_bad_query_is_refused(refuse: Send, query: str) -> None:
    assert refuse("GET", f"/v1.0/providercalls?{query}").status == 400


@pytest.mark.parametrize("query", ["page_size=5%", "%zz", "page_size=abc;a", "&&&", "=", "a=%C3%28", "PAGE_SIZE=abc"])
def test_query_pairs_that_go_cannot_parse_are_ignored(api: ProbeClient, query: str) -> None:
    assert api.call("GET", f"/providercalls?{query}").status == 200


# headers

INVALID_CREDENTIALS: dict[str, Headers] = {
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
    "cookie with an invalid value": (("Cookie", 'token="; accesskey=%zz'),),
    "cookie of surrogates": (("Cookie", "token=\udcff"),),
    "many cookies": (("Cookie", ";".join(["a=b"] * 5000)),),
    "cookies with invalid tokens": (("Cookie", "token=x"), ("Cookie", "token=y")),
    "unicode request id": (("X-Request-Id", "\u00e9\u2028"),),
    "origin": (("Origin", ""), ("Origin", "null")),
}


@pytest.mark.parametrize("headers", INVALID_CREDENTIALS.values(), ids=INVALID_CREDENTIALS)
def test_invalid_credentials_are_refused(refuse: Send, headers: Headers) -> None:
    assert refuse("GET", "/v1.0/calls", headers=headers).status == 401


@pytest.mark.parametrize("id", ["", " ", "a b", "a" * 65, "req_\n", "\u00e9", "a\x00"])
def test_an_invalid_request_id_is_not_echoed(api: ProbeClient, id: str) -> None:
    response = api.get("/calls", headers=(("X-Request-Id", id),))
    assert response.status == 200
    assert response.header("X-Request-Id") != id

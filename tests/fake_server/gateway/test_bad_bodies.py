"""Invalid request bodies: the fake refuses each of them in the API's own error format, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin

from .bad_requests import DESTINATION, PROVIDER, SOURCE, VALID_BODIES

Send = Callable[..., Response]

INVALID_JSON = {
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


@pytest.mark.parametrize("path", VALID_BODIES)
@pytest.mark.parametrize("body", INVALID_JSON.values(), ids=INVALID_JSON)
def test_invalid_json_is_refused(refuse: Send, path: str, body: bytes) -> None:
    assert refuse("POST", path, body).status == 400


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
def test_a_wrong_type_is_refused(refuse: Send, path: str, key: str, value: Any) -> None:
    assert refuse("POST", path, json.dumps(VALID_BODIES[path] | {key: value}).encode()).status == 400


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5000, "1e" + "9" * 30, "0." + "9" * 5000])
def test_a_huge_number_instead_of_a_string_is_refused(refuse: Send, number: str) -> None:
    assert refuse("POST", "/v1.0/providercalls", f'{{"anonymous": {number}}}'.encode()).status == 400


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":[', b'{"destinations":[', b'{"actions":[{"option":'])
def test_deep_unclosed_nesting_is_refused(refuse: Send, opening: bytes) -> None:
    assert refuse("POST", "/v1.0/providercalls", opening * 100_000).status == 400


@pytest.mark.parametrize("depth", [10_000, 200_000])
def test_deep_closed_nesting_is_refused(refuse: Send, depth: int) -> None:
    body = b'{"surprise":' + b"[" * depth + b"]" * depth + b"}"
    assert refuse("POST", "/v1.0/flows", body).status == 400


TEN_MB = 10 * 2**20
BIG = {
    "text": b'{"destinations": [], "surprise": "' + b"a" * TEN_MB + b'"}',
    "unclosed text": b'{"a": "' + b"a" * TEN_MB,
    "not JSON": b"a" * TEN_MB,
    "spaces": b" " * TEN_MB,
    "NULs": b"\x00" * TEN_MB,
    "brackets": b"[" * TEN_MB,
    "quotes": b'"' * TEN_MB,
    "wrong elements": b'{"destinations": [' + b"1," * (TEN_MB // 2) + b"1]}",
}


@pytest.mark.parametrize("fake", ["server-2026-08"], indirect=True)
@pytest.mark.parametrize("body", BIG.values(), ids=BIG)
def test_ten_megabytes_are_refused(refuse: Send, body: bytes) -> None:
    assert refuse("POST", "/v1.0/providercalls", body).status == 400


def test_the_number_of_warnings_about_a_body_is_bounded() -> None:
    fake = FakeVoipbin()
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    fake.handle(Request("POST", "/v1.0/flows", headers, json.dumps({f"name{n}": n for n in range(1000)}).encode()))
    *each, last = fake.requests[-1].warnings
    assert (len(each), each[0]) == (20, "the API ignores the field `name0` (did you mean 'name'?)")
    assert last == "the API ignores more than 20 fields"

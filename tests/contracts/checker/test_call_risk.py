"""The upper bound for the phones that a request could ring."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.checker.call_risk import max_calls
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import DESTINATION, UNREACHABLE_TARGETS

CONNECT = {"type": "connect", "option": {"destinations": [DESTINATION, DESTINATION]}}


def request(body: Any, method: str = "POST") -> Request:
    return Request(method, "/v1.0/providercalls", body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ({"destinations": [DESTINATION, DESTINATION]}, 2),
        ({"DESTINATIONS": [DESTINATION]}, 1),
        ({"destinations": [{"type": "tel", "target": target} for target in UNREACHABLE_TARGETS]}, 0),
        ({"destinations": []}, 0),
        ({"destinations": ["+12025550143", None, {}]}, 3),
        ({"destinations": [DESTINATION], "actions": [CONNECT]}, 3),
        ([CONNECT], 2),
        ({"destinations": "none"}, 0),
        ({"hostname": "sip.example.invalid"}, 0),
        (None, 0),
    ],
)
def test_every_reachable_destination_counts(body: Any, calls: int) -> None:
    assert max_calls(request(body)) == calls


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_place_no_calls(method: str) -> None:
    assert max_calls(request({"destinations": [DESTINATION]}, method)) == 0


def test_an_agent_counts_once_per_address() -> None:
    body = {"destinations": [{"type": "agent", "target": "a"}, {"type": "agent", "target": "b"}]}
    assert max_calls(request(body), {"a": 3}) == 4


def test_an_unparsable_body_counts_by_keyword() -> None:
    assert max_calls(Request("POST", "/v1.0/calls", body=b'{"destinations": [{"Target": "+1"}, {"target')) == 2
    assert max_calls(Request("POST", "/v1.0/calls", body=b"{")) == 0
    deep = b'{"destinations": [{"target": "+1"}], "surprise": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert max_calls(Request("POST", "/v1.0/calls", body=deep)) == 1

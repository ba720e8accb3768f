"""How many phones a request may ring, judged by what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.checker.call_risk import max_calls
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import DESTINATION, UNREACHABLE_TARGETS

CONNECT = {"type": "connect", "option": {"destinations": [DESTINATION, DESTINATION]}}


def sent(body: Any, method: str = "POST") -> Request:
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
def test_each_destination_counts_at_which_somebody_might_be(body: Any, calls: int) -> None:
    assert max_calls(sent(body)) == calls


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_rings_nobody(method: str) -> None:
    assert max_calls(sent({"destinations": [DESTINATION]}, method)) == 0


def test_an_agent_counts_as_often_as_it_has_addresses() -> None:
    body = {"destinations": [{"type": "agent", "target": "a"}, {"type": "agent", "target": "b"}]}
    assert max_calls(sent(body), {"a": 3}) == 4


def test_what_cannot_be_read_counts_by_its_words() -> None:
    assert max_calls(Request("POST", "/v1.0/calls", body=b'{"destinations": [{"Target": "+1"}, {"target')) == 2
    assert max_calls(Request("POST", "/v1.0/calls", body=b"{")) == 0

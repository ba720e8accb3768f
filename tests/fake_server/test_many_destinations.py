"""The work per destination: function calls are counted, because times depend on the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.wire import gojson

FEW, MANY = 200, 600
KINDS: dict[str, tuple[str, str, int]] = {
    "numbers": ("tel", "+1212{:07}", 80),
    "unsupported types": ("fax", "{}", 90),
    "SIP addresses": ("sip", "sip:{}@example.com", 100),
}
"""Of each kind the type, the target, and the most function calls for one of them."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_destination_takes_the_same_few_function_calls(kind: str) -> None:
    type, target, limit = KINDS[kind]
    few, many = (calls_of(posting(type, target, count)) for count in (FEW, MANY))
    assert (many - few) / (MANY - FEW) < limit
    assert many / few < 1.2 * MANY / FEW


def posting(type: str, target: str, count: int) -> Callable[[], object]:
    """Return a function that sends one request with many different destinations to a new fake."""
    fake = FakeVoipbin()
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)

    def request(numbers: range) -> Request:
        body = {
            "provider_id": fake.provider.id,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": type, "target": target.format(number)} for number in numbers],
        }
        return Request("POST", "/v1.0/providercalls", headers, gojson.encode(body))

    # The first request imports modules. The targets differ, because some are cached.
    fake.handle(request(range(1)))
    many = request(range(count, 2 * count))
    return lambda: fake.handle(many)


def calls_of(function: Callable[[], object]) -> int:
    """Return how many Python and C functions a function calls."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count

"""Assertions about the calls that were placed, and their messages."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import DESTINATION
from pytest_providercalls.fake_server import FakeVoipbin

from .scenario import client_of


def test_new_fake_has_no_calls(fake: FakeVoipbin) -> None:
    fake.assert_nothing_placed()
    fake.assert_placed(0)
    message = "expected at least 1 call, but 0 were placed\nno requests"
    with pytest.raises(AssertionError, match=message):
        fake.assert_placed()


def test_assert_placed_filters_by_provider_and_destination(fake: FakeVoipbin) -> None:
    client_of(fake).place(provider_id=fake.provider.id)
    fake.assert_placed()
    fake.assert_placed(1, provider=fake.provider, destination=DESTINATION["target"])
    fake.assert_placed(1, provider=fake.provider.id)
    fake.assert_placed(0, destination="+12025550199")


def test_failed_assertion_shows_the_transcript(fake: FakeVoipbin) -> None:
    client_of(fake).place(provider_id=fake.provider.id)
    with pytest.raises(AssertionError) as caught:
        fake.assert_placed(2, provider=fake.provider, destination="+1")
    first, *rest = str(caught.value).splitlines()
    assert first == f"expected 2 calls through {fake.provider.id} to +1, but 0 were placed"
    assert rest[:2] == ["requests:", "POST /v1.0/providercalls -> 200 (as super-admin)"]


def test_assert_nothing_placed_fails_after_a_call(fake: FakeVoipbin) -> None:
    client_of(fake).place()
    with pytest.raises(AssertionError, match="expected 0 calls, but 1 was placed"):
        fake.assert_nothing_placed()

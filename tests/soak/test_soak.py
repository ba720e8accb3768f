"""A few seconds of what `make soak` does for an hour."""

from __future__ import annotations

import gc
from collections import Counter

import pytest
from pytest_providercalls.fake_server.events.events.outbox import Attempt
from pytest_providercalls.fake_server.world.journal import Exchange
from pytest_providercalls.fake_server.world.records import Activeflow, Billing, Call, Flow, ProviderCall

from .rounds import Soak

KEPT = (Activeflow, Attempt, Billing, Call, Exchange, Flow, ProviderCall)
"""What a fake keeps of what was done to it."""


def kept() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, KEPT))


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
def test_nothing_is_lost_the_books_agree_and_a_reset_forgets_all(edition: str) -> None:
    before = kept()
    with Soak(threads=8, turns=20, edition=edition) as soak:
        rounds = [soak.round() for _ in range(2)]
        # What tests before this one have left may go meanwhile.
        assert kept() <= before
    assert all(0 < one.answered < 0.8 * one.calls and one.webhooks > 200 for one in rounds)
    assert sum(one.faults for one in rounds) > 0

"""A few seconds of the soak test."""

from __future__ import annotations

import gc
from collections import Counter

import pytest
from pytest_providercalls.fake_server.events.outbox import Attempt
from pytest_providercalls.fake_server.world.journal import Exchange
from pytest_providercalls.fake_server.world.records import Activeflow, Billing, Call, Flow, ProviderCall

from .rounds import Soak

STORED = (Activeflow, Attempt, Billing, Call, Exchange, Flow, ProviderCall)
"""Types of the objects that a fake stores."""


def stored() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, STORED))


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
def test_nothing_is_lost_and_a_reset_deletes_everything(edition: str) -> None:
    before = stored()
    with Soak(threads=8, turns=10, edition=edition) as soak:
        rounds = [soak.round() for _ in range(2)]
        # Objects of earlier tests may be freed in between.
        assert stored() <= before
    assert all(0 < one.answered < 0.8 * one.calls and one.webhooks > 100 for one in rounds)
    assert sum(one.faults for one in rounds) > 0

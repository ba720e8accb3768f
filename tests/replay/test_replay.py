"""The recorded exchanges: the fake responds as the servers did, except where the table of exceptions says why not."""

from __future__ import annotations

from functools import cache

import pytest

from .exceptions import KNOWN_DIFFERENCES, KnownDifference, is_simulated
from .player import Difference, differences
from .recording import load, recordings


@cache
def _differences(name: str) -> list[Difference]:
    return [one for one in differences(name, load(name)) if is_simulated(one.recorded)]


@pytest.mark.parametrize("name", recordings())
def test_fake_responds_as_the_server_did(name: str) -> None:
    found = [one.recorded for one in _differences(name)]
    unexplained = [one for one in found if not any(known.explains(name, one) for known in KNOWN_DIFFERENCES)]
    lines = [f"{one.number} {one.method} {one.path} as {one.principal}" for one in unexplained]
    assert lines == [], f"`python -m tests.replay {name}` shows both responses"


@pytest.mark.parametrize("known", KNOWN_DIFFERENCES, ids=lambda known: known.endpoint or known.reason)
def test_each_known_difference_still_exists(known: KnownDifference) -> None:
    assert any(known.explains(name, one.recorded) for name in recordings() for one in _differences(name))


def test_exceptions_are_few() -> None:
    assert len(KNOWN_DIFFERENCES) < 25


def test_every_recording_was_played() -> None:
    exchanges = [one for name in recordings() for one in load(name)]
    assert (len(exchanges), sum(not is_simulated(one) for one in exchanges)) == (1907, 2)

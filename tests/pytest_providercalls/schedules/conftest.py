"""A fake without pytest's fixtures, and the order in which requests reached it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import fake_voipbin

URL = "https://api.voipbin.net/v1.0"


@pytest.fixture
def fake() -> Iterator[FakeVoipbin]:
    with fake_voipbin() as voipbin:
        yield voipbin


def sent(voipbin: FakeVoipbin) -> list[str]:
    """Return the last part of the path of each request."""
    return [one.url.partition("?")[0].rpartition("/")[2] for one in voipbin.requests]

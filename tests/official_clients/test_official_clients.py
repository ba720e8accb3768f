"""VoIPbin's own clients, unmodified, against `providercalls serve` in each edition: see README.md."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from pytest_providercalls.contracts.editions import EDITIONS

from . import curl_examples, vn
from .known import KNOWN
from .results import Result
from .runs import RUNS
from .sources import NotAvailable

PARTLY_MODELLED = (curl_examples.CLIENT, vn.CLIENT)
"""The clients whose steps cover all operations of a resource, also those that the fake does not model."""


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("client", RUNS)
def test_each_step_has_the_result_that_the_real_servers_would_give(client: str, edition: str) -> None:
    try:
        results = list(RUNS[client](edition))
    except NotAvailable as reason:
        pytest.skip(f"{client}: {reason}")
    failed = [f"{one.step}: {one.reason}" for one in results if one.outcome == "failed"]
    assert not failed, "\n".join(failed)
    assert client in PARTLY_MODELLED or not any(one.outcome == "not modelled" for one in results)
    assert _unused(client, edition, results) == []


def _unused(client: str, edition: str, results: list[Result]) -> list[str]:
    """Return the patterns of known failures that no step matches."""
    known = [one for one in KNOWN if one.client == client and (not one.editions or edition in one.editions)]
    return [one.step for one in known if not any(fnmatchcase(result.step, one.step) for result in results)]

"""The state machine finds every seeded bug, and shrinks it to the minimal sequence of steps."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import seed, settings
from pytest_providercalls.contracts.conformance.exceptions import ClientRuleBroken

from ..contracts.stateful.adapters import machine_of
from . import seeded_bugs

_SEEDS = int(os.environ.get("QUALITY_SEEDS", "0"))
"""How many random seeds to try per bug, as `make quality` sets it; 0 is the default of each bug, for `make slow`."""
_PLACE = r"Place\(numbers=\('\+12025550143',\), provider='healthy', fault='{}'\)"
_PLACED, _LOST = _PLACE.format("none"), _PLACE.format("placed.*")
_TWO_PLACED = r"Place\(numbers=\('\+12025550143', '\+12025550182'\), provider='healthy', fault='none'\)"
_SEEDED = r"OtherAdmin\(action='place three'\)"
_LISTED = r"ListRecords\(page_size=2, list_change='none', fault='none'\)"
_WAITED = r"Wait\(placed=0, fault='none'\)"


class Bug(NamedTuple):
    """A client, the failure message, and the minimal steps: a pattern for each."""

    client: Any
    message: str
    steps: tuple[str, ...]
    seeds: int = 1
    """How many random seeds `make slow` can afford."""


BUGS = {
    "retries_post": Bug(seeded_bugs.RetriesPost, r"\+12025550143 was called 2 times", (_LOST,)),
    "retries_post_async": Bug(seeded_bugs.AsyncRetriesPost, r"\+12025550143 was called 2 times", (_LOST,), seeds=0),
    "short_page": Bug(seeded_bugs.StopsAtAShortPage, "1 of 3 records are missing", (_SEEDED, _LISTED)),
    "missing_rows": Bug(seeded_bugs.MissesRowsBetweenPages, "1 of 3 records are missing", (_SEEDED, _LISTED), seeds=0),
    "duplicate_rows": Bug(seeded_bugs.DuplicatesRowsBetweenPages, "duplicate records: 2", (_SEEDED, _LISTED)),
    "ringing_as_ended": Bug(
        seeded_bugs.TreatsRingingAsEnded, r"have not ended: .*\(ringing\)", (_PLACED, _WAITED), seeds=0
    ),
    # Any event that changes the status between two reads makes the cached status stale.
    "cached_status": Bug(seeded_bugs.CachesCallStatus, "before the read", (".*",) * 3 + ("(?:.*\n){0,4}.*",), seeds=0),
    "status_of_the_record": Bug(seeded_bugs.ReadsStatusFromTheRecord, "have not ended", (_PLACED, _WAITED), seeds=0),
    "polls_the_providercall": Bug(seeded_bugs.PollsTheProvidercall, "raised DialerError", (_PLACED, _WAITED), seeds=0),
    "first_call_only": Bug(seeded_bugs.WaitsForFirstCallOnly, "have not ended", (_TWO_PLACED, _WAITED), seeds=0),
    "ignores_lost_responses": Bug(
        seeded_bugs.IgnoresLostResponses, "place returned|have not ended", ("Place.*(?:\nWait.*)?",), seeds=0
    ),
    "ignores_failed_deletes": Bug(
        seeded_bugs.IgnoresFailedDeletes,
        "is not deleted|no such record",
        (r"(?:OtherAdmin.*\n)?Delete\(record=0, fault='.*'\)",),
        seeds=0,
    ),
}


def cases() -> list[Any]:
    return [
        pytest.param(bug, number, id=f"{name}-{number}")
        for name, bug in BUGS.items()
        for number in range(_SEEDS or bug.seeds)
    ]


@pytest.mark.usefixtures("_providercalls_harness_pool")
@pytest.mark.parametrize(("bug", "number"), cases())
def test_a_bug_is_found(bug: Bug, number: int) -> None:
    machine = machine_of(bug.client)
    case = machine.TestCase()
    case.settings = settings(case.settings, database=None, derandomize=False)
    seed(number)(machine)
    with pytest.raises(ClientRuleBroken, match=bug.message) as caught:
        case.test_machine()
    report = "\n".join(caught.value.__notes__)
    steps = re.findall(r"^state\.run_step\(step=(.*)\)$", report, re.MULTILINE)
    assert re.fullmatch("\n".join(bug.steps), "\n".join(steps)), report

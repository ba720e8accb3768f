"""The machine finds each mistake that is planted, and shows the smallest history in which it does harm."""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import seed, settings
from pytest_providercalls.contracts.conformance.client_rule import ClientRuleBroken

from ..contracts.machine.adapters import machine_of
from . import planted

_SEEDS = int(os.environ.get("QUALITY_SEEDS", "0"))
"""With how many seeds each mistake is looked for, if it is not `make test` that asks."""
_ONE = r"Place\(numbers=\('\+12025550143',\), through='healthy', fault='{}'\)"
_PLACED, _LOST = _ONE.format("none"), _ONE.format("done.*")
_TWO_PLACED = r"Place\(numbers=\('\+12025550143', '\+12025550182'\), through='healthy', fault='none'\)"
_SEEDED = r"Others\(do='place three'\)"
_LISTED = r"ListRecords\(page=2, meanwhile='nothing', fault='none'\)"
_WAITED = r"Wait\(placed=0, fault='none'\)"


class Mistake(NamedTuple):
    """A client, what is said of it, and its smallest history: a pattern for each step."""

    client: Any
    says: str
    steps: tuple[str, ...]
    seeds: int = 1
    """How many of them `make test` can afford."""


MISTAKES = {
    "retries_post": Mistake(planted.RetriesPost, r"\+12025550143 rang 2 times", (_LOST,), seeds=3),
    "retries_post_async": Mistake(planted.AsyncRetriesPost, r"\+12025550143 rang 2 times", (_LOST,), seeds=0),
    "short_page": Mistake(planted.StopsAtAShortPage, "1 of 3 records are missing", (_SEEDED, _LISTED)),
    "boundary_lost": Mistake(planted.LosesRowsAtABoundary, "1 of 3 records are missing", (_SEEDED, _LISTED)),
    "boundary_doubled": Mistake(planted.DoublesRowsAtABoundary, "2 records are there twice", (_SEEDED, _LISTED)),
    "ringing_is_the_end": Mistake(planted.TakesRingingForEnded, r"have not ended: .*\(ringing\)", (_PLACED, _WAITED)),
    # What makes the state stale is anything that moves the call, between two looks at it.
    "stale": Mistake(
        planted.ReadsAStaleState, "when it was asked the call was", (".*",) * 3 + ("(?:.*\n){0,4}.*",), seeds=0
    ),
    "state_of_the_record": Mistake(planted.ReadsStatesFromTheRecord, "have not ended", (_PLACED, _WAITED)),
    "polls_the_record": Mistake(planted.PollsTheRecord, "raised DialerError", (_PLACED, _WAITED), seeds=0),
    "first_call_only": Mistake(planted.WaitsForTheFirstCall, "have not ended", (_TWO_PLACED, _WAITED), seeds=0),
    "swallows_silence": Mistake(
        planted.SwallowsSilence, "place returned|have not ended", ("Place.*(?:\nWait.*)?",), seeds=0
    ),
    "thinks_it_is_deleted": Mistake(
        planted.ThinksItIsDeleted,
        "is not deleted|no such record",
        (r"(?:Others.*\n)?Delete\(record=0, fault='.*'\)",),
        seeds=0,
    ),
}


def cases() -> list[Any]:
    return [
        pytest.param(mistake, number, id=f"{name}-{number}")
        for name, mistake in MISTAKES.items()
        for number in range(_SEEDS or mistake.seeds)
    ]


@pytest.mark.usefixtures("_providercalls_scenes")
@pytest.mark.parametrize(("mistake", "number"), cases())
def test_a_mistake_is_found(mistake: Mistake, number: int) -> None:
    machine = machine_of(mistake.client)
    case = machine.TestCase()
    case.settings = settings(case.settings, database=None, derandomize=False)
    seed(number)(machine)
    with pytest.raises(ClientRuleBroken, match=mistake.says) as caught:
        case.test_machine()
    told = "\n".join(caught.value.__notes__)
    steps = re.findall(r"^state\.take\(step=(.*)\)$", told, re.MULTILINE)
    assert re.fullmatch("\n".join(mistake.steps), "\n".join(steps)), told

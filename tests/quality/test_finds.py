"""The machine finds what is planted, quickly, and shows it as small as it can be."""

from __future__ import annotations

import os
import re
import time
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_providercalls.contracts import ProviderCallMachine

from ..contracts.conformance.adapters import Adapter
from . import planted

SEEDS = range(int(os.environ.get("QUALITY_SEEDS", "3")))


class Planted(NamedTuple):
    client: Any
    says: str
    steps: list[str]
    """A pattern for each step of the smallest history."""


A = r"\('\+12025550143',\)"
PLACED = rf"client_places\(numbers={A}, through='healthy'\)"
PLANTED = [
    Planted(planted.RetriesPost, r"\+12025550143 rang 2 times, and was to ring 1 times", [r"something_goes_wrong\(at='place', what='.*'\)", PLACED]),
    Planted(planted.AsyncRetriesPost, r"\+12025550143 rang 2 times, and was to ring 1 times", [r"something_goes_wrong\(at='place', what='.*'\)", PLACED]),
    Planted(planted.StopsAtAShortPage, "are missing", [r"others_place\(times=3\)", "client_lists.*"]),
    Planted(planted.LosesRowsAtABoundary, "are missing", [r"others_place\(times=3\)", "client_lists.*"]),
    Planted(planted.DoublesRowsAtABoundary, "are there twice", [r"others_place\(times=3\)", "client_lists.*"]),
    Planted(planted.TakesRingingForEnded, "have not ended", [PLACED, "client_waits.*"]),
    Planted(planted.PollsTheRecord, "raised DialerError", [PLACED, "client_waits.*"]),
    Planted(planted.WaitsForTheFirstCall, "have not ended", ["client_places.*", "client_waits.*"]),
    Planted(planted.ReadsAStaleState, "when it was asked the call was", [r"others_place.*", "client_reads_call.*", "far_side.*|time_passes.*", "client_reads_call.*"]),
    Planted(planted.SwallowsSilence, "and this rang: nothing|VoIPbin refuses to place this", [r"something_goes_wrong.*", "client_places.*"]),
    Planted(planted.ThinksItIsDeleted, "and the record is not deleted|there is no such record", [r"something_goes_wrong.*", "client_deletes.*"]),
]


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("wrong", PLANTED, ids=lambda wrong: wrong.client.__qualname__ + wrong.client.__module__.rpartition(".")[2])
def test_found(wrong: Planted, number: int, _providercalls_scenes: None, capsys) -> None:
    class Machine(ProviderCallMachine):
        place, get_record, list_records = Adapter.place, Adapter.get_record, Adapter.list_records
        get_call, wait_until_done, delete_record = Adapter.get_call, Adapter.wait_until_done, Adapter.delete_record

        def make_client(self, base_url: str, token: str) -> Any:
            return wrong.client(base_url, token)

    seed(number)(Machine)
    start = time.perf_counter()
    with pytest.raises(BaseException) as caught:
        run_state_machine_as_test(Machine, settings=settings(database=None, deadline=None, max_examples=1000, suppress_health_check=list(HealthCheck)))
    took = time.perf_counter() - start
    err = caught.value
    errs = getattr(err, "exceptions", [err])
    text = "\n----\n".join(str(e) + "\n" + "\n".join(getattr(e, "__notes__", [])) for e in errs)
    with capsys.disabled():
        print(f"\n{wrong.client.__module__} {number} {took:.2f} s  {len(errs)}")
        print(text if os.environ.get("SHOW") else "\n".join(l for l in text.splitlines() if "state." in l))

"""The right clients pass, in every edition, and on the way the machine has been everywhere."""

from __future__ import annotations

import pytest
from hypothesis import seed, settings
from pytest_providercalls.contracts.conformance.client_driver import OPERATIONS
from pytest_providercalls.contracts.stateful import pools

from ..conformance.clients import right
from .adapters import machine_of

SyncMachine, AsyncMachine = machine_of(right.Dialer), machine_of(right.AsyncDialer)


@pytest.mark.providercalls(edition="all")
class TestSync(SyncMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=15, database=None)


class TestAsync(AsyncMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=15, database=None)


def everywhere() -> set[str]:
    found = {f"{operation} {end}" for operation in OPERATIONS for end in ("returned", "raised")}
    found |= {f"place met a fault: {fault}" for fault in pools.FAULTS if fault != pools.FINE}
    found |= {f"call {status}" for status in ("dialing", "ringing", "progressing", "hangup")}
    found |= {f"the far side of a call: {move}" for move in pools.MOVES}
    # An unknown provider, a deleted one, nothing to dial, a number that is none, and records that are not there.
    refusing = ("PC-PRE-01", "PC-PRE-02", "PC-NEW-28", "CL-GATE-02", "PC-GET-02", "PC-DEL-05")
    return found | {f"refused by {id}" for id in refusing}


@pytest.mark.usefixtures("_providercalls_scenes")
def test_the_machine_goes_everywhere() -> None:
    machine = machine_of(right.Dialer)
    case = machine.TestCase()
    case.settings = settings(max_examples=40, database=None, derandomize=False)
    for number in range(10):
        seed(number)(machine)
        case.test_machine()
        if everywhere() <= machine.event_counts.keys():
            break
    assert everywhere() - machine.event_counts.keys() == set()
    struck = {where.partition(" met a fault")[0] for where in machine.event_counts if " met a fault" in where}
    assert struck == OPERATIONS.keys()

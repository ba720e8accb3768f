"""The correct clients pass in every edition, and the machine reaches every event."""

from __future__ import annotations

import os

import pytest
from hypothesis import seed, settings
from pytest_providercalls.contracts.stateful import pools
from pytest_providercalls.contracts.stateful.state_machine import MACHINE_OPERATIONS

from ..conformance.clients import correct
from .adapters import machine_of

SyncMachine, AsyncMachine = machine_of(correct.Dialer), machine_of(correct.AsyncDialer)

RARE = set() if "QUALITY_SEEDS" in os.environ else {"call progressing"}
"""What only the examples of `make quality` are sure to reach; `make test` has a quarter of them."""
EXAMPLES = 10 if RARE else 40


@pytest.mark.providercalls(edition="all")
class TestSync(SyncMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=15, database=None)


class TestAsync(AsyncMachine.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(max_examples=15, database=None)


def all_events() -> set[str]:
    events = {f"{operation} {end}" for operation in MACHINE_OPERATIONS for end in ("returned", "raised")}
    events |= {f"place hit a fault: {fault}" for fault in pools.FAULTS if fault != pools.NO_FAULT}
    events |= {f"call {status}" for status in ("dialing", "ringing", "progressing", "hangup")}
    events |= {f"callee event: {event}" for event in pools.CALLEE_EVENTS}
    # An unknown provider, a deleted one, no number to dial, an invalid number, and unknown records.
    refusing = ("PC-PRE-01", "PC-PRE-02", "PC-NEW-28", "CL-GATE-02", "PC-GET-02", "PC-DEL-05")
    return (events | {f"refused by {id}" for id in refusing}) - RARE


@pytest.mark.usefixtures("_providercalls_harness_pool")
def test_the_machine_reaches_every_event() -> None:
    machine = machine_of(correct.Dialer)
    case = machine.TestCase()
    case.settings = settings(max_examples=EXAMPLES, database=None, derandomize=False)
    for number in range(10):
        seed(number)(machine)
        case.test_machine()
        if all_events() <= machine.event_counts.keys():
            break
    assert all_events() - machine.event_counts.keys() == set()
    hit = {event.partition(" hit a fault")[0] for event in machine.event_counts if " hit a fault" in event}
    assert hit == set(MACHINE_OPERATIONS)

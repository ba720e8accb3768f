"""Benchmark of the strategies: the time per example, alone and with a request to the fake."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import Request, strategies
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Results, Table, show

EXAMPLES = 500
ROUNDS = 3
FAKE = FakeVoipbin()
STRATEGIES: Mapping[str, st.SearchStrategy[Any]] = {
    "integers()": st.integers(),
    "fictional_numbers()": strategies.fictional_numbers(),
    "from_regex, for comparison": st.from_regex(r"\A\+1[2-9][0-9]{2}55501[0-9]{2}\Z"),
    "addresses()": strategies.addresses(),
    "actions()": strategies.actions(),
    "faults()": strategies.faults(),
    "carrier_scripts()": strategies.carrier_scripts(),
    "providercall_bodies()": strategies.providercall_bodies(),
    "invalid_providercall_bodies()": strategies.invalid_providercall_bodies(),
    "seed_files()": strategies.seed_files(),
}


def cost(strategy: st.SearchStrategy[Any], use: Callable[[Any], object] = id) -> float:
    """Return the CPU microseconds per example, including Hypothesis itself."""

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(example: Any) -> None:
        use(example)

    start = time.process_time()
    run()
    return (time.process_time() - start) / EXAMPLES * 1e6


def place(body: dict[str, Any]) -> object:
    headers = (("Authorization", f"Bearer {FAKE.super_admin.token}"),)
    return FAKE.handle(Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode()))


def measure() -> Results:
    """Measure every strategy, and one with a request to the fake for each example."""
    costs = {name: min(cost(strategy) for _ in range(ROUNDS)) for name, strategy in STRATEGIES.items()}
    bodies = STRATEGIES["providercall_bodies()"]
    costs["providercall_bodies() and a request"] = min(cost(bodies, place) for _ in range(ROUNDS))
    rows = tuple((name, f"{one:,.0f} us") for name, one in costs.items())
    note = f"CPU time, including Hypothesis itself; best of {ROUNDS} rounds of {EXAMPLES} examples"
    return Results((Table("The strategies", ("", "per example"), rows, note),))


if __name__ == "__main__":
    show(measure())

"""What the strategies cost: one example of each, by itself and with the fake's answer to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import Request, strategies
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Found, Table, show

EXAMPLES = 500
ROUNDS = 3
FAKE = FakeVoipbin()
PROVIDER = FAKE.provider.id
DRAWN: Mapping[str, st.SearchStrategy[Any]] = {
    "integers()": st.integers(),
    "fiction_numbers()": strategies.fictional_numbers(),
    "from_regex, for comparison": st.from_regex(r"\A\+1[2-9][0-9]{2}55501[0-9]{2}\Z"),
    "addresses()": strategies.addresses(),
    "actions()": strategies.actions(),
    "faults()": strategies.faults(),
    "carriers()": strategies.carrier_scripts(),
    "providercall_requests()": strategies.providercall_bodies(PROVIDER),
    "invalid_providercall_requests()": strategies.invalid_providercall_bodies(PROVIDER),
    "seeds()": strategies.seed_files(),
}


def cost(strategy: st.SearchStrategy[Any], use: Callable[[Any], object] = id) -> float:
    """Microseconds of this process for one example, Hypothesis's own part included."""

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


def measure() -> Found:
    """Every strategy, and one with the fake's answer to what it draws."""
    costs = {name: min(cost(strategy) for _ in range(ROUNDS)) for name, strategy in DRAWN.items()}
    requests = DRAWN["providercall_requests()"]
    costs["providercall_requests(), and the answer to it"] = min(cost(requests, place) for _ in range(ROUNDS))
    rows = tuple((name, f"{one:,.0f} us") for name, one in costs.items())
    note = f"one example, Hypothesis's own part included; processor time, the best of {ROUNDS} rounds of {EXAMPLES}"
    return Found((Table("The strategies", ("", "an example"), rows, note),))


if __name__ == "__main__":
    show(measure())

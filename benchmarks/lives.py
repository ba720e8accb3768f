"""What the life of a call costs: many calls ring, are answered, follow a flow, end and are charged, in virtual time."""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc

from pytest_providercalls.fake_server import FakeVoipbin
from requests_in_process import POST

ACTIONS = [
    {"type": "answer"},
    {"type": "talk", "option": {"text": "This is a provider verification call.", "language": "en-US"}},
    {"type": "hangup"},
]
WITH_FLOW = POST._replace(body=json.dumps({**json.loads(POST.body), "actions": ACTIONS}).encode())

HOUR = 3600


def life(calls: int) -> float:
    """The time that so many calls take from ringing through their flow of three actions to the end, in seconds."""
    fake = _placed(calls)
    start = time.perf_counter()
    fake.clock.advance(HOUR)
    return time.perf_counter() - start


def memory(calls: int) -> float:
    """What is kept of each call that has ended, its record, its bill and its request: bytes a call."""
    tracemalloc.start()
    fake = _placed(calls)
    fake.clock.advance(HOUR)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / calls


def _placed(calls: int) -> FakeVoipbin:
    fake = FakeVoipbin()
    for _ in range(calls):
        fake.handle(WITH_FLOW)
    return fake


def main() -> None:
    print("\nLives of calls, medians of 5")
    for calls in (1_000, 10_000):
        seconds = statistics.median(life(calls) for _ in range(5))
        each = f"{seconds / calls * 1e6:.1f} us and {memory(calls) / 1024:.1f} KiB a call"
        print(f"  {calls:>6} calls, from ringing to the bill  {seconds:8.3f} s   {each}")


if __name__ == "__main__":
    main()

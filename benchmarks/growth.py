"""How costs grow: many calls, many destinations in one request, a flow with many loops."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable

from posting import BODY, POST, WITH_FLOW
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Goal, Results, Table, show

TURNS, HOUR = 3, 3600
LIVES, DESTINATIONS, LOOPS = (1_000, 10_000), (20_000, 200_000), (100, 1_000)
_OWN = "6f1c1a3e-0000-4000-8000-000000000001"


def lives(count: int) -> float:
    """Return the seconds that calls with a flow take, from their requests to their billing."""
    fake = FakeVoipbin()
    return _seconds(lambda: _live(fake, count))


def _live(fake: FakeVoipbin, count: int) -> None:
    for _ in range(count):
        fake.handle(WITH_FLOW)
    fake.clock.advance(HOUR)


def destinations(count: int, type: str = "tel") -> float:
    """Return the seconds that one request with many different destinations takes."""
    fake = FakeVoipbin()
    targets = [{"type": type, "target": f"+1212{number:07}"} for number in range(count)]
    request = _request(destinations=targets)
    return _seconds(lambda: fake.handle(request))


def dropped(count: int) -> float:
    """Return the same for destinations of a type that cannot be called: each is noted in the journal."""
    return destinations(count, "email")


def loops(count: int) -> float:
    """Return the seconds that a call takes whose flow jumps that often. A function receives its webhooks."""
    fake = FakeVoipbin()
    fake.webhooks.send_to(lambda _: None, "https://client.example/hooks")
    option = {"target_id": _OWN, "loop_count": count}
    fake.handle(_request(actions=[{"id": _OWN, "type": "goto", "option": option}]))
    return _seconds(lambda: fake.clock.advance(HOUR))


def _request(**fields: object) -> Request:
    return POST._replace(body=json.dumps({**json.loads(BODY), **fields}).encode())


def _seconds(function: Callable[[], object]) -> float:
    # Not what earlier runs have left.
    gc.collect()
    start = time.process_time()
    function()
    return time.process_time() - start


def _costs(measured: Callable[[int], float], counts: tuple[int, int]) -> tuple[float, float]:
    """Return the median seconds of few and many, after one run to warm up. Both run in every turn."""
    measured(1)
    few, many = zip(*(tuple(map(measured, counts)) for _ in range(TURNS)), strict=True)
    return statistics.median(few), statistics.median(many)


def measure() -> Results:
    """Measure each at two sizes, of which the second is ten times the first."""
    parts = {
        "calls, from the request to billing": (lives, LIVES),
        "destinations in one request": (destinations, DESTINATIONS),
        "destinations in one request, all dropped": (dropped, DESTINATIONS),
        "loops of a flow, with webhooks": (loops, LOOPS),
    }
    costs = {name: _costs(measured, counts) for name, (measured, counts) in parts.items()}
    rows = tuple(
        (name, f"{parts[name][1][0]:,}: {few:.3f} s", f"{parts[name][1][1]:,}: {many:.3f} s", f"{many / few:.1f}")
        for name, (few, many) in costs.items()
    )
    ratio = {name: many / few for name, (few, many) in costs.items()}
    called, placed, _, looped = costs
    note = f"medians of {TURNS}, garbage collections included; the function that receives webhooks does not read them"
    return Results(
        (Table("Growth", ("", "few", "ten times as many", "ratio"), rows, note),),
        (
            Goal("10,000 calls, compared with 1,000", 12.0, ratio[called], "times"),
            Goal("200,000 destinations in one request", 5.0, costs[placed][1], "s"),
            Goal("1,000 loops of a flow with webhooks, compared with 100", 12.0, ratio[looped], "times"),
        ),
    )


if __name__ == "__main__":
    show(measure())

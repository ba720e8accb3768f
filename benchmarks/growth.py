"""How costs grow: many calls, destinations, loops, legs, script lines, faults, numbers and digits."""

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
OTHERS = (200, 2_000)
_BUSY = {"type": "tel", "target": "+12025550180"}
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
    """Return the seconds that one request with many different destinations takes, and its calls when they are read."""
    fake = FakeVoipbin()
    targets = [{"type": type, "target": f"+1212{number:07}"} for number in range(count)]
    request = _request(destinations=targets)
    # The records of the calls are created when they are read.
    return _seconds(lambda: (fake.handle(request), len(fake.calls)))


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


def actions(count: int) -> float:
    """Return the seconds that a flow with many actions takes. The limit for one flow is 1,000."""
    fake = FakeVoipbin()
    fake.handle(_request(actions=[{"type": "answer"}] * count))
    return _seconds(lambda: fake.clock.advance(HOUR))


def legs(count: int) -> float:
    """Return the seconds until a call has ended that connects to many who are busy."""
    fake = FakeVoipbin()
    option = {"source": _BUSY, "destinations": [_BUSY] * count}
    fake.handle(_request(actions=[{"type": "connect", "option": option}]))
    return _seconds(lambda: fake.clock.advance(HOUR))


def pending_legs(count: int) -> float:
    """Return the seconds in which a client asks once for each call of a groupcall before it is created."""
    fake = FakeVoipbin("server-2026-08")
    body = {"source": _BUSY, "destinations": [_BUSY] * count, "ring_method": "ring_all", "answer_method": "none"}
    sent = POST._replace(target="/v1.0/groupcalls", body=json.dumps(body).encode())
    requests = [POST._replace(method="GET", target=f"/v1.0/calls/{id}") for id in fake.handle(sent).json()["call_ids"]]
    return _seconds(lambda: _send(fake, requests))


def script(count: int) -> float:
    """Return the seconds in which a carrier's script gets many lines, and a call for each."""
    fake = FakeVoipbin()
    return _seconds(lambda: _scripted(fake, count))


def _scripted(fake: FakeVoipbin, count: int) -> None:
    numbers = [f"+1212{number:07}" for number in range(count)]
    for number in numbers:
        fake.carrier().rejects(destination=number)
    fake.handle(_request(destinations=[{"type": "tel", "target": number} for number in numbers]))
    fake.clock.advance(HOUR)


def faults(count: int) -> float:
    """Return the seconds in which many faults are added, and a request for each is sent."""
    fake = FakeVoipbin()
    return _seconds(lambda: _faulty(fake, count))


def _faulty(fake: FakeVoipbin, count: int) -> None:
    for number in range(count):
        fake.faults.add("error", status=503, nth=number + 1)
    for _ in range(count):
        fake.respond(POST)


def numbers(count: int) -> float:
    """Return the seconds in which a client reads each of many numbers."""
    fake = FakeVoipbin()
    ids = [fake.add_number(f"+1212{number:07}").id for number in range(count)]
    requests = [POST._replace(method="GET", target=f"/v1.0/numbers/{id}") for id in ids]
    return _seconds(lambda: _send(fake, requests))


def digits(count: int) -> float:
    """Return the seconds in which a callee sends many digits to an action that waits for more."""
    fake = FakeVoipbin()
    option = {"length": 2 * count, "duration": 3_000_000}
    fake.handle(_request(actions=[{"type": "digits_receive", "option": option}]))
    # The callee answers after six seconds.
    fake.clock.advance(7)
    (call,) = fake.calls.values()
    return _seconds(lambda: call.press("1" * count))


def _send(fake: FakeVoipbin, requests: list[Request]) -> None:
    for request in requests:
        fake.handle(request)


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
        "calls of one call, all busy": (legs, OTHERS),
        "actions of a flow": (actions, LOOPS),
        "requests for calls of a groupcall before they are created": (pending_legs, OTHERS),
        "lines of a carrier's script, with a call for each": (script, OTHERS),
        "faults, with a request for each": (faults, OTHERS),
        "numbers that are read": (numbers, OTHERS),
        "digits of a callee": (digits, OTHERS),
    }
    costs = {name: _costs(measured, counts) for name, (measured, counts) in parts.items()}
    rows = tuple(
        (name, f"{parts[name][1][0]:,}: {few:.3f} s", f"{parts[name][1][1]:,}: {many:.3f} s", f"{many / few:.1f}")
        for name, (few, many) in costs.items()
    )
    ratio = {name: many / few for name, (few, many) in costs.items()}
    called, placed, _, looped, *others = costs
    note = f"medians of {TURNS}, garbage collections included; the function that receives webhooks does not read them"
    return Results(
        (Table("Growth", ("", "few", "ten times as many", "ratio"), rows, note),),
        (
            Goal("10,000 calls, compared with 1,000", 12.0, ratio[called], "times"),
            Goal("200,000 destinations in one request", 5.0, costs[placed][1], "s"),
            Goal("1,000 loops of a flow with webhooks, compared with 100", 12.0, ratio[looped], "times"),
            Goal("the largest ratio of the others", 12.0, max(ratio[name] for name in others), "times"),
        ),
    )


if __name__ == "__main__":
    show(measure())

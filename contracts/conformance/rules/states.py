"""From where a client reads what becomes of its calls."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from ...http import Request
from ..rule import Broken, client_rule
from ..stage import Stage
from ..trial import Json, Trial, body, unfinished
from .reading import show_status

_QUICK, _SLOW = "+12025550180", "+12025550181"
"""Numbers that are busy after 4 s, and not answered for 30 s."""
_WAITING = ("place", "wait_until_done")
_ENDING = ("terminating", "canceling")
"""The statuses of calls that are about to end."""
_FAILS = 4
"""How often a call cannot be read: more often than most clients try again, and not for ever."""


@client_rule(
    "CLIENT-STATE-01",
    "tutorial: Observe call outcome",
    "Poll GET /calls/{id} for each id in call_ids until its status is `hangup`; the record never changes.",
    needs=_WAITING,
)
def reads_the_calls(trial: Trial) -> None:
    """What becomes of a call is read from the call, and not from the record, which does not change."""
    with trial.alone() as client:
        placed = client.ask("place", body(client.stage.fake))
        outcome = client.attempt("wait_until_done", placed)
        paths = [one.entry.url.partition("?")[0] for one in client.stage.sent if one.entry.method == "GET"]
        polled = sum(path.startswith("/v1.0/calls") for path in paths)
        left = unfinished(client.stage.fake)
        if not polled or outcome.error is not None:
            asked = f"it read calls {polled} times, and other things {len(paths) - polled} times"
            raise Broken(f"wait_until_done {outcome}; {asked}{left}")
        if left:
            raise Broken(f"wait_until_done returned too early{left}")
    for status in _ENDING:
        trial.must_not_end(partial(show_status, status=status), f"the status {status!r}")


@client_rule(
    "CLIENT-STATE-02",
    "tutorial: Place a providercall (one Call record per entry in destinations)",
    "Wait for every id in call_ids, and not for call_ids[0] only.",
    needs=_WAITING,
)
def waits_for_every_call(trial: Trial) -> None:
    """A providercall with several destinations has ended when each of its calls has."""
    trial.must_wait()
    with trial.alone() as client:
        placed = client.ask("place", body(client.stage.fake, _QUICK, _SLOW))
        outcome = client.attempt("wait_until_done", placed)
        left = unfinished(client.stage.fake)
        if outcome.error is not None or left:
            raise Broken(f"wait_until_done {outcome}{left}")


@client_rule(
    "CLIENT-STATE-03",
    "providers.md 3.3 (what cannot be dialled is dropped)",
    "Take call_ids as they are: there may be fewer than destinations, and nothing says which one is missing.",
)
def copes_with_fewer_calls(trial: Trial) -> None:
    """A record with fewer calls than destinations is coped with: a destination that cannot be dialled is dropped."""
    trial.must_cope(lambda stage: _dial(stage, 1, "email", "nobody@example.invalid"), _QUICK, _SLOW)


@client_rule(
    "CLIENT-STATE-04",
    "providers.md 3.3 (agents and extensions become groupcalls)",
    "Do not count on call_ids[0]: calls to agents and extensions are found through groupcall_ids.",
)
def copes_with_groupcalls(trial: Trial) -> None:
    """A record with a groupcall, and without a call, is coped with."""
    trial.must_cope(lambda stage: _dial(stage, 0, "agent", stage.fake.super_admin.id))


@client_rule(
    "CLIENT-STATE-05",
    "tutorial: Observe call outcome; gateway.md 4.3",
    "Raise when a call cannot be read, or ask again: nobody has said that it has ended.",
    needs=_WAITING,
)
def an_error_is_not_the_end(trial: Trial) -> None:
    """A call that cannot be read has not ended: waiting goes on, or is an error."""
    trial.must_wait()
    trial.must_not_end(_refuse_to_tell, "an answer of 503")


def _refuse_to_tell(stage: Stage) -> None:
    stage.fake.faults.add("answer", status=503, method="GET", path="/calls/*", times=_FAILS)


def _dial(stage: Stage, index: int, type: str, target: str) -> None:
    """Have one destination taken for another, which the client does not see: not every client can name them all."""
    asked: list[Any] = []

    def on_request(request: Request) -> Request:
        if request.method != "POST" or not request.target.startswith("/v1.0/providercalls"):
            return request
        sent: Json = json.loads(request.body)
        asked[:] = sent["destinations"]
        others = [*asked[:index], {"type": type, "target": target}, *asked[index + 1 :]]
        return request._replace(body=json.dumps({**sent, "destinations": others}).encode())

    def on_answer(_request: Request, answer: Any) -> Any:
        for record in [answer, *answer.get("result", ())]:
            if "call_ids" in record:
                record["destinations"] = asked
        return answer

    stage.on_request, stage.on_answer = on_request, on_answer

"""From where a client reads what becomes of its calls."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from ...http import Request
from ..client_rule import ClientRuleBroken, client_rule
from ..harness import Harness
from ..rule_check import CheckContext, Json, body, unfinished_ladders
from .responses import show_status

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
    requires=_WAITING,
)
def reads_the_calls(trial: CheckContext) -> None:
    """What becomes of a call is read from the call, and not from the record, which does not change."""
    with trial.new_client() as client:
        placed = client.call("place", body(client.stage.fake))
        outcome = client.try_call("wait_until_done", placed)
        paths = [one.entry.url.partition("?")[0] for one in client.stage.sent if one.entry.method == "GET"]
        polled = sum(path.startswith("/v1.0/calls") for path in paths)
        left = unfinished_ladders(client.stage.fake)
        if not polled or outcome.error is not None:
            asked = f"it read calls {polled} times, and other things {len(paths) - polled} times"
            raise ClientRuleBroken(f"wait_until_done {outcome}; {asked}{left}")
        if left:
            raise ClientRuleBroken(f"wait_until_done returned too early{left}")
    for status in _ENDING:
        trial.require_keeps_waiting(partial(show_status, status=status), f"the status {status!r}")


@client_rule(
    "CLIENT-STATE-02",
    "tutorial: Place a providercall (one Call record per entry in destinations)",
    "Wait for every id in call_ids, and not for call_ids[0] only.",
    requires=_WAITING,
)
def waits_for_every_call(trial: CheckContext) -> None:
    """A providercall with several destinations has ended when each of its calls has."""
    trial.require_waits()
    with trial.new_client() as client:
        placed = client.call("place", body(client.stage.fake, _QUICK, _SLOW))
        outcome = client.try_call("wait_until_done", placed)
        left = unfinished_ladders(client.stage.fake)
        if outcome.error is not None or left:
            raise ClientRuleBroken(f"wait_until_done {outcome}{left}")


@client_rule(
    "CLIENT-STATE-03",
    "providers.md 3.3 (what cannot be dialled is dropped)",
    "Take call_ids as they are: there may be fewer than destinations, and nothing says which one is missing.",
)
def accepts_fewer_calls(trial: CheckContext) -> None:
    """A record with fewer calls than destinations is coped with: a destination that cannot be dialled is dropped."""
    trial.require_tolerates(lambda stage: _dial(stage, 1, "email", "nobody@example.invalid"), _QUICK, _SLOW)


@client_rule(
    "CLIENT-STATE-04",
    "providers.md 3.3 (agents and extensions become groupcalls)",
    "Do not count on call_ids[0]: calls to agents and extensions are found through groupcall_ids.",
)
def accepts_groupcalls(trial: CheckContext) -> None:
    """A record with a groupcall, and without a call, is coped with."""
    trial.require_tolerates(lambda stage: _dial(stage, 0, "agent", stage.fake.super_admin.id))


@client_rule(
    "CLIENT-STATE-05",
    "tutorial: Observe call outcome; gateway.md 4.3",
    "Raise when a call cannot be read, or ask again: nobody has said that it has ended.",
    requires=_WAITING,
)
def an_error_is_not_the_end(trial: CheckContext) -> None:
    """A call that cannot be read has not ended: waiting goes on, or is an error."""
    trial.require_waits()
    trial.require_keeps_waiting(_refuse_to_tell, "an answer of 503")


def _refuse_to_tell(stage: Harness) -> None:
    stage.fake.faults.add("error", status=503, method="GET", path="/calls/*", times=_FAILS)


def _dial(stage: Harness, index: int, type: str, target: str) -> None:
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

    stage.on_request, stage.on_response = on_request, on_answer
